"""YAML without surprises, with the line of every value.

What YAML 1.1 guesses, and people did not mean, stays text: `NO` (Norway, not false), `01234` (a
post code, not 668), `12:30` (not 750) and dates. What remains to be guessed is `true`, `false`,
`null` and whole numbers. A key that comes twice is an error, as one of the two would be lost
without a word.

Texts are in Unicode form NFC, as those of leads are: in another, `Malmö` would match none.
"""

import re
import unicodedata
from typing import Any

import yaml

# As a pathless place, `()` is the document itself.
Place = tuple[str | int, ...]

_UNREADABLE = (ValueError, LookupError, AttributeError, ArithmeticError)
MAX_BYTES = 1_000_000
MAX_VALUES = 200_000  # aliases repeat values, and a few lines of them can stand for billions


class YamlProblem(Exception):  # noqa: N818  (it is a finding in somebody's file)
    """What is wrong with the text, and the line where it shows, counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Document:
    """A parsed file: its `value`, and the line of each place in it."""

    def __init__(self, value: Any, lines: dict[Place, int], repeated: list[YamlProblem]) -> None:
        self.value = value
        self.repeated = repeated  # keys that come twice
        self._lines = lines

    def line(self, place: Place) -> int:
        """The line of a place; that of what it would stand in, when it does not exist."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def has(self, place: Place) -> bool:
        """Whether there is such a place."""
        return place in self._lines


class _Loader(yaml.SafeLoader):
    """PyYAML's parser in Python: the faster one in C crashes on deep nesting."""


_Loader.yaml_implicit_resolvers = {}
_Loader.yaml_multi_constructors = {}  # other libraries add tags of theirs to every SafeLoader
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"0|-?[1-9][0-9]{0,17}", list("-0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first
    )


def parse(text: str) -> Document:
    """Read one YAML document; YamlProblem when it is none, or too large to be a configuration."""
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise YamlProblem(1, f"the file is larger than {MAX_BYTES // 1000} kB")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return _Reader(loader).document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlProblem(mark.line + 1 if mark else 1, f"not valid YAML: {what}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlProblem(line, f"not valid YAML: {error.reason}") from error
    except RecursionError as error:
        raise YamlProblem(1, "the values are nested too deeply") from error


def _composed(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


class _Reader:
    """Builds values from nodes, noting lines on the way."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self._lines: dict[Place, int] = {}
        self._repeated: list[YamlProblem] = []
        self._values = 0

    def document(self, node: yaml.Node | None) -> Document:
        value = self._value(node, ()) if node else None
        return Document(value, self._lines, self._repeated)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._values += 1
        line = node.start_mark.line + 1
        if self._values > MAX_VALUES:
            raise YamlProblem(line, f"the file stands for more than {MAX_VALUES} values")
        self._lines.setdefault(place, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, n)) for n, item in enumerate(node.value)]
        try:
            return _composed(self._loader.construct_object(node))
        except _UNREADABLE as error:  # `!!int x`: PyYAML trusts tags
            kind = node.tag.rpartition(":")[2]
            raise YamlProblem(line, f"{node.value!r} is not what !!{kind} says") from error

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        self._note_repeated(node, place)
        self._loader.flatten_mapping(node)  # what `<<` brings comes first, so own keys win
        mapping = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            self._lines[(*place, key)] = key_node.start_mark.line + 1
            mapping[key] = self._value(value_node, (*place, key))
        return mapping

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise YamlProblem(node.start_mark.line + 1, "a key must be text")
        return str(_composed(node.value))

    def _note_repeated(self, node: yaml.MappingNode, place: Place) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            key, line = self._key(key_node), key_node.start_mark.line + 1
            if key in first and key != "<<":
                where = ".".join(str(part) for part in (*place, key))
                self._repeated.append(
                    YamlProblem(line, f"{where}: is there on line {first[key]} already")
                )
            first.setdefault(key, line)
