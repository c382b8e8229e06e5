"""The documents keep up with the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from infra.build import formats_page
from infra.cli.config_file import config_from
from shared.domain import config as domain_config
from shared.domain import sources as domain_sources
from shared.domain.config import Config
from shared.domain.leads import Step
from shared.flows.describe_source import describe_source
from shared.http import PROBLEMS
from shared.openapi import PATHS
from shared.sources.formats import FORMATS, format_of
from tests.team import active

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
FORMATS_PAGE = (ROOT / "docs" / "formats.md").read_text()


def test_every_problem_is_explained() -> None:
    for status, kind, _ in PROBLEMS.values():
        assert re.search(rf"\| `{kind}` \| {status} \|", API), kind


def test_every_event_is_named() -> None:
    for step in Step:
        assert f"`Lead{step.capitalize()}`" in API
    for level in ("Near", "Reached"):
        assert f"`Cap{level}`" in API


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


# ── Configuration ────────────────────────────────────────────────────────────────────────────────


def parts_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model of the configuration, and all that it is made of."""
    yield model
    for field in model.model_fields.values():
        for inner in re.findall(r"shared\.domain\.\w+\.(\w+)", str(field.annotation)):
            found = getattr(domain_sources, inner, None) or getattr(domain_config, inner, None)
            if isinstance(found, type) and issubclass(found, BaseModel):
                yield from parts_of(found)


def test_every_key_of_the_configuration_is_explained() -> None:
    models = set(parts_of(Config))
    assert {domain_sources.Screen, domain_sources.Words, domain_sources.Cap} <= models
    for model in models:
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", CONFIGURATION), f"{model.__name__}.{key}"


def test_every_example_of_the_configuration_is_valid() -> None:
    """Together they are one configuration, as `leadwheel apply` reads it."""
    sections: dict[str, str] = {}
    for example in re.findall(r"```yaml\n(.*?)```", CONFIGURATION, re.DOTALL):
        for head, rest in re.findall(r"^(\w+:.*\n)((?:[ \n].*\n?|\n)*)", example, re.MULTILINE):
            sections[head] = sections.get(head, "") + rest
    whole = config_from("".join(f"{head}{rest}" for head, rest in sections.items()), "docs")
    assert len(list(whole.sources())) == 8
    for named, _ in whole.sources():
        assert describe_source(active(whole), named, "https://x.example").source_id in named


# ── Formats ──────────────────────────────────────────────────────────────────────────────────────


def test_the_formats_are_as_they_say_of_themselves() -> None:
    """Otherwise: python -m infra.build.formats_page > docs/formats.md."""
    assert formats_page.page() == FORMATS_PAGE


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_explained_with_its_fields_and_a_sample(name: str) -> None:
    platform = format_of(name)
    section = FORMATS_PAGE.partition(f"\n## {platform.TITLE}\n")[2].partition("\n## ")[0]
    assert f"`format: {name}`" in section
    assert platform.SECRET in section
    for field, aliases in platform.ALIASES.items():
        assert all(re.search(rf"\| `{field}` \|.*`{re.escape(a)}`", section) for a in aliases)
    assert "<details>" in section


def test_the_table_of_formats_leads_to_each() -> None:
    links = set(re.findall(r"\]\(#([\w-]+)\)", FORMATS_PAGE))
    headings = re.findall(r"^## (.+)$", FORMATS_PAGE, re.MULTILINE)
    made = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert links == made
    assert len(links) == len(FORMATS)
