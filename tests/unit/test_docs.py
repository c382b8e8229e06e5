"""The documents keep up with the code."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from infra.build import formats_page
from infra.cli.checks.every import findings
from infra.cli.config_file import config_from
from infra.cli.yaml_file import parse
from shared.domain import (
    channels,
    conditions,
    hours,
    limits,
    mail_templates,
    pools,
    score,
    sources,
    tables,
    week,
)
from shared.domain import config as domain_config
from shared.domain.config import Config
from shared.domain.deadlines import Action, IfStill
from shared.domain.leads import Step
from shared.flows.describe_source import describe_source
from shared.http import PROBLEMS
from shared.openapi import PATHS
from shared.sources.formats import FORMATS, format_of
from tests import strategies_page
from tests.team import active

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
ROOMS = (
    *(domain_config, channels, conditions, hours, limits, mail_templates, pools, score, sources),
    *(tables, week),
)
FORMATS_PAGE = (ROOT / "docs" / "formats.md").read_text()
RULES = (ROOT / "docs" / "rules.md").read_text()


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


def parts_of(
    model: type[BaseModel], above: tuple[type[BaseModel], ...] = ()
) -> Iterator[type[BaseModel]]:
    """A model of the configuration, and all that it is made of."""
    if model in above:
        return
    yield model
    for field in model.model_fields.values():
        for inner in re.findall(r"shared\.domain\.\w+\.(\w+)", str(field.annotation)):
            found = next((part for room in ROOMS if (part := getattr(room, inner, None))), None)
            if isinstance(found, type) and issubclass(found, BaseModel):
                yield from parts_of(found, (*above, model))


def test_every_key_of_the_configuration_is_explained() -> None:
    models = set(parts_of(Config))
    assert {sources.Screen, sources.Words, sources.Cap, pools.Match, limits.Pace} <= models
    for model in models:
        for name, field in model.model_fields.items():
            key = field.alias or name
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


def test_every_example_of_deadlines_is_valid() -> None:
    """Each by itself, with nothing that `leadwheel check` finds; and its tables are whole."""
    page = (ROOT / "docs" / "deadlines.md").read_text()
    people = {name: {"name": name, "email": f"{name}@example.com"} for name in ("anna", "bo")}
    around = {
        "manager": {"name": "Mei", "email": "mei@example.com"},
        "reps": people,
        "hours": {"office": {"week": [{"start": "08:00", "end": "17:00"}]}},
        "forms": {"website": {}},
    }
    examples = [parse(block).value for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    assert len(examples) == 3
    for example in examples:
        rules = [{"name": "all", "pool": pool} for pool in example["pools"]]
        config = config_from(strategies_page.as_file({**around, **example, "rules": rules}), "docs")
        assert list(findings(config, date(2026, 11, 22))) == []
    for word in (*Action, *IfStill):
        assert f"| `{word}`" in page


# ── Strategies and rules ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("section", strategies_page.sections(), ids=lambda section: section.title)
def test_every_strategy_is_a_valid_configuration(section: strategies_page.Section) -> None:
    """What comes of each is for tests/loop/test_strategies.py."""
    config_from(strategies_page.as_file(section.configuration), "docs")


def test_every_example_of_the_rules_is_valid(tmp_path: Path) -> None:
    """Each with the team of the page's first one; `territories` is the table that stands there."""
    (table,) = re.findall(r"```csv\n(.*?)```", RULES, re.DOTALL)
    (tmp_path / "territories.csv").write_text(table)
    blocks = re.findall(r"```yaml\n(.*?)```", RULES, re.DOTALL)
    head, *examples = (parse(block).value for block in blocks)
    assert len(examples) >= 5
    for example in (head, *examples):
        text = strategies_page.as_file({**head, **example})
        config = config_from(text, str(tmp_path / "team.yaml"))
        assert all(table.rows for table in config.tables.values())


def test_every_finding_of_check_is_in_the_rules() -> None:
    modules = (ROOT / "infra" / "cli" / "checks").glob("*.py")
    texts = [module.read_text() for module in modules]
    codes = {code for text in texts for code in re.findall(r'Finding\(\s*"([a-z-]+)"', text)}
    assert len(codes) > 10
    assert [code for code in sorted(codes) if f"`{code}`" not in RULES] == []


def parts_with(fragment: dict[str, Any]) -> Iterator[str]:
    """The parts of a configuration in which a few keys may stand, with these values."""
    person = {"name": "Bo", "email": "bo@example.com"}
    parts: dict[type[BaseModel], dict[str, Any]] = {
        domain_config.Rep: person,
        pools.Pool: {"members": {"anna": 1}},
        domain_config.Rule: {"name": "all", "pool": "sales"},
        sources.Form: {},
        sources.Partner: {"currency": "EUR", "price": 9},
        Config: parse(RULES.partition("```yaml\n")[2].partition("```")[0]).value,
    }
    for part, needed in parts.items():
        try:
            part.model_validate({**needed, **fragment})
        except ValidationError:
            continue
        yield part.__name__


def test_what_the_tables_of_the_rules_say_can_be_written_so() -> None:
    """Whatever stands there as code and has a colon is of some part of a configuration."""
    plain = re.sub(r"```.*?```", "", RULES, flags=re.DOTALL)
    halves = [re.findall(r"`([^`\n]+: [^`\n]+)`", half) for half in plain.split("## HubSpot")]
    assert [len(half) > 5 for half in halves] == [True, True]
    for text in halves[0]:  # the language: they are conditions
        assert any(parts_with({"when": parse(f"{{{text}}}").value})), text
    for text in halves[1]:
        assert any(parts_with(parse(f"{{{text}}}").value)), text


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
