"""What each function loads before its first event: its own rooms, and no library it could spare.

Each handler is imported by a fresh process that finds only what is packed for it, as in Lambda.
Whatever is loaded here is paid for by every cold start.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build.check import dangling_imports, imports_of, source_of
from infra.build.package import ONLY_FOR, REQUIREMENTS, left_out
from infra.build.pins import pins

ROOT = Path(__file__).resolve().parents[3]

# What the logger, the table and the models of the configuration load: every function pays for it.
EVERYWHERE = {
    *("annotated_types", "aws_lambda_powertools", "botocore", "dateutil", "jmespath", "pydantic"),
    *("pydantic_core", "pynamodb", "six", "typing_extensions", "typing_inspection", "urllib3"),
}
STORE = {"domain", "errors", "flows", "store", "surroundings", "telemetry"}
MESSAGES = {"messages", "settings"}

LIBRARIES = {
    **dict.fromkeys(("capture", "routing", "bounces", "fetch", "deadlines"), EVERYWHERE),
    **dict.fromkeys(("alerts", "deliver", "desk"), EVERYWHERE | {"itsdangerous"}),
}
ROOMS = {
    "capture": STORE | {"http", "sources"},
    "routing": STORE | {"sources"},
    "alerts": STORE | MESSAGES | {"links"},
    "deliver": STORE | MESSAGES | {"credentials", "links"},
    "bounces": STORE | MESSAGES,
    "fetch": STORE | MESSAGES | {"credentials", "graph", "sources"},
    "desk": STORE | MESSAGES | {"credentials", "http", "links", "sources", "tokens"},
    "deadlines": STORE | {"sources"},
}
# Of the rooms with the most in them, the only modules that are on the way of a lead.
FEW = {
    "routing": {"shared.sources.email_domains"},
    "deadlines": {"shared.sources.email_domains"},
}

PROGRAM = """
import json, sys
from importlib.metadata import packages_distributions
packed = set(sys.argv[2].split())
dropped = set(sys.argv[3].split())
owners = packages_distributions()

class OnlyPacked:
    def find_spec(name, path=None, target=None):
        top = name.partition(".")[0]
        theirs = {each.lower().replace("_", "-") for each in owners.get(top, ())}
        if top in dropped or theirs and not theirs & (packed | {"leadwheel"}):
            raise ModuleNotFoundError(f"{name} is not packed", name=name)

sys.meta_path.insert(0, OnlyPacked)
before = set(sys.modules)
__import__(f"functions.{sys.argv[1]}.handler")
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded(function: str) -> set[str]:
    """The modules that a fresh process has when the handler is imported."""
    packed = " ".join(pins(REQUIREMENTS.read_text("utf-8")))
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, function, packed, " ".join(left_out(function))],
        cwd=ROOT,
        env={"TABLE_NAME": "leads", "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return set(json.loads(told.stdout))


@pytest.mark.slow
@pytest.mark.parametrize("function", ROOMS)
def test_a_function_loads_only_what_a_leads_way_needs(function: str) -> None:
    """Who adds an import here makes every cold start longer: import it where it is first used."""
    modules = loaded(function)
    tops = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names
    libraries = {top for top in tops if not top.startswith("_")} - {"functions", "shared"}
    assert libraries <= LIBRARIES[function]
    ours = {module for module in modules if module.startswith("shared.")}
    assert {module.split(".")[1] for module in ours} <= ROOMS[function]
    if function in FEW:
        deeper = {module for module in ours if module.count(".") == 2}
        assert {one for one in deeper if one.startswith("shared.sources.")} <= FEW[function]


# ── What is packed ───────────────────────────────────────────────────────────────────────────────


def reached(function: str) -> set[str]:
    """The libraries that a handler may come to import, at once or ever."""
    waiting, seen, libraries = [f"functions.{function}.handler"], set(), set()
    while waiting:
        module = waiting.pop()
        source = source_of(ROOT, module)
        if module in seen or source is None:
            continue
        seen.add(module)
        if module == "shared.sources.formats":  # imports its modules by name
            waiting += [f"{module}.{file.stem}" for file in source.parent.glob("*.py")]
        for imported, part in imports_of(ast.parse(source.read_text("utf-8"))):
            if imported.partition(".")[0] in {"functions", "shared"}:
                waiting += [imported, f"{imported}.{part}"]
            else:
                libraries.add(imported.partition(".")[0])
    return libraries


@pytest.mark.parametrize("function", ROOMS)
def test_a_function_is_packed_what_it_reaches_and_no_more(function: str) -> None:
    libraries = reached(function)
    for names, users in ONLY_FOR.items():
        assert (function in users) == bool(libraries & set(names)), names


def test_what_is_left_out_is_missed_when_it_is_needed(tmp_path: Path) -> None:
    """The check after a build finds it, also inside of a function."""
    (tmp_path / "functions" / "routing").mkdir(parents=True)
    handler = tmp_path / "functions" / "routing" / "handler.py"
    handler.write_text("def seldom():\n    import jinja2\n")
    (problem,) = dangling_imports(tmp_path, "functions.routing.handler")
    assert "jinja2" in problem
