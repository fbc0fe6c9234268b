"""A way back that is found and not written: from what a migration did to the schema.

Kept only when it is proved: it is run after the migration, and the schema has to be as before.

Errors:
    InvalidInput `no_such_migration`
    StatementFailed `migration_failed`   the migrations before it, or it itself, cannot be applied
    CheckFailed `not_reversible`         what was found does not lead back; nothing was written
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from agents.migration import shadow
from agents.migration.catalog import Difference, difference, snapshot
from agents.migration.errors import CheckFailed, InvalidInput, StatementFailed
from agents.migration.files import Migration, Section
from agents.migration.session import connect
from agents.migration.verify import Verdict, run_section, verify

LOSSES = {"table": "all rows of", "column": "the values of"}


class Reversal(Struct, frozen=True, kw_only=True):
    """`sql` are the statements that lead back; `loses` what data they throw away."""

    version: str
    name: str
    sql: tuple[str, ...]
    loses: tuple[str, ...]

    @property
    def text(self) -> str:
        """The section after `-- migrate:down`."""
        lines = [f"-- loses {each}" for each in self.loses]
        return "\n".join([*lines, *(f"{sql};" for sql in self.sql)]) + "\n"


async def find(url: str, migrations: Sequence[Migration], version: str) -> Reversal:
    """The proved way back of the migration with this version, on a throwaway database of `url`."""
    index = next((n for n, each in enumerate(migrations) if each.version == version), None)
    if index is None:
        raise InvalidInput(
            "no_such_migration", f"there is no migration {version}; nothing was written",
            hint="`genesis migrate list` shows them",
        )  # fmt: skip
    migration = migrations[index]
    found = await _difference(url, migrations[:index], migration)
    sql = tuple(found.sql())
    reversal = Reversal(
        version=migration.version, name=migration.name, sql=sql or ("select 1",),
        loses=tuple(
            f"{LOSSES[change.before.kind]} {change.before.parent} {change.before.name}".replace(
                "  ", " "
            )
            for change in found.changes
            if change.before is not None and change.after is None and change.before.kind in LOSSES
        ),
    )  # fmt: skip
    await _prove(url, [*migrations[:index], _with_down(migration, reversal)])
    return reversal


def _with_down(migration: Migration, reversal: Reversal) -> Migration:
    down = Section(text=reversal.text, file=f"the way back of {migration.name}")
    return msgspec.structs.replace(migration, down=down)


async def _difference(url: str, earlier: Sequence[Migration], migration: Migration) -> Difference:
    """From the schema after the migration to the one before it."""
    async with shadow.empty(url) as place, connect(place) as connection:
        for each in earlier:
            _demand(each, await run_section(connection, each.up))
        before = await snapshot(connection)
        _demand(migration, await run_section(connection, migration.up))
        return difference(await snapshot(connection), before)


def _demand(migration: Migration, error: str) -> None:
    if error:
        raise StatementFailed(
            "migration_failed", f"{migration.name} cannot be applied: {error}; nothing was written",
            hint="correct it first",
        )  # fmt: skip


async def _prove(url: str, migrations: Sequence[Migration]) -> None:
    verdict: Verdict = (await verify(url, migrations, only={migrations[-1].version}))[-1]
    if verdict.verdict not in ("exact", "order only"):
        why = verdict.error or "; ".join(verdict.changes)
        raise CheckFailed(
            "not_reversible",
            f"no way back of {verdict.name} could be proved: {why}; nothing was written",
            hint="write it by hand, or declare `-- irreversible: reason`",
        )
