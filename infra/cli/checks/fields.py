"""Fields that no lead will ever have, and values that they never are."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from infra.cli.checks.finding import Finding
from infra.cli.yaml_file import Place
from shared.domain.cells import read_cell
from shared.domain.conditions import When
from shared.domain.config import Config
from shared.domain.fitting import each_when, placed_sources, places_of
from shared.domain.sources import Partner, Source
from shared.sources.country import country_code
from shared.sources.names import FIELDS, field_meant

ALWAYS = frozenset({*FIELDS, "score", "source", "source_kind"})
_CLOSE = 0.7


class _Asked(NamedTuple):
    """A field that is looked at, where, and of whose leads."""

    place: Place
    field: str
    sources: tuple[Source, ...]
    values: tuple[str, ...] = ()  # that it is compared with


def findings(config: Config) -> Iterator[Finding]:
    """Each place that names such a field or value."""
    known = _known(config)
    for asked in _asked(config):
        if asked.field not in known:
            yield _unknown(asked, known)
        for value in asked.values:
            yield from _never(asked, value)


def _known(config: Config) -> frozenset[str]:
    """All fields that are named anywhere as those of a source."""
    known = set(ALWAYS)
    for _, source in placed_sources(config):
        known.update(source.aliases, source.required, source.defaults, source.values)
        mapped = getattr(source, "mapping", {}).get("fields")
        known.update(mapped if isinstance(mapped, dict) else ())
        if isinstance(source, Partner):
            known.add(source.external_id)
    return frozenset(known)


def _unknown(asked: _Asked, known: Iterable[str]) -> Finding:
    meant = field_meant(asked.field)
    close = [meant] if meant else get_close_matches(asked.field, sorted(known), 3, _CLOSE)
    did_you_mean = f"did you mean {' or '.join(close)}? If not, " if close else ""
    return Finding(
        "unknown-field",
        asked.place,
        f"nothing in this file says that leads have a field {asked.field!r}",
        f"{did_you_mean}name it under `aliases` of the source that sends it",
    )


# ── Values ───────────────────────────────────────────────────────────────────────────────────────


def _never(asked: _Asked, value: str) -> Iterator[Finding]:
    if asked.field == "country":
        code = country_code(value)
        if code is None or code != value.strip().upper():
            message = f"{value!r} is no country's code, as leads have them"
            advice = f"write {code}" if code else "write two letters, as in SE (ISO 3166-1)"
            yield Finding("unknown-value", asked.place, message, advice)
        return
    lists = [source.values.get(asked.field) for source in asked.sources]
    allowed = {each.strip().casefold() for listed in lists for each in listed or ()}
    if lists and all(lists) and value.strip().casefold() not in allowed:
        close = get_close_matches(value.strip().casefold(), sorted(allowed), 1, _CLOSE)
        yield Finding(
            "unknown-value",
            asked.place,
            f"no source lets {asked.field} be {value!r}",
            f"did you mean {close[0]}?" if close else "it may be: " + ", ".join(sorted(allowed)),
        )


# ── What is looked at ────────────────────────────────────────────────────────────────────────────


def _asked(config: Config) -> Iterator[_Asked]:
    everybody = dict(config.sources())
    for place, when in each_when(config):
        yield from _of_when(place, when, everybody)
    for (section, source_id), source in placed_sources(config):
        own = {f"{source.kind}#{source_id}": source}
        for below, when in _of_source(source):
            yield from _of_when((section, source_id, *below), when, own)
    yield from _of_pools(config, tuple(everybody.values()))
    yield from _of_tables(config, tuple(everybody.values()))


def _of_when(place: Place, when: When, sources: Mapping[str, Source]) -> Iterator[_Asked]:
    """`sources` by name; those that the conditions ask for count."""
    for part_place, part in places_of(place, when):
        asked = tuple(source for named, source in sources.items() if _may_be(when, named))
        for field, test in part.fields.items():
            yield _Asked((*part_place, field), field, asked, tuple(test.one_of or ()))


def _may_be(when: When, named: str) -> bool:
    """Whether conditions can hold for a source, by what they say at their top."""
    kind, _, source_id = named.partition("#")
    for field, own in (("source", source_id), ("source_kind", kind)):
        test = when.fields.get(field)
        if test and test.one_of and own not in {value.casefold() for value in test.one_of}:
            return False
    return True


def _of_source(source: Source) -> Iterator[tuple[Place, When]]:
    for number, screen in enumerate(source.screening):
        yield ("screening", number, "when"), screen.when
    if isinstance(source, Partner):
        for number, price in enumerate(source.prices):
            yield ("prices", number, "when"), price.when
        for number, cap in enumerate(source.caps):
            yield ("caps", number, "when"), cap.when


def _of_pools(config: Config, sources: tuple[Source, ...]) -> Iterator[_Asked]:
    for pool_id, pool in config.pools.items():
        place = "pools", pool_id
        for number, match in enumerate(pool.match):
            yield _Asked((*place, "match", number, "field"), match.field, sources)
        by = pool.existing_owner.by if pool.existing_owner else []
        for number, field in enumerate(by):
            yield _Asked((*place, "existing_owner", "by", number), field, sources)
        if pool.value:
            yield _Asked((*place, "value", "field"), pool.value.field, sources)
        if pool.performance.by:
            yield _Asked((*place, "performance", "by"), pool.performance.by, sources)


def _of_tables(config: Config, sources: tuple[Source, ...]) -> Iterator[_Asked]:
    for table_id, table in config.tables.items():
        columns = zip(*table.cells(), strict=False)
        for field, cells in zip(table.columns, columns, strict=False):
            values: set[str] = set()
            if field == "country" or all(source.values.get(field) for source in sources):
                values.update(*(read_cell(cell).values for cell in set(cells) if cell))
            yield _Asked(("tables", table_id), field, sources, tuple(sorted(values)))
