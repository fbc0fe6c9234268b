"""Which row a refused statement meant: the server names a constraint, a person needs the line.

Doubles and missing targets are asked for; any other error is found by halving the rows, in all
about as much work as bringing them in once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import asyncpg

from agents.migration.identifiers import listed, quoted
from agents.migration.seeds.model import Problem, Reference, SeedInvalid, Table
from agents.migration.seeds.shapes import Rows, Shape, line_of
from agents.migration.seeds.tables import Connection

STAGE = "genesis seed stage"
ROW = "genesis row"
SHAPE = "genesis shape"
Attempt: TypeAlias = Callable[[int, int], Awaitable[int]]

_PASSING = ("08", "40", "53", "55", "57", "58", "XX")
"""Classes of SQLSTATE that say nothing about a row."""
_TWICE = "21000"
_NO_TARGET = "23503"


def is_passing(error: asyncpg.PostgresError) -> bool:
    """Whether an error comes from the server's state and not from the rows."""
    return (error.sqlstate or "XX")[:2] in _PASSING


async def explain(
    connection: Connection, rows: Rows, error: asyncpg.PostgresError, attempt: Attempt
) -> SeedInvalid:
    """The error with its row; call it after the failed statement was rolled back."""
    if error.sqlstate == _TWICE:
        for shape in rows.shapes:
            await refuse_twins(connection, rows, shape)
    row = None
    if error.sqlstate == _NO_TARGET:
        row = await _without_target(connection, rows, error)
    if row is None:
        row, error = await _halve(rows, error, attempt)
    return SeedInvalid([_problem(rows, row, error)])


def _problem(rows: Rows, row: int | None, error: asyncpg.PostgresError) -> Problem:
    detail = getattr(error, "detail", None)
    hint = getattr(error, "hint", None)
    message = (
        str(error.args[0]) + (f": {detail}" if detail else "") + (f" ({hint})" if hint else "")
    )
    return rows.problem(
        message, row=row, column=getattr(error, "column_name", None), sqlstate=error.sqlstate,
        line=line_of(rows.entry, row) if row else rows.entry.line,
    )  # fmt: skip


async def refuse_twins(connection: Connection, rows: Rows, shape: Shape) -> None:
    """Raise SeedInvalid when two staged rows have the same key."""
    if not shape.key:
        return
    numbers = [str(each.number) for each in rows.shapes if each.key == shape.key]
    found = await connection.fetchrow(
        f"select min({quoted(ROW)}) as first, (array_agg({quoted(ROW)} order by {quoted(ROW)}))[2]"
        f" as second from {quoted(STAGE)} where {quoted(SHAPE)} in ({', '.join(numbers)})"
        f" group by {listed(shape.key)} having count(*) > 1 order by 1 limit 1"
    )
    if found is not None:
        first, second = int(found["first"]), int(found["second"])
        raise SeedInvalid([
            rows.problem(
                f"has the same {', '.join(shape.key)} as row {first}"
                f" (line {line_of(rows.entry, first)})",
                row=second, line=line_of(rows.entry, second),
            )
        ])  # fmt: skip


async def _without_target(
    connection: Connection, rows: Rows, error: asyncpg.PostgresError
) -> int | None:
    reference = next(
        (each for each in rows.table.references
         if each.name == getattr(error, "constraint_name", None)), None,
    )  # fmt: skip
    given = {column.name for column in rows.columns}
    if reference is None or not set(reference.columns) <= given:
        return None
    target = await connection.fetchval("select $1::bigint::oid::regclass::text", reference.target)
    return await connection.fetchval(_orphans(rows.table, reference, str(target)))  # type: ignore[no-any-return]  # bigint or NULL


def _orphans(table: Table, reference: Reference, target: str) -> str:
    pairs = list(zip(reference.columns, reference.target_columns, strict=True))
    same = " and ".join(f"t.{quoted(there)} = s.{quoted(here)}" for here, there in pairs)
    given = " and ".join(f"s.{quoted(here)} is not null" for here, _ in pairs)
    # A row may also refer to another one of the same entry.
    among = (
        f" and not exists (select from {quoted(STAGE)} t where {same})"
        if reference.target == table.oid else ""
    )  # fmt: skip
    return (
        f"select min(s.{quoted(ROW)}) from {quoted(STAGE)} s where {given}"
        f" and not exists (select from {target} t where {same}){among}"
    )


async def _halve(
    rows: Rows, error: asyncpg.PostgresError, attempt: Attempt
) -> tuple[int | None, asyncpg.PostgresError]:
    """The first row with which the rows before it are refused, and its own error."""
    # What is refused without any row (a right that is missing) is no row's fault.
    await attempt(1, 0)
    low, high = 1, rows.entry.rows
    while low < high:
        middle = (low + high) // 2
        try:
            await attempt(low, middle)
        except asyncpg.PostgresError as found:
            if is_passing(found):
                raise
            high, error = middle, found
        else:
            low = middle + 1
    try:
        await attempt(low, low)
    except asyncpg.PostgresError as found:
        return low, found
    # Only all rows together are refused.
    return None, error
