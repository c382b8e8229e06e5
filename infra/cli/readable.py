"""What can be read of a configuration, whether or not the rest of it is fine."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.cli.yaml_file import Place
from shared.domain.sources import Form, Hook, Partner, Source

KINDS: dict[str, type[Source]] = {"forms": Form, "partners": Partner, "hooks": Hook}


def each_source(document: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every source that is a mapping, with its place."""
    for section in KINDS:
        for source_id, source in mapping(document.get(section)).items():
            if isinstance(source, dict):
                yield (section, source_id), source


def mapping(value: Any) -> Mapping[str, Any]:
    """The value; an empty one when it is no mapping."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value; an empty one when it is no list."""
    return value if isinstance(value, list) else []
