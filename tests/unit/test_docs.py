"""The documents keep up with the code."""

import re
from pathlib import Path

import pytest

from shared.domain.leads import Step
from shared.http import PROBLEMS
from shared.openapi import PATHS

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()


def test_every_problem_is_explained() -> None:
    for status, kind, _ in PROBLEMS.values():
        assert re.search(rf"\| `{kind}` \| {status} \|", API), kind


def test_every_event_is_named() -> None:
    for step in Step:
        assert f"`Lead{step.capitalize()}`" in API


def test_every_path_is_explained() -> None:
    for path in PATHS:
        last = path.rpartition("/")[2]
        assert (last if "{" not in last else path.split("/")[-2]) in API, path


def test_every_link_leads_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("word", ["make run", "make test"])
def test_the_two_commands_are_in_the_readme(word: str) -> None:
    assert word in (ROOT / "README.md").read_text()
