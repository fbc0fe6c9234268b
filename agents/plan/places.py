"""Where in a plan file something stands: the line of every value, and of what a problem names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from contracts.model import AppModel, Plan

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_NAMED = re.compile(r"(\w+) ([\w.-]+): (.*)", re.DOTALL)
_PATH = re.compile(r"`(\$[^`]*)`")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_BYTE = re.compile(r"\(byte (\d+)\)")
_LISTS = {
    "entity": "entities", "relation": "relations", "role": "roles", "page": "pages",
    "feature": "features", "acceptance": "acceptance", "trace": "trace",
}  # fmt: skip


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong in a plan file: where (a JSON path and a line, "" and 0 if unknown), and what.

    The path is of the nearest thing that is in the file: what is missing has no place.
    """

    text: str
    path: str = ""
    line: int = 0


def lines(text: str) -> dict[str, int]:
    """The line, from 1, of every value in JSON text by its path, such as `$.model.entities[0]`.

    The text is JSON that was read already; for other text the answer says little.
    """
    found: dict[str, int] = {}
    stack: list[str | int] = []
    opened: list[str] = []
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        mark = match.group()
        line, at = line + text.count("\n", at, match.start()), match.start()
        if mark == ":" or (not opened and (found or mark in ",]}")):
            continue
        if mark == ",":
            stack[-1] = stack[-1] + 1 if isinstance(stack[-1], int) else ""
        elif mark in "}]":
            opened.pop()
            stack.pop()
        elif opened and opened[-1] == "{" and not stack[-1]:
            stack[-1] = mark[1:-1]
            found[_path(stack)] = line
        else:
            found.setdefault(_path(stack), line)
            if mark in "{[":
                opened.append(mark)
                stack.append("" if mark == "{" else 0)
    return found


def _path(stack: list[str | int]) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in stack)


def problem(text: str, plan: Plan, known: Mapping[str, int]) -> Problem:
    """The problem that a rule found, with its place in the file whose lines are `known`."""
    match = _NAMED.match(text)
    path = _element(match[1], match[2], plan) if match else ""
    path = path or _whole(text.partition(":")[0])
    rest = match[3] if match else text
    named = [f"{path}.{name}" for name in re.findall(r"[a-z_]+(?:\.[a-z_]+)?", rest)]
    if row := re.search(r"seed row (\d+)", rest):
        named.insert(0, f"{path}.seed[{int(row[1]) - 1}]")
    path = next((each for each in named if each in known), path)
    return Problem(text=text, path=path if path in known else "", line=known.get(path, 0))


def _whole(name: str) -> str:
    lists = {*_LISTS.values()}
    first = name.partition(" ")[0]
    return f"$.model.{first}" if first in lists else "$.tasks" if first == "tasks" else ""


def _element(kind: str, name: str, plan: Plan) -> str:
    """The path of the element that rules call `<kind> <name>`; "" when there is none."""
    if kind == "task":
        return _indexed("$.tasks", (task.id == name for task in plan.tasks))
    if kind == "field":
        entity, _, key = name.partition(".")
        return next(
            (
                f"$.model.entities[{i}].fields[{j}]"
                for i, each in enumerate(plan.model.entities)
                for j, field in enumerate(each.fields)
                if each.key == entity and field.key == key
            ),
            "",
        )
    if kind not in _LISTS:
        return ""
    return _indexed(f"$.model.{_LISTS[kind]}", _called(kind, name, plan.model))


def _indexed(path: str, hits: Iterator[bool]) -> str:
    numbers = [number for number, hit in enumerate(hits) if hit]
    # Of two that are the same, it is the later one that is too many.
    return f"{path}[{numbers[-1]}]" if numbers else ""


def _called(kind: str, name: str, model: AppModel) -> Iterator[bool]:
    for each in getattr(model, _LISTS[kind]):
        yield name in _names(each)


def _names(each: Any) -> set[str]:
    """What rules may call an element: its key, plural, id or path, or `source.key`."""
    found = {str(getattr(each, name, "")) for name in ("key", "plural", "id", "path")}
    return found | {f"{each.source}.{each.key}"} if hasattr(each, "source") else found


def unreadable(message: str, text: bytes) -> Problem:
    """The problem of a file that is no plan, with the place that the decoder named."""
    if at := _BYTE.search(message):
        return Problem(text=message, line=text.count(b"\n", 0, int(at[1])) + 1)
    if not (named := _PATH.search(message)):
        return Problem(text=message)
    known = lines(text.decode("utf-8", "replace"))
    path = named[1]
    if unknown := _UNKNOWN.search(message):
        path = f"{path}.{unknown[1]}"
    where = path
    while path and path not in known:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return Problem(text=message, path=where, line=known.get(path, 0))
