"""The fields that a source reads, and examples of them that it takes."""

from collections.abc import Iterable, Mapping, Sequence

from shared.domain.description import DescribedField
from shared.domain.sources import Source
from shared.sources.country import country_code
from shared.sources.meanings import MEANINGS, examples_for
from shared.sources.names import FIELDS, fold
from shared.sources.reading import MAX_CHARACTERS

Values = Mapping[str, str | bool]

FALLBACK_COUNTRY = "GB"

# What every sender thinks of; the others are only set apart when the source says more about them.
_MAIN = frozenset(
    {"name", "email", "phone", "company", "country", "postal_code", "product", "message", "consent"}
)

# Written by programs: what is too long in them is set aside rather than refused.
_NEVER_TOO_LONG = frozenset(
    {"country", "consent", "page_url", *(name for name in FIELDS if name.startswith("utm_"))}
)


def described_fields(
    source: Source, aliases: Mapping[str, Sequence[str]]
) -> tuple[DescribedField, ...]:
    """Every field of the lead, and those of the source's own; what is required goes first."""
    examples = _examples(source)
    own = _names_of(source.required, source.values, source.defaults, aliases)
    fields = [
        DescribedField(
            name=as_written(name, aliases),
            meaning=_meaning(source, name),
            example=examples.get(name, "example"),
            aliases=_other_names(name, aliases),
            required=name in source.required,
            values=tuple(source.values.get(name, ())),
            default=source.defaults.get(name),
            most=None if name in _NEVER_TOO_LONG else MAX_CHARACTERS.get(name),
            usual=name not in _MAIN and name not in own,
        )
        for name in dict.fromkeys([*FIELDS, *own])
    ]
    return tuple(sorted(fields, key=lambda field: not field.required))


def _names_of(*places: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for place in places for name in place))


def _meaning(source: Source, name: str) -> str:
    if name not in MEANINGS:
        return "Kept with the lead under this name."
    text = MEANINGS[name].text
    if name == "phone" and source.default_country:
        text += f" Without one, it is read as a number of {source.default_country}."
    return text


def _other_names(name: str, aliases: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The source's own names of a field, each once as they are compared."""
    written = as_written(name, aliases)
    others: dict[str, str] = {}
    for alias in aliases.get(name, ()):
        others.setdefault(fold(alias), alias)
    return tuple(alias for folded, alias in others.items() if folded != fold(written))


def as_written(name: str, aliases: Mapping[str, Sequence[str]]) -> str:
    """What to call a field when sending it: its own name, unless the source means another by it."""
    own = {fold(alias): field for field, listed in aliases.items() for alias in listed}
    if own.get(fold(name), name) == name:
        return name
    return next(iter(aliases.get(name, ())), name)


# ── Examples ─────────────────────────────────────────────────────────────────────────────────────


def sample_values(source: Source, *, needs_country: bool = False) -> dict[str, str | bool]:
    """Fields of a lead that the source takes, by their own names."""
    examples = _examples(source)
    by_parts = {"first_name", "last_name"} & set(source.required)
    wanted = {"email", "phone", *source.required, *source.values}
    if not by_parts:
        wanted.add("name")
    if needs_country:
        wanted.add("country")
    if source.consent:
        wanted.add("consent")
    names = [name for name in FIELDS if name in wanted]
    names += [name for name in _names_of(source.required, source.values) if name not in FIELDS]
    return {name: examples.get(name, "example") for name in names}


def _examples(source: Source) -> dict[str, str | bool]:
    allowed = {name: values[0] for name, values in source.values.items()}
    country = country_code(allowed.get("country", "")) or source.default_country
    examples = {**examples_for(country or FALLBACK_COUNTRY), **source.defaults, **allowed}
    examples["consent"] = True
    return examples


def as_sent(values: Values, aliases: Mapping[str, Sequence[str]]) -> dict[str, str | bool]:
    """The same values under the names to send them by."""
    return {as_written(name, aliases): value for name, value in values.items()}
