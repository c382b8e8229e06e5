"""When a lead is the same person again: what of a lead is compared, with whose, for how long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.addresses import same_address
from shared.domain.sources import Duplicates, Source

if TYPE_CHECKING:
    from shared.domain.config import Config


@dataclass(frozen=True, slots=True)
class Mark:
    """What a lead leaves behind to be recognised by: personal, so hash it before it is a key."""

    text: str
    within: int  # seconds for which it counts
    checked: bool  # whether this lead itself may be a duplicate by it; others may in any case


def marks(
    config: "Config", named: str, fields: Mapping[str, Any], external_id: str | None
) -> list[Mark]:
    """The marks of a lead from this source (`partner#acme`), those of its own policy first.

    A policy of wider scope compares with leads of other sources: so these leave its marks too.
    """
    found: dict[str, Mark] = {}
    own = config.source(named)
    for other, source in _own_first(config, named):
        policy = source.duplicates
        if policy is None or own is None:
            continue
        reach = _reach(policy, other, source)
        if not _covers(policy, reach, named, own):
            continue
        for text in _texts(policy, reach, fields, external_id):
            mark = Mark(text, policy.within, checked=other == named)
            found.setdefault(text, mark)
    return list(found.values())


def most_marks(config: "Config", named: str) -> int:
    """How many marks a lead from this source leaves at most: with all that is ever compared."""
    return len(marks(config, named, {"email": "a@b.example", "phone": "+4612345"}, "1"))


def _own_first(config: "Config", named: str) -> Iterator[tuple[str, Source]]:
    sources = dict(config.sources())
    if named in sources:
        yield named, sources.pop(named)
    yield from sources.items()


def _reach(policy: Duplicates, named: str, source: Source) -> str:
    """With whose leads a policy compares."""
    match policy.scope:
        case "source":
            return named
        case "group":
            return f"group#{source.group}"
        case "everywhere":
            return "*"


def _covers(policy: Duplicates, reach: str, named: str, source: Source) -> bool:
    match policy.scope:
        case "source":
            return reach == named
        case "group":
            return reach == f"group#{source.group}"
        case "everywhere":
            return True


def _texts(
    policy: Duplicates, reach: str, fields: Mapping[str, Any], external_id: str | None
) -> Iterator[str]:
    """What is compared; what is empty never is.

    Policies that differ in what they compare, with whose leads or for how long have marks of their
    own, as each mark can only hold the newest lead and one end.
    """
    values = {**fields, "external_id": external_id}
    present = {key: _known(key, str(values[key])) for key in policy.keys if values.get(key)}
    head = f"{reach}\n{policy.within}"
    if policy.match == "any":
        for key, value in present.items():
            yield f"{head}\n{key}={value}"
    elif len(present) == len(policy.keys):
        yield head + "".join(f"\n{key}={present[key]}" for key in sorted(present))


def _known(key: str, text: str) -> str:
    return same_address(text) if key == "email" else text.casefold()
