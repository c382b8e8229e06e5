"""docs/security.md leaves out no way in, and names only tests that there are."""

import re
from pathlib import Path

import functions.capture.handler as capture
import functions.desk.handler as desk
from infra.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[str]:
    """The rows of its tables, without their heads."""
    headless = re.sub(r"^\|.*\|\n\|-.*\n", "", text, flags=re.MULTILINE)
    return re.findall(r"^\| (.*) \|$", headless, re.MULTILINE)


def test_every_test_that_it_names_is_there():
    named = TEST.findall(PAGE)
    assert len(named) > 40
    for file, name in named:
        path = ROOT / "tests" / file
        assert path.exists(), file
        assert re.search(rf"^ *def {name}\(", path.read_text("utf-8"), re.MULTILINE), (file, name)


def test_every_threat_and_every_risk_has_a_test():
    assert all(TEST.search(row) for row in rows(section("Threats")))
    risks = rows(section("The ten risks of OWASP"))
    assert [row.split()[0] for row in risks] == [f"API{number}" for number in range(1, 11)]
    assert all(TEST.search(row) for row in risks)


def test_every_path_is_there():
    ways = section("Ways in")
    for function in (capture, desk):
        for route in (*function.app._static_routes, *function.app._dynamic_routes):
            path = route.path.replace("<", "{").replace(">", "}")
            assert f"`{path}`" in ways, path


def test_every_function_queue_topic_bus_and_secret_is_there(find):
    """Each by the name that it has in the template."""
    ways = section("Ways in")
    kinds = ("SQS::Queue", "SNS::Topic", "Events::EventBus", "Lambda::Function")
    for name in (name for kind in kinds for name in find(f"AWS::{kind}")):
        assert name in ways, name
    for name in find("AWS::SecretsManager::Secret"):
        assert f"`{name}`" in section("Tokens and secrets"), name


def test_every_command_is_there():
    ways = section("Ways in")
    for command in app.registered_commands:
        name = command.name or command.callback.__name__.replace("_", "-")
        assert f"`{name}`" in ways, name


def test_every_token_says_all_that_is_to_be_known_of_it():
    tokens = [row.split(" | ") for row in rows(section("Tokens and secrets"))]
    assert len(tokens) >= 15
    assert {len(cells) for cells in tokens} == {6}
    assert all(all(cells) for cells in tokens)
