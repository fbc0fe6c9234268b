"""`backup`, `restore` and `backups`: the database saved, brought back, and what there is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, cast

from cyclopts import App, Parameter

from agents.migration import backups as saving
from agents.migration import history, locking
from agents.migration.backups import store
from agents.migration.backups.model import Backup, Method
from agents.migration.cli import output
from agents.migration.cli.options import Options
from agents.migration.errors import CheckFailed, InvalidInput, Refused
from agents.migration.session import connect, told

Folder = Annotated[
    Path | None, Parameter(name="--backup-dir", help="Default: backups beside the migrations.")
]
Leave = Annotated[bool, Parameter(negative="", help="Needed where the environment is production.")]
NoOwner = Annotated[
    bool, Parameter(negative="", help="Leave out owners and grants, where the roles are missing.")
]
_USUAL = Options()
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024

app = App(
    name="backups", help="The backups that there are: list, check, remove.",
    help_format="plaintext", result_action="return_value",
)  # fmt: skip


def _folder(options: Options, folder: Path | None) -> Path:
    found = options.target(need_url=False)
    return folder or saving.default_folder(found.folder)


def backup(
    *,
    method: Annotated[
        str, Parameter(help="auto, pg_dump (everything) or copy (all tables).")
    ] = "auto",
    folder: Folder = None,
    options: Options = _USUAL,
) -> int:
    """Save the database now. It stays until `backups remove`."""

    async def work() -> int:
        if method not in ("auto", "pg_dump", "copy"):
            raise InvalidInput(
                "bad_option", f"--method {method}: there are auto, pg_dump and copy",
            )  # fmt: skip
        target = options.target()
        async with connect(target.url, application_name="genesis migrate backup") as connection:
            made = await saving.make(
                connection, target.url, _folder(options, folder),
                method=cast("Literal['auto'] | Method", method),
            )  # fmt: skip
        if options.json:
            output.dump({**_summary(made), "path": str(_folder(options, folder) / made.id)})
        else:
            output.say(f"{_folder(options, folder) / made.id}: {_size(made.bytes)}, {made.method}")
            if made.note:
                output.say(f"  {made.note}")
        return output.DONE

    return output.run(work(), as_json=options.json)


def restore(
    name: str,
    /,
    *,
    into: Annotated[
        str | None, Parameter(help="Another database of the server; made when it is missing.")
    ] = None,
    overwrite: Annotated[
        bool, Parameter(negative="", help="Replace what is there; it is backed up first.")
    ] = False,
    save: Annotated[bool, Parameter(help="Back up what is replaced.")] = True,
    no_owner: NoOwner = False,
    allow_production: Leave = False,
    lock_wait: Annotated[float, Parameter(help="Seconds to wait for a runner.")] = locking.WAIT,
    folder: Folder = None,
    options: Options = _USUAL,
) -> int:
    """Bring a backup back, in one transaction. NAME is its beginning, or `latest`."""

    async def work() -> int:
        target = options.target()
        if target.production and not allow_production:
            raise Refused(
                "production", "a production database is not replaced just so; nothing was changed",
                hint="say --allow-production when it is meant",
            )  # fmt: skip

        async def bring_back() -> saving.Restored:
            return await saving.restore(
                target.url, _folder(options, folder), name, into=into, overwrite=overwrite,
                save=save, no_owner=no_owner,
            )  # fmt: skip

        with told(target.url):
            if into is not None:
                done = await bring_back()
            else:
                async with connect(target.url) as connection:
                    table = await history.find(connection, options.table)
                    async with locking.locked(target.url, connection, table, wait=lock_wait):
                        done = await bring_back()
        if options.json:
            output.dump(done)
        else:
            rows = "" if done.rows is None else f" with {done.rows} rows"
            made = " (made for it)" if done.created else ""
            output.say(f"{done.backup} is in {done.database}{made}: {done.tables} tables{rows}")
            if done.saved:
                output.say(f"what was there before: {done.saved}")
        return output.DONE

    return output.run(work(), as_json=options.json)


@app.default
def backups(*, folder: Folder = None, options: Options = _USUAL) -> int:
    """List the backups, oldest first."""

    async def work() -> int:
        where = _folder(options, folder)
        found, damaged = await asyncio.to_thread(store.every, where)
        if options.json:
            output.dump(
                {
                    "backups": [_summary(each) for each in found],
                    "damaged": [error.message for error in damaged],
                }
            )
        elif found:
            output.table([
                (each.id, _size(each.bytes), each.method, each.database, _age(each), each.reason)
                for each in found
            ])  # fmt: skip
        else:
            output.say(f"no backups in {where}")
        for error in () if options.json else damaged:
            output.note(error.message)
        return CheckFailed.exit_code if damaged else output.DONE

    return output.run(work(), as_json=options.json)


@app.command
def check(
    name: str,
    /,
    *,
    restore: Annotated[  # noqa: A002, RUF100  the option's name
        bool, Parameter(negative="", help="Also restore it into a database that goes again.")
    ] = False,
    no_owner: NoOwner = False,
    folder: Folder = None,
    options: Options = _USUAL,
) -> int:
    """Compare a backup with its checksums, and with --restore prove that it comes back."""

    async def work() -> int:
        url = options.target().url if restore else None
        found = await saving.check(_folder(options, folder), name, url=url, no_owner=no_owner)
        proved = "restored, and its rows are all there" if restore else "its files are whole"
        if options.json:
            output.dump({**_summary(found), "restored": restore})
        else:
            output.say(f"{found.id}: {proved}")
        return output.DONE

    return output.run(work(), as_json=options.json)


@app.command
def remove(name: str, /, *, folder: Folder = None, options: Options = _USUAL) -> int:
    """Remove one backup."""

    async def work() -> int:
        where = _folder(options, folder)
        found = await asyncio.to_thread(store.load, where, name)
        await asyncio.to_thread(store.remove, where, found)
        if options.json:
            output.dump({"removed": found.id})
        else:
            output.say(f"removed {found.id}")
        return output.DONE

    return output.run(work(), as_json=options.json)


def _summary(backup: Backup) -> dict[str, object]:
    return {
        "id": backup.id, "created_at": backup.created_at, "server": backup.server,
        "database": backup.database, "method": backup.method, "program": backup.program,
        "reason": backup.reason, "automatic": backup.automatic, "bytes": backup.bytes,
        "migrations": backup.migrations, "note": backup.note,
        "tables": len(backup.tables), "files": backup.files,
    }  # fmt: skip


def _size(count: float) -> str:
    """Bytes as people read them."""
    for unit in _UNITS[:-1]:
        if count < _STEP:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= _STEP
    return f"{count:.1f} {_UNITS[-1]}"


def _age(backup: Backup) -> str:
    seconds = max(0.0, (datetime.now(UTC) - backup.created_at).total_seconds())
    days, rest = divmod(round(seconds), 86400)
    if days:
        return f"{days} d ago"
    hours, rest = divmod(rest, 3600)
    return f"{hours} h ago" if hours else f"{rest // 60} min ago"
