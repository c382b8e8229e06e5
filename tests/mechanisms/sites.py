"""Every place in the store where a condition is written down, found in its code; and functions."""

import ast
from collections.abc import Iterator

from tests.table import ROOT

# Functions of the store that pass on a condition which their callers write, as their last argument.
PASSED_ON = {"_update", "_change"}


def sites() -> list[str]:
    """Each as `module.function: the condition as it is written`."""
    return [
        f"{path.stem}.{function.name}: {text}"
        for path in sorted((ROOT / "shared" / "store").glob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        for text in _written(function)
    ]


def _written(function: ast.FunctionDef) -> Iterator[str]:
    passed_in = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
    for node in ast.walk(function):
        for value in _conditions(node):
            if not (isinstance(value, ast.Name) and value.id in passed_in):
                yield ast.unparse(value)


def _conditions(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call():
            yield from (one.value for one in node.keywords if one.arg == "condition")
            if isinstance(node.func, ast.Name) and node.func.id in PASSED_ON:
                yield node.args[-1]
            for one in node.keywords:
                if one.arg == "client_request_token":
                    yield one.value
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if _names_one(key))
        case ast.Assign(targets=[ast.Subscript() as target]) if _names_one(target.slice):
            yield node.value


def _names_one(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "ConditionExpression"


def unconditional() -> list[str]:
    """The store's functions that write something whatever stands there."""
    return [
        f"{path.stem}.{function.name}"
        for path in sorted((ROOT / "shared" / "store").glob("*.py"))
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        if any(_writes_anyway(node) for node in ast.walk(function))
    ]


def _writes_anyway(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="save" | "update" | "delete")):
            return not any(one.arg == "condition" for one in node.keywords)
    return False


def functions_of(module: str) -> list[str]:
    """The functions of a module, and those within them: `Class.method`, `outer.inner`."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    return list(_named(ast.parse(path.read_text("utf-8")), ""))


def _named(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            if isinstance(child, ast.FunctionDef):
                yield within + child.name
            yield from _named(child, f"{within}{child.name}.")
