"""Where the database is found, poolers, servers that are away."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agents.migration import runner
from agents.migration.errors import InvalidInput, Refused, Unreachable
from agents.migration.files import read_folder
from agents.migration.runs import Options
from agents.migration.session import cleaned, connect, redacted
from agents.migration.target import resolve
from tests.support.migrations import migration, write
from tests.support.processes import (
    answers,
    free_port,
    give_away,
    open_folder,
    remove_folder,
    unprivileged,
    wait_until,
)

CONFIG = """
[environments.staging]
database_url_env = "STAGING_URL"
migrations = "db"
[environments.live]
database_url_file = "secret"
production = true
[environments.odd]
database_ulr = "x"
"""


def test_the_flag_wins_then_the_entry_then_the_variable(tmp_path):
    write(tmp_path, {"genesis.toml": CONFIG, "secret": "postgresql://h/live\n", "sub/x": ""})
    env = {"DATABASE_URL": "postgresql://h/env", "STAGING_URL": "postgresql://h/staging"}

    def found(url=None, environment=None):
        target = resolve(url, None, environment, variables=env, start=tmp_path / "sub")
        return target.url.rpartition("/")[2], target.folder, target.production

    assert found() == ("env", Path("migrations"), False)
    assert found(environment="staging") == ("staging", tmp_path / "db", False)
    assert found(environment="live") == ("live", Path("migrations"), True)
    assert found("postgresql://h/flag", "staging")[0] == "flag"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (None, "no database is named"),
        ("staging", "STAGING_URL is not set"),
        ("none", "no entry"),
        ("odd", "database_ulr"),
    ],
)
def test_what_is_not_said_or_wrongly_said_is_named(tmp_path, environment, said):
    write(tmp_path, {"genesis.toml": CONFIG})
    with pytest.raises(InvalidInput, match=said):
        resolve(None, None, environment, variables={}, start=tmp_path)


def test_a_target_does_not_print_its_secret():
    assert "pw" not in repr(resolve("postgresql://u:pw@h/d", variables={}))
    assert redacted("postgresql://u:pw@h:1/d?sslmode=disable") == "postgresql://u@h:1/d"


@pytest.mark.parametrize(
    "url", ["mysql://h/d", "not a url", "postgresql://h:port/d", "", "postgresql://[::1/d"]
)
def test_a_url_that_cannot_be_used_is_refused(url):
    with pytest.raises(InvalidInput, match="cannot be used"):
        cleaned(url)


def test_what_only_other_tools_know_is_left_out():
    assert (
        cleaned("postgresql+asyncpg://h/d?schema=x&sslmode=disable")
        == "postgresql://h/d?sslmode=disable"
    )


async def test_a_server_that_is_away_a_wrong_password_and_a_missing_database_are_said(own):
    away = f"postgresql://u:secret@127.0.0.1:{free_port()}/d"
    wrong = own.url.replace(own.postgres.password, "secret")
    missing = own.url + "_none"
    for url in (away, wrong, missing):
        with pytest.raises(Unreachable) as caught:
            async with connect(url):
                pass
        assert "secret" not in caught.value.message + caught.value.hint
        assert own.postgres.password not in caught.value.message


@asynccontextmanager
async def proxy(port):
    """Passes bytes on and gives clients a process id of its own making, as poolers do."""
    tasks, writers = set(), []

    async def serve(reader, writer):
        upstream, to_server = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, to_server))

        async def back():
            while content := await upstream.read(65536):
                at = content.find(b"K\x00\x00\x00\x0c")
                if at >= 0:
                    content = content[: at + 5] + b"\x00\x00\x00\x07" + content[at + 9 :]
                writer.write(content)

        async def forth():
            while content := await reader.read(65536):
                to_server.write(content)

        for each in (back(), forth()):
            task = asyncio.create_task(each)
            tasks.add(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        for writer in writers:
            writer.close()
        await asyncio.gather(
            *tasks, *(each.wait_closed() for each in writers), return_exceptions=True
        )


async def test_a_pooler_is_detected_by_its_process_ids(own, tmp_path):
    server = urlsplit(own.url)
    folder = read_folder(write(tmp_path, {"001_a.sql": migration("create table a ();")}))
    async with proxy(server.port) as port:
        with pytest.raises(Refused, match="PgBouncer"):
            await runner.up(own.url.replace(f":{server.port}/", f":{port}/"), folder, Options())
    assert await own.tables() == []


@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not installed")
@pytest.mark.parametrize(
    "ignored",
    [
        "",
        "lock_timeout, statement_timeout, idle_in_transaction_session_timeout, tcp_keepalives_idle",
    ],
)
async def test_pgbouncer_is_refused_whatever_it_lets_through(own, tmp_path, ignored):
    server = urlsplit(own.url)
    home = open_folder("genesis-test-pgbouncer-")
    port = free_port()
    users = home / "users"
    users.write_text(f'"{server.username}" "{server.password}"\n')
    config = home / "ini"
    config.write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
        "[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = plain\nauth_file = {users}\npool_mode = transaction\n"
        f"unix_socket_dir =\n{f'ignore_startup_parameters = {ignored}' if ignored else ''}\n"
    )
    for path in (users, config):
        give_away(path)
    bouncer = await asyncio.create_subprocess_exec(
        "pgbouncer", str(config),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        cwd=home, **unprivileged(),
    )  # fmt: skip
    try:
        await asyncio.to_thread(wait_until, lambda: answers(port), "pgbouncer listens")
        folder = read_folder(write(tmp_path, {"001_a.sql": migration("create table a ();")}))
        with pytest.raises(Refused, match="PgBouncer"):
            await runner.up(own.url.replace(f":{server.port}/", f":{port}/"), folder, Options())
        assert await own.tables() == []
    finally:
        bouncer.terminate()
        await bouncer.wait()
        remove_folder(home)
