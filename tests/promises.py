"""What docs/promises.md says of each promise, and a way to run the tests of one.

python -m tests.promises 3     # of the third
python -m tests.promises       # of all
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "promises.md"

_HEADING = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
# `file.py::test`, `file.py::Class::test`, `file.py::test[case]`; the file is one below tests/.
_TEST = re.compile(r"^- `([\w/]+\.py(?:::\w+)+(?:\[[^]`]+\])?)`$", re.MULTILINE)


class Promise(NamedTuple):
    """One section of the page."""

    number: int
    title: str
    text: str

    @property
    def tests(self) -> list[str]:
        """The names of its tests, as pytest takes them below tests/."""
        return _TEST.findall(self.text)

    def part(self, name: str) -> str:
        """What follows a bold word, up to the next one; empty: there is no such part."""
        return self.text.partition(f"\n**{name}.**")[2].partition("\n**")[0].strip()


def promises() -> list[Promise]:
    """All of them, in order."""
    _, *rest = _HEADING.split(PAGE.read_text("utf-8"))
    texts = [text.partition("\n## ")[0] for text in rest[2::3]]
    sections = zip(rest[::3], rest[1::3], texts, strict=True)
    return [Promise(int(number), title, text) for number, title, text in sections]


def main(wanted: list[str]) -> int:
    """Run the tests of the promises with these numbers, or of all; pytest's exit code."""
    found = [one for one in promises() if not wanted or str(one.number) in wanted]
    if not found:
        sys.exit(f"there is no promise {', '.join(wanted)}: they are 1 to {len(promises())}")
    tests = dict.fromkeys(f"{ROOT / 'tests' / test}" for one in found for test in one.tests)
    return pytest.main([*tests, "--verbose", "-p", "no:cacheprovider"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
