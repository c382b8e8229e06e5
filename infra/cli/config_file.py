"""The configuration file: read, checked whole, and every problem told with its line."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.cli.advice import advice, is_beside_the_point, place_of
from infra.cli.cross_checks import misfits
from infra.cli.holidays_file import look_up_holidays
from infra.cli.oversights import oversights
from infra.cli.tables_file import read_tables
from infra.cli.templates_file import read_templates
from infra.cli.yaml_file import Document, Place, YamlProblem, parse
from shared.domain.config import Config
from shared.domain.fitting import Misfit, MisfitsError
from shared.errors import ConfigError


class _Problem(NamedTuple):
    line: int
    place: Place
    message: str


class ReadFile(NamedTuple):
    """A configuration, and the file in which each part of it has a line."""

    config: Config
    document: Document


def read_config(file: Path, today: date | None = None) -> Config:
    """The configuration in a file; ConfigError with one line per problem, in the file's order.

    Each line reads `file:line: field: message`. Holidays are those of the years around `today`.
    """
    return read_with_lines(file, today).config


def config_from(text: str, name: str, today: date | None = None) -> Config:
    """As `read_config`, from a text; `name` is that of its file, with which problems begin."""
    return _read(text, name, today).config


def read_with_lines(file: Path, today: date | None = None) -> ReadFile:
    """As `read_config`, with the file itself."""
    return _read(_text(file), str(file), today)


def _read(text: str, name: str, today: date | None) -> ReadFile:
    try:
        document = parse(text)
    except YamlProblem as problem:
        raise ConfigError([f"{name}:{problem.line}: {problem.message}"]) from problem
    today = today or datetime.now(UTC).date()
    folder = Path(name).parent
    tables, templates = read_tables(document.value, folder), read_templates(document.value, folder)
    lines_beside = [*tables.lines, *templates.lines]
    beside = [*look_up_holidays(document.value, folder, today), *tables.places, *templates.places]
    config, problems = _checked(document)
    problems += [_Problem(document.line(place), place, message) for place, message in beside]
    lines = [(problem.line, problem.message) for problem in document.repeated]
    lines += [(line, f"{_dotted(place)}: {message}") for line, place, message in problems]
    if config is None or lines or lines_beside:
        # Each once: two that look may see the same.
        told = [f"{name}:{line}: {message}" for line, message in sorted(set(lines))]
        raise ConfigError([*told, *lines_beside])
    return ReadFile(config, document)


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
            place = place_of(details, document.value)
            place, message = _narrowed(place, advice(details), document)
            yield _Problem(document.line(place), place, message)
    apart = misfits(document.value) if in_places else _told_by_config(found)
    for place, message in apart:
        yield _Problem(document.line(place), place, message)


def _told_by_config(found: Sequence[ErrorDetails]) -> list[Misfit]:
    errors = [details.get("ctx", {}).get("error") for details in found]
    return [
        misfit for error in errors if isinstance(error, MisfitsError) for misfit in error.misfits
    ]


def _narrowed(place: Place, message: str, document: Document) -> tuple[Place, str]:
    """A model that compares its fields begins with the name of the one that is wrong."""
    field, colon, rest = message.partition(": ")
    narrower = (*place, field)
    return (narrower, rest) if colon and document.has(narrower) else (place, message)


def _dotted(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place) or "(file)"
