"""PostgreSQL's programs: none, failing, and what they get to know."""

from __future__ import annotations

import pytest

from agents.migration import backups
from agents.migration.backups import programs
from agents.migration.errors import Refused

PG_DUMP = """#!/bin/sh
[ "$1" = --version ] && { echo "pg_dump (PostgreSQL) 99.1"; exit; }
"""


async def test_without_a_pg_dump_tables_are_copied_and_the_backup_says_so(
    url, connection, folder, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv(programs.FOLDER, str(tmp_path))
    backup = await backups.make(connection, url, folder)
    assert (backup.method, len(backup.tables)) == ("copy", 4)
    major = connection.get_server_version().major
    assert f"there is no pg_dump for PostgreSQL {major}" in backup.note
    with pytest.raises(Refused, match="no pg_dump"):
        await backups.make(connection, url, folder, method="pg_dump")
    monkeypatch.delenv(programs.FOLDER)
    dump = await backups.make(connection, url, folder)
    monkeypatch.setenv(programs.FOLDER, str(tmp_path))
    with pytest.raises(Refused, match="needs pg_restore and psql"):
        await backups.restore(url, folder, dump.id, overwrite=True)
    assert await connection.fetchval("select count(*) from orders") == 50


async def test_a_program_that_fails_or_dies_leaves_no_backup(
    url, connection, folder, monkeypatch, tmp_path
) -> None:
    for script, says in (
        ("echo half > $FILE; echo oh no >&2; exit 1", "oh no"),
        ("kill -KILL $$", "SIGKILL"),
        ("exit 0", "could not open|No such file|cannot"),
    ):
        fake = tmp_path / "bin"
        fake.mkdir(exist_ok=True)
        (fake / "pg_dump").write_text(PG_DUMP + f"{script}\n")
        (fake / "pg_restore").write_text("#!/bin/sh\necho could not open >&2\nexit 1\n")
        for each in fake.iterdir():
            each.chmod(0o755)
        monkeypatch.setenv(programs.FOLDER, str(fake))
        with pytest.raises(Refused, match=says) as caught:
            await backups.make(connection, url, folder)
        assert caught.value.code == "backup_failed"
        assert [path.name for path in folder.iterdir()] == [".gitignore"]
        assert await connection.fetchval("select 1") == 1


async def test_the_password_is_in_no_argument(
    url, connection, folder, monkeypatch, tmp_path
) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    seen = tmp_path / "seen"
    (fake / "pg_dump").write_text(PG_DUMP + f'echo "$@" > {seen}; env > {seen}.env; exit 1\n')
    (fake / "pg_restore").write_text("#!/bin/sh\n")
    for each in fake.iterdir():
        each.chmod(0o755)
    monkeypatch.setenv(programs.FOLDER, str(fake))
    monkeypatch.setenv("GENESIS_SECRET", "do not hand on")
    with pytest.raises(Refused):
        await backups.make(connection, url, folder)
    password = url.split(":")[2].split("@")[0]
    assert password not in seen.read_text()
    environment = (tmp_path / "seen.env").read_text()
    assert f"PGPASSWORD={password}" in environment
    assert "do not hand on" not in environment


def test_a_url_becomes_variables() -> None:
    found = programs.environment(
        "postgresql+asyncpg://us%40er:p%3Aw%20%2F@[::1]:6000/my%20db?sslmode=require&search_path=a%20b"
    )
    assert {
        key: found[key]
        for key in (
            "PGUSER",
            "PGPASSWORD",
            "PGHOST",
            "PGPORT",
            "PGDATABASE",
            "PGSSLMODE",
            "PGOPTIONS",
        )
    } == {
        "PGUSER": "us@er",
        "PGPASSWORD": "p:w /",
        "PGHOST": "::1",
        "PGPORT": "6000",
        "PGDATABASE": "my db",
        "PGSSLMODE": "require",
        "PGOPTIONS": "-c search_path=a\\ b",
    }
