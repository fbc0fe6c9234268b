"""The folder of backups: private, whole, and not growing for ever."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from agents.migration import backups
from agents.migration.backups import store
from agents.migration.backups.model import Retention, surplus
from agents.migration.errors import Refused

WAIT = """
do $$ begin
  while not exists (select from pg_locks where not granted) loop perform pg_sleep(0.01); end loop;
end $$
"""
"""Ends when somebody waits for a lock."""


async def test_files_are_private_and_out_of_repositories(url, connection, folder, method) -> None:
    backup = await backups.make(connection, url, folder, method=method)
    assert (folder / ".gitignore").read_text() == "*\n"
    assert folder.stat().st_mode & 0o777 == 0o700
    paths = [folder / backup.id, *(folder / backup.id).iterdir()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
    password = url.split(":")[2].split("@")[0]
    assert password not in (folder / backup.id / "manifest.json").read_text()


async def test_old_automatic_backups_go_and_asked_for_ones_stay(url, connection, folder) -> None:
    asked = await backups.make(connection, url, folder, method="copy")
    made = [
        await backups.before(
            connection, url, [], folder, method="copy", retention=Retention(count=2)
        )
        for _ in range(4)
    ]
    assert {each.id for each in store.every(folder)[0]} == {asked.id, made[-2].id, made[-1].id}
    other = msgspec.structs.replace(made[-2], database="another")
    now = datetime.now(UTC)
    aged = [
        msgspec.structs.replace(made[0], id=str(days), created_at=now - timedelta(days=days))
        for days in (5, 35, 40)
    ]
    assert [each.id for each in surplus(aged, Retention(count=9, days=30), now)] == ["35", "40"]
    assert surplus([aged[2]], Retention(count=1, days=1), now) == []
    assert other.database != asked.database


async def test_what_a_killed_writer_left_is_swept_and_a_living_one_is_not(
    url, connection, folder
) -> None:
    await backups.make(connection, url, folder, method="copy")
    dead = folder / ".partial-dead"
    dead.mkdir()
    (dead / "lock").touch()
    (dead / "database.dump").write_text("half")
    with store.writing(folder, "living") as living:
        await backups.make(connection, url, folder, method="copy")
        assert living.exists()
    assert not dead.exists()
    assert len(list(folder.glob("[!.]*"))) == 3


async def test_a_folder_that_cannot_be_written_means_no_backup(url, connection, tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="backup failed"):
        await backups.make(connection, url, tmp_path / "file")


async def test_an_interrupted_backup_leaves_nothing(url, connection, folder) -> None:
    blocker = await asyncpg.connect(url)
    try:
        async with blocker.transaction():
            await blocker.execute("lock table log in access exclusive mode")
            other = await asyncpg.connect(url)
            task = asyncio.create_task(backups.make(other, url, folder, method="copy"))
            await connection.execute(WAIT)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            other.terminate()
    finally:
        await blocker.close()
    assert [path.name for path in folder.iterdir()] == [".gitignore"]
