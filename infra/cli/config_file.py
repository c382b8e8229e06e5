"""The configuration file: read, checked whole, and every problem told with its line."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from infra.cli.cross_checks import misfits
from infra.cli.yaml_file import Document, Place, YamlProblem, parse
from shared.domain import config as config_models
from shared.domain.config import Config
from shared.errors import ConfigError

# `Config` tells what does not fit together as one text: "pools.sales.members: …; rules.1.pool: …".
_NEXT_PROBLEM = re.compile(rf"; (?=(?:{'|'.join(Config.model_fields)})(?:\.[^ :]+)*: )")

_KNOWN_KEYS = sorted(
    {
        field
        for model in vars(config_models).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for field in model.model_fields
    }
)

# Pydantic's own words are for programmers.
_MESSAGES = {
    "missing": "is missing",
    "dict_type": "must be a mapping, with lines `key: value` below it",
    "model_type": "must be a mapping, with lines `key: value` below it",
    "list_type": "must be a list, as in [a, b]",
    "string_type": "must be text; put it in quotes",
}
_PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": (
        "an id is made of lower-case letters, digits, - and _, at most 64"
    ),
    r"^[A-Z]{2}$": "must be the two capital letters of a country, as in SE",
}


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
        raise ConfigError([f"{name}:{line}: {message}" for line, message in sorted(lines)])
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
    try:
        return Config.model_validate(document.value), []
    except ValidationError as error:
        return None, list(_problems(error.errors(include_url=False), document))


def _problems(found: Sequence[ErrorDetails], document: Document) -> Iterator[_Problem]:
    """What is wrong in single places, and then, or else only, what does not fit together."""
    in_places = [details for details in found if details["loc"]]
    for details in in_places:
        place = tuple(part for part in details["loc"] if part != "[key]")
        yield _Problem(document.line(place), place, _message(details))
    if in_places:
        apart = misfits(document.value)
    else:
        apart = [part for details in found for part in _NEXT_PROBLEM.split(_message(details))]
    for problem in apart:
        path, _, advice = problem.partition(": ")
        yield _Problem(document.line(_place(path)), _place(path), advice)


def _message(details: ErrorDetails) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(str(details["loc"][-1]))
    if kind == "string_pattern_mismatch" and details["ctx"]["pattern"] in _PATTERNS:
        return _PATTERNS[details["ctx"]["pattern"]]
    if kind == "value_error":
        return str(details.get("ctx", {}).get("error", details["msg"]))
    return _MESSAGES.get(kind) or _as_advice(details["msg"])


def _as_advice(message: str) -> str:
    return message.replace("Input should", "must", 1).replace("String should", "must", 1)


def _unknown_key(key: str) -> str:
    close = get_close_matches(key, _KNOWN_KEYS, n=1)
    return f"is no key known here; did you mean {close[0]}?" if close else "is no key known here"


def _place(path: str) -> Place:
    section, *parts = path.split(".")
    if section == "rules":  # the only list; elsewhere digits are somebody's id
        return section, *(int(part) if part.isdigit() else part for part in parts)
    return section, *parts


def _dotted(place: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in place) or "(file)"
