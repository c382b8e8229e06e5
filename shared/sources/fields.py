"""From the names and texts that a sender chose to the fields of a normal lead."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from shared.errors import FieldProblem, InvalidFieldsError
from shared.sources.country import country_code
from shared.sources.names import FIELDS, Written, fold, keep, match_fields
from shared.sources.reading import read_field

SHOWN_OF_A_NAME = 100  # in a problem

_NONE: Mapping[str, Sequence[str]] = MappingProxyType({})
_NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})


def normalise(
    raw: Mapping[str, str],
    *,
    aliases: Mapping[str, Sequence[str]] = _NONE,
    required: Sequence[str] = (),
    default_country: str | None = None,
    defaults: Mapping[str, str] = _NO_DEFAULTS,
    needs_contact: bool = True,
) -> dict[str, object]:
    """Make a normal lead's fields of what was sent: those of FIELDS that are there, and `extra`.

    `raw` maps the sender's names to texts, in body order (see `read_body`). `aliases` are the
    source's own names, field → names (see `match_fields`). `required` names fields that must not be
    missing; `consent` must then be given. `default_country` (alpha-2) is where phone numbers
    without a country code belong, unless they fit the country that the lead itself names.
    `defaults` are the source's own texts for fields that came empty. A lead needs an e-mail address
    or a phone number; only what is no lead yet may do without (`needs_contact`).

    Returns text for every field but `consent`, which is a bool; `email` with its domain in lower
    case, `phone` in E.164, `country` as alpha-2. `name` is built from first and last name when it
    did not come itself; the reverse would be a guess. `extra` (dict[str, str], left out when empty)
    keeps everything else whole, among it texts of country, consent and tracking fields that were
    not understood: programs write those, nobody could shorten them, and the body's own limit bounds
    them. All text encodes to UTF-8, and the same input always gives the same result.

    Raises InvalidFieldsError with every problem at once: a bad e-mail address or phone number,
    neither of them given, a required field missing, or a text beyond its limit (nothing is ever cut
    off). Fields are named as the sender wrote them, and no message quotes a text.
    """
    found, extra = match_fields(raw, aliases)
    _fill_in(found, extra, defaults)
    fields: dict[str, str | bool] = {}
    problems: dict[str, str] = {}  # field → advice; one each, since the first explains the others
    countries = _countries(found, default_country)
    for field in FIELDS:
        if field not in found or not found[field].text:
            continue
        reading = read_field(field, found[field].text, countries)
        if reading.value is not None:
            fields[field] = reading.value
        if reading.problem:
            problems[field] = reading.problem
        for name, text in reading.extra.items():
            keep(extra, name, text)
    _complete_name(fields)
    for field, advice in _missing(fields, extra, required, found, needs_contact=needs_contact):
        problems.setdefault(field, advice)
    listed = [
        _problem(found[field].name if field in found else field, advice)
        for field, advice in problems.items()
    ]
    if listed:
        raise InvalidFieldsError(listed)
    lead: dict[str, object] = {field: fields[field] for field in FIELDS if field in fields}
    return {**lead, "extra": extra} if extra else lead


def _fill_in(found: dict[str, Written], extra: dict[str, str], defaults: Mapping[str, str]) -> None:
    """Put in what the source says of fields that came empty."""
    for field, text in defaults.items():
        if field not in FIELDS:
            if fold(field) not in map(fold, extra):
                extra[field] = text
        elif field not in found or not found[field].text:
            found[field] = Written(field, text)


def _countries(found: Mapping[str, Written], default: str | None) -> list[str]:
    texts = [found["country"].text if "country" in found else "", default or ""]
    return [code for code in map(country_code, texts) if code]


def _complete_name(fields: dict[str, str | bool]) -> None:
    parts = [str(fields[part]) for part in ("first_name", "last_name") if part in fields]
    if parts:
        fields.setdefault("name", " ".join(parts))


def _missing(
    fields: Mapping[str, str | bool],
    extra: Mapping[str, str],
    required: Sequence[str],
    found: Mapping[str, Written],
    *,
    needs_contact: bool,
) -> Iterator[tuple[str, str]]:
    """Yield field and advice for what must be there and is not."""
    reachable = any(field in found and found[field].text for field in ("email", "phone"))
    if needs_contact and not reachable:
        yield "email", "give at least one of email and phone, to be reached"
        yield "phone", "give at least one of email and phone, to be reached"
    beside = {fold(name) for name in extra}
    for field in required:
        if field == "consent":
            if not fields.get("consent"):
                yield field, "must be agreed to"
        elif field not in fields and fold(field) not in beside:
            yield field, "is required"


def _problem(name: str, advice: str) -> FieldProblem:
    # A name can be as long as a body; this much of it is enough to find it.
    shown = name if len(name) <= SHOWN_OF_A_NAME else f"{name[:SHOWN_OF_A_NAME]}…"
    return FieldProblem(shown, advice)
