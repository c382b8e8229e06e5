"""The configuration file: read, checked whole, and every problem told with its line."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.cli.advice import advice, is_beside_the_point, place_of
from infra.cli.cross_checks import misfits
from infra.cli.oversights import oversights
from infra.cli.yaml_file import Document, Place, YamlProblem, parse
from shared.domain.config import Config
from shared.errors import ConfigError

# `Config` tells what does not fit together as one text: "pools.sales.members: …; rules.1.pool: …".
_NEXT_PROBLEM = re.compile(rf"; (?=(?:{'|'.join(Config.model_fields)})(?:\.[^ :]+)*: )")


class _Problem(NamedTuple):
    line: int
    place: Place
    message: str


def read_config(file: Path) -> Config:
    """The configuration in a file; ConfigError with one line per problem, in the file's order.

    Each line reads `file:line: field: message`.
    """
    return config_from(_text(file), str(file))


def config_from(text: str, name: str) -> Config:
    """As `read_config`, from a text; `name` is what its problems begin with."""
    try:
        document = parse(text)
    except YamlProblem as problem:
        raise ConfigError([f"{name}:{problem.line}: {problem.message}"]) from problem
    config, problems = _checked(document)
    lines = [(problem.line, problem.message) for problem in document.repeated]
    lines += [(line, f"{_dotted(place)}: {message}") for line, place, message in problems]
    if config is None or lines:
        # Each once: two that look may see the same.
        raise ConfigError([f"{name}:{line}: {message}" for line, message in sorted(set(lines))])
    return config


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{file}:{line}: must be encoded in UTF-8"]) from error
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read: {error.strerror}"]) from error


def _checked(document: Document) -> tuple[Config | None, list[_Problem]]:
    if not isinstance(document.value, dict):
        needed = ", ".join(Config.model_fields)
        return None, [_Problem(1, (), f"must be a mapping with the keys {needed}")]
    unseen = [
        _Problem(document.line(place), place, message)
        for place, message in oversights(document.value)
    ]
    try:
        return Config.model_validate(document.value), unseen
    except ValidationError as error:
        return None, [*_problems(error.errors(include_url=False), document), *unseen]


def _problems(found: Sequence[ErrorDetails], document: Document) -> Iterator[_Problem]:
    """What is wrong in single places, and then, or else only, what does not fit together."""
    in_places = [details for details in found if details["loc"]]
    for details in in_places:
        if not is_beside_the_point(details):
            place, message = _narrowed(place_of(details), advice(details), document)
            yield _Problem(document.line(place), place, message)
    if in_places:
        apart = misfits(document.value)
    else:
        apart = [part for details in found for part in _NEXT_PROBLEM.split(advice(details))]
    for problem in apart:
        path, _, message = problem.partition(": ")
        yield _Problem(document.line(_place(path)), _place(path), message)


def _narrowed(place: Place, message: str, document: Document) -> tuple[Place, str]:
    """A model that compares its fields begins with the name of the one that is wrong."""
    field, colon, rest = message.partition(": ")
    narrower = (*place, field)
    return (narrower, rest) if colon and document.has(narrower) else (place, message)


def _place(path: str) -> Place:
    section, *parts = path.split(".")
    if section == "rules":  # the only list; elsewhere digits are somebody's id
        return section, *(int(part) if part.isdigit() else part for part in parts)
    return section, *parts


def _dotted(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place) or "(file)"
