"""What is wrong in a configuration that none of its models can see."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.cli.readable import KINDS, each_source, listed, mapping
from infra.cli.yaml_file import Place
from shared.sources.formats import generic
from shared.sources.names import field_meant


def oversights(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Place and advice, whether or not the configuration is fine otherwise."""
    if not any(document.get(section) for section in KINDS):
        yield (), "needs somewhere that leads come from: forms, partners or hooks"
    for place, source in each_source(document):
        yield from _mapping_problems(place, source)
        yield from _other_spellings(place, source)
        yield from _twice((*place, "caps"), source.get("caps"))
    for group_id, group in mapping(document.get("groups")).items():
        yield from _twice(("groups", group_id, "caps"), mapping(group).get("caps"))
    if all(isinstance(document.get(section, {}), dict) for section in KINDS):
        yield from _unknown_sources(document)


def _mapping_problems(place: Place, source: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """A hook's mapping is read by its format, which says what is wrong with it."""
    said = mapping(source.get("mapping"))
    if place[0] != "hooks" or not said:
        return
    if source.get("format") != "generic":
        yield (*place, "mapping"), "only a hook of the format generic has a mapping"
        return
    for problem in generic.problems(said):
        where, colon, advice = problem.partition(": ")
        below = where.split(".", 1) if colon else []
        yield (*place, "mapping", *below), advice or problem


def _other_spellings(place: Place, source: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """What a sender calls `zip` is the lead's `postal_code`; a field `zip` would never be there."""
    for section in ("required", "values", "defaults", "aliases"):
        said = source.get(section)
        for number, name in enumerate(said if isinstance(said, dict | list) else ()):
            field = field_meant(name) if isinstance(name, str) else None
            if field and field != name:
                below = name if isinstance(said, dict) else number
                yield (*place, section, below), f"write it as {field}, which is what it becomes"


def _twice(place: Place, caps: Any) -> Iterator[tuple[Place, str]]:
    """As `Config` says it, which looks only when all else is fine in what has these caps."""
    named = [mapping(cap).get("name") for cap in listed(caps)]
    if twice := {name for name in named if isinstance(name, str) and named.count(name) > 1}:
        yield place, f"the name {min(twice)!r} stands twice"


def _unknown_sources(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Conditions on sources that do not exist would never hold."""
    ids = {place[1].casefold() for place, _ in each_source(document) if isinstance(place[1], str)}
    kinds = {kind.kind for kind in KINDS.values()}
    known = {"source": ("source", ids), "source_kind": ("kind", kinds)}
    for place, when in _conditions(document):
        so = ", so the rule never matches" if place[0] == "rules" else ", so it never holds"
        yield from _unknown_in(place, when, known, so)


def _conditions(document: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """All that is asked when a lead is routed."""
    for section in ("rules", "grades"):
        for number, entry in enumerate(listed(document.get(section))):
            yield (section, number, "when"), mapping(entry).get("when")
    for number, entry in enumerate(listed(mapping(document.get("score")).get("points"))):
        yield ("score", "points", number, "when"), mapping(entry).get("when")
    for pool_id, pool in mapping(document.get("pools")).items():
        yield ("pools", pool_id, "hot"), mapping(pool).get("hot")


def _unknown_in(
    place: Place, when: Any, known: Mapping[str, tuple[str, set[str]]], so: str = ""
) -> Iterator[tuple[Place, str]]:
    """Those that conditions name, and the groups in them."""
    said = mapping(when)
    for field, (what, names) in known.items():
        test, there = said.get(field), ", ".join(sorted(names)) or "none"
        wanted = test.get("in") if isinstance(test, dict) else test
        for values, end in ((wanted, so), (mapping(test).get("not"), "")):
            for value in _unknown(values, names):
                yield (*place, field), f"there is no {what} {value!r}{end}; there: {there}"
    for word in ("all", "any"):
        for number, group in enumerate(listed(said.get(word))):
            yield from _unknown_in((*place, word, number), group, known)
    if "not" in said:
        yield from _unknown_in((*place, "not"), said["not"], known)


def _unknown(values: Any, names: set[str]) -> list[str]:
    listed_values = values if isinstance(values, list) else [values]
    texts = [value for value in listed_values if isinstance(value, str)]
    return [text for text in texts if text.casefold() not in names]
