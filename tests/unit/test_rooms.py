"""The rooms of the code: who may import whom (docs/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAVES = {
    "errors",
    "settings",
    "telemetry",
    "surroundings",
    "links",
    "http",
    "credentials",
    "graph",
    "tokens",
}
MAY_IMPORT = {
    "domain": {"errors"},
    "store": {"errors", "telemetry", "domain"},
    "sources": {"errors", "domain"},
    "messages": {"errors", "settings", "domain"},
    "openapi": {"domain", "sources"},
    "flows": LEAVES - {"http"} | {"domain", "store", "sources", "messages"},
}
NOT_FOR_DOMAIN = {"boto3", "botocore", "pynamodb", "aws_lambda_powertools"}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "shared":
                yield from (f"shared.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    for file in (ROOT / "shared" / room).rglob("*.py"):
        for name in imports(file):
            parts = name.split(".")
            assert parts[0] not in ("functions", "infra", "tests"), f"{file}: {name}"
            if parts[0] == "shared" and len(parts) > 1 and parts[1] != room:
                assert parts[1] in MAY_IMPORT[room], f"{file.relative_to(ROOT)} imports {name}"


def test_the_domain_is_pure() -> None:
    for file in (ROOT / "shared" / "domain").rglob("*.py"):
        assert NOT_FOR_DOMAIN.isdisjoint(name.split(".")[0] for name in imports(file)), file
        text = file.read_text()
        for impure in ("datetime.now", "time.time", "random.", "uuid4", "os.environ"):
            assert impure not in text, f"{file.name}: {impure}"


def test_functions_do_not_import_each_other() -> None:
    for file in (ROOT / "functions").rglob("*.py"):
        own = f"functions.{file.parent.name}."
        for name in imports(file):
            is_other = name.startswith("functions.") and not f"{name}.".startswith(own)
            assert not is_other, f"{file.relative_to(ROOT)} imports {name}"
