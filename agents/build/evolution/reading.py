"""Migrations read into what they make, statement by statement. Pure.

Errors:
    EvolutionError   a statement of a kind that no generated migration has; names it
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from agents.build.evolution.definitions import constraint, is_constraint, read_column
from agents.build.evolution.lexer import Token, flat, group, split, tokens
from agents.build.evolution.objects import EvolutionError, Place, Schema, Table, Thing

_UP = re.compile(r"^-- migrate:up[ \t]*$(.*?)^-- migrate:down", re.MULTILINE | re.DOTALL)
_PLAIN = frozenset({"insert", "comment", "grant", "revoke"})


def read(scripts: Iterable[str]) -> Schema:
    """What the migrations make together, given in their order. Raises EvolutionError."""
    schema = Schema(tables={}, things={}, others={})
    number = 0
    for script in scripts:
        found = _UP.search(script)
        sql = found[1] if found else script
        for run in split(tokens(sql), ";"):
            number += 1
            _statement(schema, sql[run[0].start : run[-1].end], run, number)
    return schema


def _statement(schema: Schema, text: str, run: list[Token], number: int) -> None:
    words = [token.word for token in run[:6]]
    place: Place = (number, 0, 0)
    match words:
        case ["create", "table", *_]:
            _table(schema, text, run, number)
        case ["create", *_]:
            thing = _thing(text, run, place)
            schema.things[thing.key] = thing
        case ["alter", "table", *_]:
            _alter(schema, text, run, number)
        case ["drop", *_]:
            _drop(schema, text, run)
        case [verb, *_] if verb in _PLAIN:
            schema.others[text] = place
        case _:
            raise _unknown(text)


def _unknown(text: str) -> EvolutionError:
    line = " ".join(text.split())
    return EvolutionError(f"this statement cannot be followed: {line[:200]}")


def _table(schema: Schema, text: str, run: list[Token], number: int) -> None:
    if run[3].text != "(":
        raise _unknown(text)
    table = Table(
        name=run[2].name, text=text, place=(number, 0, 0), columns={}, constraints={}, late=set()
    )
    schema.tables[table.name] = table
    rows = list(split(run[4 : group(run, 3) - 1], ","))
    found = []
    for row in rows:
        if is_constraint(row):
            found.append(row)
        else:
            column, own = read_column(row, (number, 1, len(table.columns)))
            table.columns[column.name] = column
            found += own
    for row in found:
        add = constraint(table, row, schema.taken(), (number, 2, len(table.constraints)))
        table.constraints[add.name] = add


_AFTER_ON = {"index", "policy", "trigger"}


def _thing(text: str, run: list[Token], place: Place) -> Thing:
    words = [token.word for token in run]
    start = 1
    while words[start] in ("or", "replace", "unique", "constraint", "materialized"):
        start += 1
    kind, name = words[start], run[start + 1].name
    if kind in _AFTER_ON:
        on = words.index("on", start)
        return Thing(kind=kind, table=run[on + 1].name, name=name, text=text, place=place)
    if kind in ("type", "view", "sequence", "domain"):
        return Thing(kind=kind, table="", name=name, text=text, place=place)
    if kind != "function" or run[start + 2].text != "(":
        raise _unknown(text)
    body = next((token for token in run if token.kind == "text"), run[-1])
    after = group(run, start + 2)
    header = flat([token for token in run[after:] if token.end <= body.start])
    return Thing(
        kind=kind, table="", name=f"{name}({_types(run[start + 3 : after - 1])})", text=text,
        place=place, header=header,
    )  # fmt: skip


def _types(arguments: Sequence[Token]) -> str:
    """The types of a function's arguments, without their names and defaults."""
    found = []
    for argument in split(arguments, ","):
        words = [token.word for token in argument]
        end = next((at for at, word in enumerate(words) if word == "default"), len(words))
        known = len(argument[:end]) == 1 or argument[1].kind == "other"
        found.append(flat(argument[0 if known else 1 : end]))
    return ", ".join(found)


def _drop(schema: Schema, text: str, run: list[Token]) -> None:
    words = [token.word for token in run]
    kind, at = words[1], 4 if words[2:4] == ["if", "exists"] else 2
    name = run[at].name
    if kind == "table":
        schema.tables.pop(name, None)
        for key in [key for key in schema.things if key[1] == name]:
            del schema.things[key]
        return
    if kind == "function":
        name = f"{name}({_types(run[at + 2 : group(run, at + 1) - 1])})"
    table = run[words.index("on") + 1].name if kind in ("policy", "trigger") else ""
    for key in [key for key in schema.things if (key[0], key[2]) == (kind, name)]:
        if not table or key[1] == table:
            del schema.things[key]
            return
    raise _unknown(text)


def _alter(schema: Schema, text: str, run: list[Token], number: int) -> None:
    at = 4 if run[2].word == "if" else 2
    table = schema.tables.get(run[at].name)
    if table is None:
        raise _unknown(text)
    for count, action in enumerate(split(run[at + 1 :], ",")):
        words = " ".join(token.word or token.text for token in action[:5])
        if words in _SECURITY:
            _SECURITY[words](table)
        elif words.startswith("add column "):
            _add_column(schema, table, action, number, count)
        elif words.startswith("add "):
            add = constraint(table, action[1:], schema.taken(), (number, 2, count), inline=False)
            table.constraints[add.name] = add
        elif words.startswith("drop constraint ") and action[2].name in table.constraints:
            dropped = table.constraints.pop(action[2].name)
            if dropped.inline:
                raise _unknown(text)
        else:
            raise _unknown(text)


def _set(attribute: str, value: bool) -> Callable[[Table], None]:
    return lambda table: setattr(table, attribute, value)


_SECURITY = {
    "enable row level security": _set("enabled", True),
    "disable row level security": _set("enabled", False),
    "force row level security": _set("forced", True),
    "no force row level security": _set("forced", False),
}


def _add_column(schema: Schema, table: Table, action: list[Token], number: int, count: int) -> None:
    column, own = read_column(action[2:], (number, 1, count))
    table.columns[column.name] = column
    table.late.add(column.name)
    for row in own:
        add = constraint(
            table, row, schema.taken(), (number, 2, len(table.constraints)), inline=False
        )
        table.constraints[add.name] = add
