"""Whether the ways back lead back: every migration up, down and up again in a throwaway database.

Before each migration every table gets a row, so that a way back that loses data is told too.

Errors: those of `shadow` and `session`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal

import asyncpg
from msgspec import Struct

from agents.migration import fixtures, shadow
from agents.migration.catalog import Difference, Schema, difference, snapshot
from agents.migration.files import Migration, Section
from agents.migration.session import Connection, connect

Class = Literal["exact", "order only", "differs", "irreversible", "undeclared", "broken"]
"""What a way back came to. `irreversible` ones say so with a reason, `undeclared` ones have
none and do not say so; `broken` is an up that fails, and nothing after it was tried."""
BAD: frozenset[Class] = frozenset({"differs", "undeclared", "broken"})


class Verdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one migration.

    `changes` are what is not as before, `sql` what the way back lacks, `lost` the columns and
    tables whose rows are not as before, `untried` the tables that got no row, and why.
    """

    version: str
    name: str
    verdict: Class
    changes: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    untried: dict[str, str] = {}
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether this may stay as it is."""
        return self.verdict not in BAD


Told = Callable[[Verdict], None]


async def run_section(connection: Connection, section: Section) -> str:
    """Run a section of a file as it asks to be run; what went wrong, "" for nothing."""
    line = section.line
    try:
        if section.transaction:
            async with connection.transaction():
                for statement in section.statements():
                    line = statement.line
                    await connection.execute(statement.sql)
        else:
            for statement in section.statements():
                line = statement.line
                await connection.execute(statement.sql)
    except asyncpg.PostgresError as error:
        return f"{section.file or 'the file'}, line {line}: {error} [SQLSTATE {error.sqlstate}]"
    finally:
        # A migration may have set what a later one must not inherit.
        await connection.execute("discard all")
    return ""


class _Trial:
    """A throwaway database in which migrations were applied up to some point."""

    def __init__(self, connection: Connection, *, rows: bool) -> None:
        self.connection = connection
        self.rows = rows

    async def execute(self, section: Section) -> str:
        """Run a section; what went wrong, "" for nothing."""
        return await run_section(self.connection, section)

    async def check(self, migration: Migration) -> Verdict:
        """Up, down, up; what is not as before."""
        before = await snapshot(self.connection)
        untried = await fixtures.fill(self.connection, before) if self.rows else {}
        held = await _contents(self.connection, before)
        error = await self.execute(migration.up)
        if error and self.rows:
            # Rows that we made up may break what real ones do not.
            untried = dict.fromkeys(await fixtures.clear(self.connection, before), error)
            held = {}
            error = await self.execute(migration.up)
        if error:
            return _verdict(migration, "broken", error=error)
        if migration.down is None:
            kind: Class = "irreversible" if migration.irreversible else "undeclared"
            return _verdict(migration, kind, error=migration.irreversible or "has no way back")
        error = await self.execute(migration.down)
        if error:
            return _verdict(migration, "differs", error=f"going back: {error}")
        back = await snapshot(self.connection)
        lost = _lost(held, await _contents(self.connection, before))
        again = await self.execute(migration.up)
        found = difference(before, back)
        return Verdict(
            version=migration.version, name=migration.name, verdict=_class(found, again),
            changes=tuple(map(str, found.changes)), lost=lost, untried=untried,
            sql=() if found.is_empty or found.order_only else tuple(difference(back, before).sql()),
            error=f"a second time: {again}" if again else "",
        )  # fmt: skip


def _class(found: Difference, again: str) -> Class:
    if again or not (found.is_empty or found.order_only):
        return "differs"
    return "order only" if found.order_only else "exact"


async def verify(
    url: str,
    migrations: Sequence[Migration],
    *,
    only: Collection[str] | None = None,
    rows: bool = True,
    told: Told = lambda _: None,
) -> list[Verdict]:
    """Check all migrations, or `only` those of these versions, each on top of those before it."""
    verdicts: list[Verdict] = []
    done: list[Migration] = []
    waiting = list(migrations)
    while waiting:
        async with shadow.empty(url) as place, connect(place) as connection:
            trial = _Trial(connection, rows=rows)
            for migration in done:
                await trial.execute(migration.up)
            while waiting:
                migration = waiting.pop(0)
                done.append(migration)
                if only is not None and migration.version not in only:
                    await trial.execute(migration.up)
                    continue
                verdicts.append(await trial.check(migration))
                told(verdicts[-1])
                if verdicts[-1].verdict == "broken":
                    return verdicts
                if verdicts[-1].verdict == "differs":
                    # What it left is no ground for those that follow.
                    break
    return verdicts


async def _contents(connection: Connection, schema: Schema) -> dict[str, str | None]:
    """A digest of every column's values, by its name; None where it cannot be read any more."""
    found: dict[str, str | None] = {}
    for table in (item for item in schema.items.values() if item.kind == "table"):
        for column in schema.of("column", table.name):
            sql = (
                f"select count(*) || ' ' || coalesce(md5(string_agg(md5({column.name}::text), ''"
                f" order by md5({column.name}::text))), '') from {table.name}"
            )
            try:
                found[f"{table.name}.{column.name}"] = await connection.fetchval(sql)
            except asyncpg.PostgresError:
                found[f"{table.name}.{column.name}"] = None
    return found


def _lost(before: dict[str, str | None], after: dict[str, str | None]) -> tuple[str, ...]:
    return tuple(
        name
        for name, held in before.items()
        if held and not held.startswith("0 ") and after.get(name) != held
    )


def _verdict(migration: Migration, kind: Class, *, error: str) -> Verdict:
    return Verdict(version=migration.version, name=migration.name, verdict=kind, error=error)
