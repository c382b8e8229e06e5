"""Taking a mechanism out of the running program, and running a test without it.

A condition is taken out of the requests of the function that makes them, and what only it had named
with it, so that the request stays well-formed: what fails then fails for want of the mechanism. A
check is a piece of an expression, and becomes what it is for whoever passes it.
"""

import ast
import gc
import io
import re
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

from shared.errors import LeadwheelError
from tests import inside
from tests.mechanisms.expressions import ALWAYS, plain, removals, text_of, tree_of
from tests.table import ROOT

STORE = str(ROOT / "shared" / "store")
TOKEN = "ClientRequestToken"
PARTS = ("Put", "Update", "Delete", "ConditionCheck")


@dataclass(frozen=True)
class Condition:
    """One condition, in the requests of one function of the store; or a part of it to be taken out.

    `within` is `module.function`, `of` the kind of item, and `text` the whole condition as `plain`
    writes it. `out` is the part.
    """

    within: str
    of: str
    text: str
    out: str

    @property
    def name(self) -> str:
        """As the table and the tests call it."""
        whole = "" if self.out == self.text else f" (of: {self.text})"
        return f"store.{self.within}, {self.of}: {self.out}{whole}"


@dataclass(frozen=True)
class Check:
    """A piece of a function's code that decides something, and what it is when it is not there."""

    module: str
    function: str
    code: str
    becomes: str = "True"
    nth: int = 0  # of several that read the same

    @property
    def name(self) -> str:
        """As the table and the tests call it."""
        return f"{self.module}.{self.function}: {self.code}"


Mechanism = Condition | Check


@dataclass
class Trace:
    """What became of a request while something was out."""

    taken: int = 0  # how often it was taken out
    malformed: list[str] = field(default_factory=list)  # what was refused for its form


@contextmanager
def without(*mechanisms: Mechanism) -> Iterator[Trace]:
    """The program without these mechanisms."""
    trace = Trace()
    conditions = [one for one in mechanisms if isinstance(one, Condition)]
    with ExitStack() as stack:
        for one in mechanisms:
            if isinstance(one, Check):
                stack.enter_context(_without_check(one))
                trace.taken += 1
        if conditions:
            stack.enter_context(_without_conditions(conditions, trace))
        yield trace


# ── Conditions ───────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _without_conditions(conditions: list[Condition], trace: Trace) -> Iterator[None]:
    called = inside._called

    def weakened(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if client.meta.service_model.service_name == "dynamodb":
            places = _places()
            for one in conditions:
                if one.within in places:
                    arguments, taken = _weakened(one, operation, arguments)
                    trace.taken += taken
        try:
            return called(client, operation, arguments)
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                trace.malformed.append(error.response["Error"]["Message"])
            raise

    inside._called = weakened
    try:
        yield
    finally:
        inside._called = called


def _places() -> set[str]:
    """The functions of the store that are at work, as `module.function`."""
    found = set()
    frame: FrameType | None = sys._getframe(2)
    while frame:
        file = frame.f_code.co_filename
        if file.startswith(STORE):
            found.add(f"{Path(file).stem}.{frame.f_code.co_name}")
        frame = frame.f_back
    return found


def _weakened(
    one: Condition, operation: str, arguments: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    if one.out == TOKEN:
        return {k: v for k, v in arguments.items() if k != TOKEN}, TOKEN in arguments
    if operation != "TransactWriteItems":
        less = _less(one, arguments)
        return (less, 1) if less else (arguments, 0)
    items, taken = [], 0
    for item in arguments["TransactItems"]:
        kind, action = next((kind, item[kind]) for kind in PARTS if kind in item)
        less = _less(one, action)
        taken += less is not None
        items.append({kind: less or action})
    return {**arguments, "TransactItems": items}, taken


def _less(one: Condition, action: dict[str, Any]) -> dict[str, Any] | None:
    """An action with the part taken out; None: it is another one."""
    text = action.get("ConditionExpression")
    if text is None or kind_of(action) != one.of:
        return None
    names = action.get("ExpressionAttributeNames", {})
    if plain(text, names) != one.text:
        return None
    for label, left in removals(tree_of(text)):
        if plain(label, names) == one.out:
            return _pruned({**action, "ConditionExpression": text_of(left) if left else ALWAYS})
    raise LookupError(f"{one.name} is no part of {one.text}")


def kind_of(action: dict[str, Any]) -> str:
    """What kind of item an action is about: `lead`, `alert`, `rep`, `turn`."""
    key = action.get("Key") or action["Item"]
    first, second = (key[name]["S"].partition("#")[0] for name in ("pk", "sk"))
    if first in ("cap", "denied") and second != "alert":
        return first
    return f"config {second}" if first == "config" else second


def _pruned(action: dict[str, Any]) -> dict[str, Any]:
    """Without the names and values that nothing uses any more, as DynamoDB wants it."""
    said = f"{action['ConditionExpression']} {action.get('UpdateExpression', '')}"
    used = set(re.findall(r"[#:]\w+", said))
    for member in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        kept = {name: value for name, value in action.get(member, {}).items() if name in used}
        action.pop(member, None)
        if kept:
            action[member] = kept
    return action


# ── Checks ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _without_check(check: Check) -> Iterator[None]:
    file = str(import_module(check.module).__file__)
    old = _code(_compiled(file, None), check.function)
    new = _code(_compiled(file, check), check.function)
    functions = [f for f in _functions(file) if _is_same(f.__code__, old)]
    assert functions, f"nothing runs {check.name}"
    before = [function.__code__ for function in functions]
    try:
        for function in functions:
            function.__code__ = new
        yield
    finally:
        for function, code in zip(functions, before, strict=True):
            function.__code__ = code


def _functions(file: str) -> list[FunctionType]:
    gc.unfreeze()  # the functions freeze what they have loaded, which hides it here
    return [
        one
        for one in gc.get_objects()
        if type(one) is FunctionType and one.__code__.co_filename == file
    ]


def _is_same(one: CodeType, other: CodeType) -> bool:
    return (one.co_qualname, one.co_firstlineno) == (other.co_qualname, other.co_firstlineno)


class _Without(ast.NodeTransformer):
    """Puts the constant beside the piece, which still uses the names it used."""

    def __init__(self, check: Check) -> None:
        self.check, self.found = check, 0
        self.wanted = ast.unparse(ast.parse(check.code, mode="eval").body)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        node = super().generic_visit(node)
        is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if isinstance(node, ast.expr) and is_read and ast.unparse(node) == self.wanted:
            self.found += 1
            if self.found == self.check.nth + 1:
                return self._beside(node)
        return node

    def _beside(self, node: ast.expr) -> ast.expr:
        becomes = ast.parse(self.check.becomes, mode="eval").body
        pair = ast.Tuple([ast.Lambda(_NO_ARGUMENTS, node), becomes], ast.Load())
        return ast.copy_location(ast.Subscript(pair, ast.Constant(1), ast.Load()), node)


_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


@cache
def _compiled(file: str, check: Check | None) -> CodeType:
    tree = ast.parse(Path(file).read_text("utf-8"))
    if check:
        transformer = _Without(check)
        for node in _defined(tree, check.function):
            if isinstance(node, ast.Lambda):
                node.body = transformer.visit(node.body)
            else:
                node.body = [transformer.visit(one) for one in node.body]
        assert transformer.found > check.nth, f"there is no {check.name}"
        ast.fix_missing_locations(tree)
    return compile(tree, file, "exec")


def _defined(tree: ast.AST, path: str) -> list[Any]:
    """The function of this name, `Class.method`, `outer.inner`, or `outer.<lambda>`: its first."""
    nodes: list[Any] = [tree]
    for name in path.split("."):
        nodes = [found for node in nodes for found in ast.walk(node) if _is_called(found, name)][:1]
    return nodes


def _is_called(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Lambda):
        return name == "<lambda>"
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name


def _code(code: CodeType, path: str) -> CodeType:
    for name in path.split("."):
        inner = [one for one in code.co_consts if isinstance(one, CodeType)]
        code = next(one for one in inner if one.co_name == name)
    return code


# ── Running a test ───────────────────────────────────────────────────────────────────────────────


@dataclass(eq=False)
class Runs:
    """What came of a test, as a plugin of the run hears it."""

    count: int = 0
    tests: list[str] = field(default_factory=list)  # those that did not pass
    fell: list[str] = field(default_factory=list)  # why, in the test itself, or in our own words
    broke: list[str] = field(default_factory=list)  # anything else: that proves nothing

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        report = yield
        self.count += call.when == "call"
        if call.excinfo:
            error = call.excinfo.value
            self.tests.append(item.nodeid)
            proves = isinstance(error, AssertionError | pytest.fail.Exception | LeadwheelError)
            said = f"{type(error).__name__}: {error}"
            (self.fell if proves and call.when == "call" else self.broke).append(said)
        return report

    def pytest_collectreport(self, report: Any) -> None:
        """What could not even be collected."""
        if report.failed:
            self.broke.append(str(report.longrepr))


def run(test: str, *mechanisms: Mechanism) -> tuple[Runs, Trace]:
    """Run a test, in this process, without these mechanisms."""
    runs = Runs()
    arguments = ["-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={ROOT}"]
    arguments += ["-p", "no:tests.security.recording"]  # it listens to the outer run
    arguments += ["-p", "no:unraisableexception"]  # it would collect all garbage, each time
    arguments += ["-c", str(ROOT / "pyproject.toml"), str(ROOT / "tests" / test)]
    before = BaseClient._make_api_call, URLLib3Session.send, urllib.request.urlopen
    try:
        with redirect_stdout(io.StringIO()), without(*mechanisms) as trace:
            pytest.main(arguments, plugins=[runs])
    finally:
        BaseClient._make_api_call, URLLib3Session.send, urllib.request.urlopen = before
    return runs, trace
