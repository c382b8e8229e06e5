"""docs/promises.md names only what there is, and says of each promise all that it should."""

import ast
import re
import shlex
from functools import cache

import pytest

from tests.mechanisms.rows import rows
from tests.promises import PAGE, ROOT, Promise, promises

PROMISES = promises()
COMMAND = re.compile(r"^(?:\.venv/bin/|make )[^#\n]+", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py(?:::\w+)+)(?:\[[^]`]+\])?`")
CODE = re.compile(r"`((?:shared|functions)/[\w/]+\.py)`, ((?:`\w+`(?: and )?)+)")


@cache
def names_in(file: str) -> set[str]:
    """All functions and classes of a file; those within a class as `Class::function`."""
    found: set[str] = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            inside = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
            found |= {node.name, *(f"{node.name}::{name}" for name in inside)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def commands() -> list[str]:
    return [command.strip() for command in COMMAND.findall(PAGE.read_text("utf-8"))]


def test_there_are_eleven_in_order() -> None:
    assert [promise.number for promise in PROMISES] == list(range(1, 12))


def test_the_readme_has_as_many() -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## What it promises\n")[2]
    listed = re.findall(r"^(\d+)\. ", section.partition("\n## ")[0], re.MULTILINE)
    assert [int(number) for number in listed] == [promise.number for promise in PROMISES]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: str(one.number))
def test_each_says_how_it_is_kept_shown_and_where_it_ends(promise: Promise) -> None:
    assert len(promise.tests) >= 2
    assert len(set(promise.tests)) == len(promise.tests)
    assert len({test.partition("/")[0] for test in promise.tests}) >= 2, "of one kind only"
    assert f"\n.venv/bin/python -m tests.promises {promise.number}\n" in promise.part("Run")
    assert len(promise.part("Does not cover")) > 100
    assert re.search(r"`[\w/]+\.(py|yaml)`", promise.part("Mechanism"))


def test_every_test_that_it_names_is_there() -> None:
    named = NAMED.findall(PAGE.read_text("utf-8"))
    assert len(named) > 60
    for test in named:
        file, _, name = test.partition("::")
        assert (ROOT / "tests" / file).exists(), file
        assert name in names_in(f"tests/{file}"), test


def test_every_crash_path_that_it_names_is_there() -> None:
    paths = names_of_paths()
    cases = re.findall(r"test_every_call_may_fail\[([^]]+)\]", PAGE.read_text("utf-8"))
    assert len(cases) > 5
    assert set(cases) <= paths


def names_of_paths() -> set[str]:
    """What the paths of tests/crashes are called, without importing all that they need."""
    tree = ast.parse((ROOT / "tests/crashes/paths.py").read_text("utf-8"))
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    paths = [call for call in called if getattr(call.func, "id", "") == "Path" and call.args]
    return {path.args[0].value for path in paths if isinstance(path.args[0], ast.Constant)}


def test_all_code_that_it_names_is_there() -> None:
    mechanisms = "\n".join(promise.part("Mechanism") for promise in PROMISES)
    for file in re.findall(r"`((?:shared|functions)/[\w/]+\.py)`", mechanisms):
        assert (ROOT / file).exists(), file
    named = CODE.findall(mechanisms)
    assert len(named) > 8
    for file, several in named:
        for name in re.findall(r"\w+", several.replace(" and ", " ")):
            assert name in names_in(file), (file, name)


def test_every_command_can_be_run() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    mechanisms = [row.mechanism.name for row in rows()]
    assert len(commands()) > 15
    for command in commands():
        program, *arguments = shlex.split(command)
        match program:
            case "make":
                assert f"\n{arguments[0]}:" in makefile, command
            case ".venv/bin/python":
                assert arguments[:2] == ["-m", "tests.promises"], command
                assert set(arguments[2:]) <= {str(one.number) for one in PROMISES}, command
            case ".venv/bin/pytest":
                file, dash_k, chosen = arguments
                assert (ROOT / file).exists(), command
                assert dash_k == "-k"
                for either in chosen.split(" or "):
                    words = either.split(" and ")
                    assert any(all(w in name for w in words) for name in mechanisms), command
            case _:
                pytest.fail(f"what is {program}?")
