"""A dump back into a database, in one transaction: everything, or nothing is changed.

`pg_restore` writes the dump as SQL and `psql` runs it, behind what empties the database. The
COMMIT is the last thing that pg_restore writes, so when either of them ends too early, the server
takes everything back.

Errors:
    ProgramFailed             what psql or pg_restore said
    Refused `no_programs`     there are none that are new enough
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from agents.migration.backups import programs
from agents.migration.backups.making import DUMP
from agents.migration.backups.model import Backup
from agents.migration.backups.programs import Programs
from agents.migration.errors import Refused
from agents.migration.session import Connection

_CHUNK = 1 << 18
_HEADER = 8192
_SINCE_17 = b"SET transaction_timeout = 0;\n"

_EMPTYING = r"""
do $genesis$ declare item record; begin
  set local client_min_messages = warning;
  for item in select pubname as name from pg_publication loop
    execute format('drop publication %I', item.name); end loop;
  for item in select evtname as name from pg_event_trigger t where not exists
      (select from pg_depend d where d.objid = t.oid and d.deptype = 'e') loop
    execute format('drop event trigger %I', item.name); end loop;
  for item in select extname as name from pg_extension where extname <> 'plpgsql' loop
    execute format('drop extension if exists %I cascade', item.name); end loop;
  for item in select srvname as name from pg_foreign_server loop
    execute format('drop server %I cascade', item.name); end loop;
  for item in select fdwname as name from pg_foreign_data_wrapper loop
    execute format('drop foreign data wrapper %I cascade', item.name); end loop;
  for item in select oid as id from pg_largeobject_metadata loop
    perform lo_unlink(item.id); end loop;
  for item in select nspname as name from pg_namespace
      where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute format('drop schema %I cascade', item.name); end loop;
end $genesis$;
create schema public;
alter schema public owner to pg_database_owner;
comment on schema public is 'standard public schema';
grant usage on schema public to public;
"""


async def restore(
    connection: Connection, url: str, folder: Path, backup: Backup, *, database: str, reset: bool,
    no_owner: bool,
) -> None:  # fmt: skip
    """Run the dump, behind emptying the database when `reset`."""
    written = re.search(r"\(PostgreSQL\) (\d+)", backup.program)
    major = connection.get_server_version().major
    found = await programs.find(
        max(major, int(written[1]) if written else 0), ("pg_dump", "pg_restore", "psql")
    )
    if found is None:
        raise Refused(
            "no_programs", f"{backup.id} needs pg_restore and psql of the version that wrote it "
            f"({backup.program}) or newer, and of the server's ({major}); nothing was changed",
            hint=f"install PostgreSQL's client programs, or set {programs.FOLDER}",
        )  # fmt: skip
    variables = programs.environment(url, database)
    options = ["--no-owner", "--no-privileges"] if no_owner else []
    reading = [
        found.path("pg_restore"), "--single-transaction", *options, "--file=-",
        str(folder / backup.id / DUMP),
    ]  # fmt: skip
    await _pipe(found, reading, variables, _EMPTYING if reset else "", major)


async def _pipe(
    found: Programs, reading: list[str], variables: dict[str, str], first: str, major: int
) -> None:
    running = [
        found.path("psql"), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=verbose", "--file=-",
    ]  # fmt: skip
    async with (
        programs.started(reading, variables, gives_output=True) as source,
        programs.started(running, variables, takes_input=True) as target,
    ):
        assert source.stdout is not None
        assert source.stderr is not None
        assert target.stdin is not None
        assert target.stderr is not None
        said = asyncio.gather(source.stderr.read(), target.stderr.read())
        begin = f"set client_min_messages = error;\nset lock_timeout = '60s';\nbegin;\n{first}"
        await _pump(source.stdout, target.stdin, begin.encode(), major)
        from_source, from_target = await said
        ended = await source.wait(), await target.wait()
    # psql's error comes first: pg_restore only misses its reader then.
    if ended[1] != 0:
        raise programs.failure("psql", ended[1], from_target)
    if ended[0] != 0:
        raise programs.failure("pg_restore", ended[0], from_source)


async def _pump(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, first: bytes, major: int
) -> None:
    try:
        target.write(first)
        head = b""
        while len(head) < _HEADER and (chunk := await source.read(_HEADER)):
            head += chunk
        # A server that is older than the programs does not know this setting.
        target.write(head if major >= 17 else head.replace(_SINCE_17, b"", 1))  # noqa: PLR2004
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
        await target.drain()
        target.close()
        await target.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        # psql has stopped at an error; what comes is read so that pg_restore can end.
        while await source.read(_CHUNK):
            pass
