"""Condition expressions, taken apart: their clauses, and how they read without one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Tree = str | tuple[str, list[Any]]  # a clause; or "AND" or "OR" with what it joins

ALWAYS = "(attribute_exists(pk) OR attribute_not_exists(pk))"


def tree_of(text: str) -> Tree:
    """An expression as a tree; what is nested in its own kind is flat."""
    text = _bare(text)
    for joined_by in ("OR", "AND"):
        parts = _split(text, f" {joined_by} ")
        if len(parts) == 1:
            continue
        joined: list[Tree] = []
        for part in map(tree_of, parts):
            joined += part[1] if isinstance(part, tuple) and part[0] == joined_by else [part]
        return joined_by, joined
    return text


def text_of(tree: Tree) -> str:
    """A tree as an expression."""
    if isinstance(tree, str):
        return tree
    parts = (f"({text_of(p)})" if isinstance(p, tuple) else p for p in tree[1])
    return f" {tree[0]} ".join(parts)


def removals(tree: Tree) -> Iterator[tuple[str, Tree | None]]:
    """Each thing that can be taken out, and what is left then; None: nothing asks any more.

    Of clauses that must all hold, each one. Of such as let somebody through, each one, and all.
    """
    if isinstance(tree, str):
        yield tree, None
        return
    kind, parts = tree
    if kind == "OR":
        yield text_of(tree), None
    for place, part in enumerate(parts):
        if kind == "OR":
            yield text_of(part), _joined(kind, [*parts[:place], *parts[place + 1 :]])
        if kind == "AND" or isinstance(part, tuple):
            for label, left in removals(part):
                kept = [] if left is None else [left]
                yield label, _joined(kind, [*parts[:place], *kept, *parts[place + 1 :]])


def plain(text: str, names: Mapping[str, str]) -> str:
    """An expression with the attributes' names in it, and `?` for every value."""
    named = re.sub(r"#\w+", lambda found: names.get(found[0], found[0]), text)
    named = re.sub(r"(exists) \(", r"\1(", named)
    return text_of(tree_of(re.sub(r":\w+", "?", named)))


def _joined(kind: str, parts: list[Any]) -> Tree:
    return parts[0] if len(parts) == 1 else (kind, parts)


def _bare(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes(text: str) -> int:
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return place
    return -1


def _split(text: str, by: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth and text.startswith(by, place):
            parts.append(text[start:place])
            start = place + len(by)
    return [*parts, text[start:]]
