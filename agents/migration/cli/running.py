"""What `up`, `down` and `redo` share: their options, how they tell, how they report."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from agents.migration import locking, session
from agents.migration.cli import output
from agents.migration.cli.options import Options
from agents.migration.cli.parameter import Parameter
from agents.migration.errors import InvalidInput
from agents.migration.files import Folder, Migration, read_folder
from agents.migration.history import NAME
from agents.migration.identifiers import parse
from agents.migration.progress import Progress
from agents.migration.runs import Backup, Outcome
from agents.migration.runs import Options as Run
from agents.migration.session import Connection
from agents.migration.worker import RETRIES, Fingerprint


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Care:
    """How careful and how patient a run is."""

    lock_wait: Annotated[float, Parameter(help="Seconds to wait for another runner.")] = (
        locking.WAIT
    )
    lock_timeout: Annotated[
        float, Parameter(help="Seconds that a statement waits for a lock; 0 is for ever.")
    ] = session.LOCK_TIMEOUT
    statement_timeout: Annotated[
        float, Parameter(help="Seconds that a statement runs; 0 is for ever.")
    ] = session.STATEMENT_TIMEOUT
    retries: Annotated[int, Parameter(help="How often a lock or deadlock is tried again.")] = (
        RETRIES
    )
    backup: Annotated[bool, Parameter(help="Save the database before it is changed.")] = True
    backup_dir: Annotated[Path | None, Parameter(help="Where backups are kept.")] = None
    fingerprints: Annotated[
        bool, Parameter(help="Keep the schema's fingerprint before and after.")
    ] = True
    per_statement: Annotated[
        bool, Parameter(negative="", help="Send and show each statement by itself.")
    ] = False
    outcome: Annotated[
        str | None,
        Parameter(help="Of a statement that a killed run left open: `done` or `again`."),
    ] = None
    by: Annotated[
        str | None, Parameter(help="Who acts. Default: GENESIS_ACTOR, else the account.")
    ] = None
    approved_by: Annotated[str | None, Parameter(help="Who approved it.")] = None

    def run(self, options: Options, **more: object) -> Run:
        """The runner's options. Raises InvalidInput."""
        if self.outcome not in {None, "done", "again"}:
            raise InvalidInput(
                "bad_option", f"--outcome {self.outcome}: it is `done` or `again`; nothing was run"
            )
        return Run(
            table=options.table, lock_wait=self.lock_wait, lock_timeout=self.lock_timeout,
            statement_timeout=self.statement_timeout, retries=self.retries,
            per_statement=self.per_statement, outcome=self.outcome, person=self.by,
            approved_by=self.approved_by,
            notice=_notice,
            observer=_Teller(as_json=options.json, each=self.per_statement),
            backup=_backup(self.backup_dir, options.table) if self.backup else None,
            fingerprint=_fingerprint(options.table) if self.fingerprints else None,
            **more,  # type: ignore[arg-type]  # each command names fields of Run
        )  # fmt: skip


USUAL_CARE = Care()


async def execute(
    options: Options, care: Care, work: Callable[[str, Folder, Run], Awaitable[Outcome]],
    **more: object,
) -> int:  # fmt: skip
    """Run one of the runner's functions on what the options name, and report."""
    target = options.target()
    folder = read_folder(target.folder, options.format)
    outcome = await work(target.url, folder, care.run(options, **more))
    report(outcome, as_json=options.json)
    return output.DONE


def report(outcome: Outcome, *, as_json: bool) -> None:
    """What was done, after it was."""
    if as_json:
        output.dump(outcome)
        return
    for warning in outcome.warnings:
        output.note(f"note: {warning}")
    if outcome.already:
        output.say(f"{outcome.already} applied by another runner meanwhile")
    if outcome.backup:
        output.say(f"backup: {outcome.backup}")
    if not outcome.done:
        output.say("nothing to do")
        return
    counts = {
        word: sum(each.direction == direction for each in outcome.done)
        for direction, word in (("down", "taken back"), ("up", "applied"))
    }
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    output.say(f"{said} in {output.seconds(outcome.seconds)}")


class _Teller:
    """Shows a run while it works: on standard output for people, silent for machines."""

    def __init__(self, *, as_json: bool, each: bool) -> None:
        self.as_json = as_json
        self.each = each

    async def __call__(self, progress: Progress) -> None:
        if self.as_json:
            return
        if progress.kind == "done":
            sign = "+" if progress.direction == "up" else "-"
            sys.stdout.write(f"{sign} {progress.name}\n")
        elif progress.kind == "retry":
            output.note(f"{progress.name}: {progress.text}")
        elif progress.kind == "statement" and self.each:
            output.say(
                f"  {progress.name} {progress.statement}/{progress.statements}: {progress.text}"
            )


def _notice(text: str) -> None:
    output.note(text)


def _fingerprint(table: str) -> Fingerprint:
    name = parse(table)[-1]

    async def tell(connection: Connection) -> str:
        # Only runs that change something need it.
        from agents.migration.catalog import fingerprint, snapshot  # noqa: PLC0415

        return fingerprint(await snapshot(connection, tables=(NAME, name)))

    return tell


_HOLDS_ANYTHING = """
select exists (
  select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'genesis')
    and c.relkind in ('r', 'p', 'm', 'v', 'S', 'f') and c.relname <> $1
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('e', 'i'))
)
"""


def _backup(folder: Path | None, table: str) -> Backup:
    async def save(
        connection: Connection, url: str, migrations: Sequence[Migration], where: Path
    ) -> str | None:
        name = parse(table)[-1]
        if not await connection.fetchval(_HOLDS_ANYTHING, name):
            return None
        # Not needed before the first migrations, and not quick to import.
        from agents.migration import backups  # noqa: PLC0415

        made = await backups.before(
            connection, url, migrations, folder or backups.default_folder(where)
        )
        return made.id

    return save
