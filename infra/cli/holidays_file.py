"""Days without work, looked up when a configuration is read: the functions only know dates.

Years from the last one to the tenth from now: who applies their configuration once in a while never
runs out of holidays. What is found depends on the file, those beside it, and the year.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.cli.beside import path_beside
from infra.cli.readable import mapping
from infra.cli.yaml_file import MAX_BYTES, Place
from shared.domain.hours import Holidays

YEARS_AHEAD = 10
LANGUAGE = "en_US"  # of the names; else the country's own, and never that of whoever applies it

_MOST_LETTERS = 200  # of a day's name
_FOUND = {"days", "until"}  # what is looked up here, and nobody writes
_TOO_OFTEN = {"HOURLY", "MINUTELY", "SECONDLY"}
# What the libraries raise on files that are no calendars, or have impossible events.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


class _Unknown(Exception):  # noqa: N818  (it is a finding in somebody's file)
    """Which field of a set names something that cannot be found, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def look_up_holidays(document: object, folder: Path, today: date) -> list[tuple[Place, str]]:
    """Fill in `days` and `until` of all sets of holidays; places and messages of what is wrong.

    `folder` is that of the configuration, in which calendars lie too. Sets that are wrong in other
    ways are left to who checks the configuration.
    """
    return [
        (("holidays", set_id, *field), message)
        for set_id, said in mapping(mapping(document).get("holidays")).items()
        if isinstance(said, dict)
        for field, message in _filled(said, set_id, folder, today)
    ]


def _filled(
    said: dict[str, Any], set_id: str, folder: Path, today: date
) -> Iterator[tuple[Place, str]]:
    for field in sorted(_FOUND & said.keys()):
        del said[field]
        yield (field,), "is found out when the file is read; days of your own are `dates`"
    try:
        asked = Holidays.model_validate(said)
    except ValidationError:
        return
    first, last = date(today.year - 1, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
    try:
        days = {
            **dict.fromkeys(asked.dates, set_id),
            **_of_calendar(asked.calendar, folder, first, last),
            **_of_country(asked, first, last),
        }
    except _Unknown as unknown:
        yield (unknown.field,), unknown.message
        return
    if not days:
        yield (), f"has no days at all from {first.year} to {last.year}"
    said["days"] = {day.isoformat(): days[day] or set_id for day in sorted(days)}
    if asked.country or asked.calendar:
        said["until"] = last.isoformat()


# ── Countries ────────────────────────────────────────────────────────────────────────────────────


def _of_country(asked: Holidays, first: date, last: date) -> dict[date, str]:
    if asked.country is None:
        return {}
    import holidays  # takes its time, and few commands need it

    known = holidays.list_supported_countries()
    if asked.country not in known:
        alike = sorted(code for code in known if len(code) == 2 and code[0] == asked.country[0])
        there = f"; there are {', '.join(alike)}" if alike else ""
        raise _Unknown("country", f"the holidays of {asked.country} are not known here{there}")
    country = holidays.country_holidays(asked.country)
    _check_region(asked, country.get_subdivision_aliases())
    found = holidays.country_holidays(
        asked.country,
        subdiv=asked.region,
        years=range(first.year, last.year + 1),
        language=LANGUAGE if LANGUAGE in country.supported_languages else country.default_language,
    )
    return {day: _name(name) for day, name in found.items()}


def _check_region(asked: Holidays, regions: Mapping[str, list[str]]) -> None:
    """Regions have a code, and may have names: BY is Bayern."""
    names = {name: code for code, named in regions.items() for name in (code, *named)}
    if asked.region is None or asked.region in names:
        return
    there = f"; there: {', '.join(regions)}" if regions else "; none has days of its own"
    close = _close(asked.region, names) or there
    raise _Unknown("region", f"there is no region {asked.region!r} of {asked.country}{close}")


def _close(said: str, known: Mapping[str, str]) -> str:
    """The codes of what is written much like it, in any case."""
    folded = {name.casefold(): code for name, code in sorted(known.items())}
    close = get_close_matches(said.casefold(), folded, n=3, cutoff=0.5)
    codes = list(dict.fromkeys(folded[name] for name in close))
    return f"; did you mean {' or '.join(codes)}?" if codes else ""


# ── Calendars ────────────────────────────────────────────────────────────────────────────────────


def _of_calendar(name: str | None, folder: Path, first: date, last: date) -> dict[date, str]:
    """Every day that an event of the file touches, on the event's own clock."""
    if name is None:
        return {}
    text = _text(name, folder)
    try:
        return {
            first + timedelta(days=day): _name(event.get("SUMMARY") or "")
            for event in reversed(_events(text, first, last))  # of two, the earlier one's name
            for day in _days(event, first, last)
        }
    except _UNREADABLE as error:
        problem = " ".join(str(error).split())[:_MOST_LETTERS]
        raise _Unknown("calendar", f"{name} is no calendar that can be read: {problem}") from error


def _text(name: str, folder: Path) -> str:
    """The text of a file in the configuration's folder, or below it; nothing else is read."""
    try:
        file = path_beside(folder, name).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise _Unknown("calendar", f"{name} must lie beside the configuration, or below it")
        if file.stat().st_size > MAX_BYTES:
            raise _Unknown("calendar", f"{name} is larger than {MAX_BYTES // 1000} kB")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _Unknown("calendar", f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _Unknown("calendar", f"{name} must be encoded in UTF-8") from error
    except ValueError as error:  # a name that no file can have
        raise _Unknown("calendar", f"{name!r} is no file: {error}") from error


def _events(text: str, first: date, last: date) -> list[Any]:
    """What happens in these years, each time it does, but for what was cancelled."""
    import icalendar
    import recurring_ical_events

    calendar = icalendar.Calendar.from_ical(text)
    if calendar.name != "VCALENDAR":
        raise ValueError(f"it begins with {calendar.name}")
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if _TOO_OFTEN.intersection(rule.get("FREQ", [])):
                raise ValueError("RRULE: days repeat daily at most")
    found = recurring_ical_events.of(calendar).between(first, last + timedelta(days=1))
    kept = [event for event in found if event.get("STATUS") != "CANCELLED"]
    return sorted(kept, key=lambda event: (str(event.start), str(event.get("SUMMARY"))))


def _days(event: Any, first: date, last: date) -> range:
    """The days it touches, from 0 for the first; one that ends at midnight does not touch the next.

    The end of an all-day event is the day after it.
    """
    begins, ends = event.start, event.end
    if ends > begins:
        ends -= timedelta(microseconds=1) if isinstance(ends, datetime) else timedelta(days=1)
    zero = first.toordinal()
    return range(
        max(begins.toordinal() - zero, 0), min(ends.toordinal(), last.toordinal()) - zero + 1
    )


def _name(said: str) -> str:
    return " ".join(str(said).split())[:_MOST_LETTERS]
