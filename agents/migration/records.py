"""SQL that writes the history, as text: it travels in one message with what it is about. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from agents.migration.files import Migration
from agents.migration.history import Row, Status, Table
from agents.migration.version import VERSION


class Actor(Struct, frozen=True, kw_only=True):
    """Who acts: a person on a host, in one `run`, for a pipeline that somebody approved."""

    person: str
    host: str
    run: str
    pipeline: str | None = None
    approved_by: str | None = None
    backup: str | None = None


def literal(value: str | float | bool | None) -> str:
    """A value as SQL that means the same under any setting."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    escaped = value.replace("'", "''")
    if "\\" in escaped:
        escaped = escaped.replace("\\", "\\\\")
        return f"E'{escaped}'"
    return f"'{escaped}'"


def insert(
    table: Table,
    migration: Migration,
    actor: Actor,
    *,
    status: Status = "applied",
    before: str | None = None,
    after: str | None = None,
    note: str | None = None,
) -> str:
    """The row of an application: in the transaction that applied it, at its end.

    A transaction that begins with it (`applying`, `baseline`) took no time yet.
    """
    down = migration.down
    values: Mapping[str, str | int | bool | None] = {
        "version": migration.version,
        "name": migration.name,
        "status": status,
        "checksum": migration.checksum,
        "code_checksum": migration.code_checksum,
        "up_checksum": migration.up.code_checksum,
        "up_sql": migration.up.text,
        "up_line": migration.up.line,
        "down_sql": down.text if down else None,
        "down_line": down.line if down else None,
        "down_transaction": down.transaction if down else True,
        "irreversible": migration.irreversible,
        "applied_by": actor.person,
        "host": actor.host,
        "tool_version": VERSION,
        "run": actor.run,
        "pipeline": actor.pipeline,
        "approved_by": actor.approved_by,
        "backup": actor.backup,
        "fingerprint_before": before,
        "fingerprint_after": after,
        "note": note,
    }
    return (
        f"insert into {table.sql} ({', '.join(values)}, applied_at, seconds) values "
        f"({', '.join(literal(value) for value in values.values())}, now(), "
        "extract(epoch from clock_timestamp() - now()))"
    )


def replace_repeatable(table: Table, migration: Migration, actor: Actor) -> str:
    """End the row of the text that a repeatable migration had before."""
    return (
        f"update {table.sql} set undone_at = clock_timestamp(), "
        f"undone_by = {literal(actor.person)}, note = 'replaced by a newer text' "
        f"where version = {literal(migration.version)} and undone_at is null"
    )


def finish(table: Table, row: int, seconds: float, fingerprint: str | None) -> str:
    """The end of a no-transaction application; `seconds` are added to those of earlier runs."""
    return (
        f"update {table.sql} set status = 'applied', statement_open = null, "
        f"seconds = seconds + {literal(seconds)}, fingerprint_after = {literal(fingerprint)} "
        f"where id = {row}"
    )


def finish_run(table: Table, run: str, before: str, after: str) -> str:
    """The schema as a whole run found and left it, on its rows without one of their own."""
    return (
        f"update {table.sql} set fingerprint_before = {literal(before)}, "
        f"fingerprint_after = {literal(after)} "
        f"where run = {literal(run)} and fingerprint_after is null and status = 'applied'"
    )


def progress(table: Table, row: int, done: int, opened: int | None) -> str:
    """How far a no-transaction file is: statements done, and one that is being run."""
    return (
        f"update {table.sql} set statements_done = {done}, "
        f"statement_open = {literal(opened)} where id = {row}"
    )


def lock(table: Table) -> str:
    """Nobody else writes the history until the transaction ends."""
    return f"lock table {table.sql} in share row exclusive mode"


def reverting(table: Table, row: int) -> str:
    """The begin of a no-transaction way back."""
    return (
        f"update {table.sql} set status = 'reverting', statements_done = 0, "
        f"statement_open = null where id = {row}"
    )


def undo(table: Table, row: Row, actor: Actor, seconds: float | None = None) -> str:
    """The end of an application's effect."""
    return (
        f"update {table.sql} set undone_at = clock_timestamp(), "
        f"undone_by = {literal(actor.person)}, undone_seconds = {literal(seconds)}, "
        f"status = 'applied', statement_open = null where id = {row.id} and undone_at is null"
    )


def rewrite(table: Table, row: int, migration: Migration, note: str | None = None) -> str:
    """Take a file's present text for what was, or is being, applied."""
    down = migration.down
    values: Mapping[str, str | int | bool | None] = {
        "name": migration.name,
        "checksum": migration.checksum,
        "code_checksum": migration.code_checksum,
        "up_checksum": migration.up.code_checksum,
        "up_sql": migration.up.text,
        "up_line": migration.up.line,
        "down_sql": down.text if down else None,
        "down_line": down.line if down else None,
        "down_transaction": down.transaction if down else True,
        "irreversible": migration.irreversible,
        **({"note": note} if note else {}),
    }
    changes = ", ".join(f"{name} = {literal(value)}" for name, value in values.items())
    return f"update {table.sql} set {changes} where id = {row}"


def forget(table: Table, row: Row, actor: Actor, reason: str) -> str:
    """End a row without running anything."""
    return (
        f"update {table.sql} set undone_at = clock_timestamp(), "
        f"undone_by = {literal(actor.person)}, note = {literal(f'forgotten: {reason}')}, "
        f"status = 'applied', statement_open = null where id = {row.id}"
    )
