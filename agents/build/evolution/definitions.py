"""Columns and constraints, as a CREATE TABLE or ALTER TABLE defines them. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence

from agents.build.evolution.lexer import Token, flat, group, split
from agents.build.evolution.names import automatic
from agents.build.evolution.objects import Column, Constraint, EvolutionError, Place, Table
from agents.build.render.literals import name

_CLAUSES = frozenset(
    {"constraint", "not", "null", "default", "check", "references", "unique", "primary",
     "generated", "collate"}
)  # fmt: skip
_CONSTRAINTS = frozenset({"constraint", "check", "unique", "primary", "foreign", "exclude"})
_LABELS = {"check": "check", "unique": "key", "foreign": "fkey", "exclude": "excl"}


def is_constraint(row: Sequence[Token]) -> bool:
    """Whether a row of a CREATE TABLE is a constraint, not a column."""
    return row[0].word in _CONSTRAINTS


def read_column(row: Sequence[Token], place: Place) -> tuple[Column, list[list[Token]]]:
    """A column, and the constraints in its definition as rows of their own."""
    own = row[0]
    at = 1
    while at < len(row) and row[at].word not in _CLAUSES:
        at += 1
    kind = flat(row[1:at])
    rows: list[list[Token]] = []
    given: list[Token] = []
    values = {"default": "", "generated": ""}
    not_null = False
    while at < len(row):
        clause, end = row[at].word, _end(row, at)
        part = list(row[at:end])
        if clause == "constraint":
            given = part
        elif clause in ("check", "references", "unique", "primary"):
            rows.append(given + _as_row(own, clause, part))
            not_null |= clause == "primary"
            given = []
        elif clause == "default":
            values["default"] = flat(part[1:])
        elif clause == "generated" and "identity" in (token.word for token in part):
            kind, not_null = f"{kind} {flat(part)}", True
        elif clause == "generated":
            values["generated"] = flat(row[at + 3 : group(row, at + 3)])
        elif clause == "not":
            not_null = True
        elif clause == "collate":
            kind = f"{kind} {flat(part)}"
        at = end
    return Column(name=own.name, type=kind, place=place, not_null=not_null, **values), rows


def _as_row(own: Token, clause: str, part: list[Token]) -> list[Token]:
    """The clause of a column as a constraint of the table."""
    if clause == "check":
        return part
    column = [_made("("), Token("quoted", name(own.name), 0, 0), _made(")")]
    if clause == "references":
        return [_word("foreign"), _word("key"), *column, *part]
    return [*part, *column]


def _made(text: str) -> Token:
    return Token("other", text, 0, 0)


def _word(text: str) -> Token:
    return Token("word", text, 0, 0)


def _end(row: Sequence[Token], at: int) -> int:
    """The index after a column's clause."""
    clause = row[at].word
    if clause in ("unique", "null"):
        return at + 1
    if clause in ("not", "primary", "constraint", "collate"):
        return at + 2
    if clause == "check":
        return group(row, at + 1)
    depth, end = 0, at + 1
    while end < len(row):
        token = row[end]
        depth += (token.text == "(") - (token.text == ")") if token.kind == "other" else 0
        # `on delete set null` is no clause of its own, nor is `default null`.
        held = end == at + 1 or (clause == "references" and row[end - 1].word == "set")
        if depth == 0 and token.word in _CLAUSES and not held:
            return end
        end += 1
    return end


def constraint(
    table: Table, row: Sequence[Token], taken: Container[str], place: Place, *, inline: bool = True
) -> Constraint:
    """A constraint of a table, named as PostgreSQL names it. Raises EvolutionError."""
    given = row[1].name if row[0].word == "constraint" else ""
    body = list(row[2:] if given else row)
    kind = body[0].word
    if kind not in _CONSTRAINTS:
        raise EvolutionError(f"{table.name}: this cannot be followed: {flat(body)[:200]}")
    if kind in ("check", "exclude"):
        named = [each.name for each in body if each.name in table.columns]
        columns = tuple(dict.fromkeys(named))
        counted = columns if len(columns) == 1 or kind == "exclude" else ()
    else:
        open_at = next(at for at, token in enumerate(body) if token.text == "(")
        inside = split(body[open_at + 1 : group(body, open_at) - 1], ",")
        counted = columns = tuple(part[0].name for part in inside)
    target = next((body[at + 1].name for at, t in enumerate(body) if t.word == "references"), "")
    if kind == "primary":
        called = given or automatic(table.name, "", "pkey", taken)
    else:
        called = given or automatic(table.name, "_".join(counted), _LABELS[kind], taken)
    return Constraint(
        name=called, kind=kind, definition=_spaced(body), columns=columns, place=place,
        inline=inline, target=target,
    )  # fmt: skip


def _spaced(body: Sequence[Token]) -> str:
    """The definition with one space between tokens where both ways to write it may differ."""
    text = ""
    for token in body:
        tight = token.text in "),." or text.endswith(("(", ".")) or not text
        call = token.text == "(" and text[-1:].isalnum() and text.rpartition(" ")[2] not in _SPACED
        text += token.text if tight or call else f" {token.text}"
    return text


_SPACED = frozenset({"check", "key", "unique", "in", "and", "or", "not", "any", "all", "exists"})
