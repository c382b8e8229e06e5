"""What conditions can read of a lead: its values as text, as numbers and as domains."""

from collections.abc import Callable, KeysView, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.domain.conditions import Subject
from shared.domain.numbers import number_of
from shared.domain.spelling import fold

# Whether it is within these hours (by their id) at this moment.
During = Callable[[str, datetime], bool]

_SOURCE_KIND, _POSTAL_CODE = fold("source_kind"), fold("postal_code")


def never(_hours: str, _at: datetime) -> bool:
    """Where no hours are known."""
    return False


def text_of(field: str, source: str, fields: Mapping[str, Any]) -> str:
    """A field's value as text, in its own case; absent is empty, of several all with commas."""
    return ", ".join(several(_values(source, fields).get(fold(field))))


class Facts:
    """What one lead's conditions ask for, each read once. Fields are spelled as `fold` does."""

    __slots__ = ("_numbers", "_texts", "_values", "at", "during")

    def __init__(self, subject: Subject, during: During = never) -> None:
        self._values = _values(subject.source, subject.fields)
        if subject.score is not None:
            self._values["score"] = subject.score
        self._texts: dict[str, tuple[str, ...]] = {}
        self._numbers: dict[str, tuple[Decimal, ...]] = {}
        self.at = subject.at
        self.during = during

    @property
    def fields(self) -> KeysView[str]:
        """Every field that there may be something in."""
        return self._values.keys()

    def texts(self, field: str) -> tuple[str, ...]:
        """Its values as they are compared: without case; none when it is empty."""
        known = self._texts.get(field)
        if known is None:
            said = self._values.get(field)
            known = self._texts[field] = tuple(text.casefold() for text in several(said))
        return known

    def numbers(self, field: str) -> tuple[Decimal, ...]:
        """Those of its values that are numbers."""
        known = self._numbers.get(field)
        if known is None:
            found = map(number_of, self.texts(field))
            known = tuple(number for number in found if number is not None)
            self._numbers[field] = known
        return known


def _values(source: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A lead's values by their fields: its own before those of `extra`.

    `source` is the source's id, `source_kind` whether it is a form, partner or hook.
    """
    values: dict[str, Any] = {}
    for name, value in fields.get("extra", {}).items():
        values.setdefault(fold(name), value)
    for name, value in fields.items():
        if name != "extra" and value is not None:
            values[fold(name)] = value
    kind, _, source_id = source.partition("#")
    values["source"], values[_SOURCE_KIND] = source_id, kind
    return values


def several(said: Any) -> list[str]:
    """A field's value as texts, in their own case: one, or each of a list; none if it is empty."""
    if isinstance(said, str):
        text = said.strip()
        return [text] if text else []
    if isinstance(said, list | tuple):
        return [text for part in said for text in several(part)]
    if said is None:
        return []
    if isinstance(said, bool):
        return [str(said).lower()]
    if isinstance(said, Decimal):
        return [f"{said.normalize():f}"]
    return [str(said)]


def bare(field: str, text: str) -> str:
    """How a text begins: people part post codes in different places, or not at all."""
    return text.replace(" ", "").replace("-", "") if field == _POSTAL_CODE else text


def domain_of(text: str) -> str:
    """The domain of an e-mail address or a web address, or the domain itself."""
    _, scheme, address = text.rpartition("://")
    if not scheme and "@" in text and "/@" not in text:
        return text.rpartition("@")[2].strip(" >.")  # what stands before it may have slashes
    for mark in "/?#":
        address = address.partition(mark)[0]
    return address.rpartition("@")[2].partition(":")[0].strip(" .")
