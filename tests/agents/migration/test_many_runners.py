"""Ten processes at once: each migration is applied once, and all of them are content."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.support.migrations import migration, new_database, started, write

RUNNERS = 10


def folder_of(folder, count):
    """`count` migrations that cannot be applied twice, some make an index concurrently."""
    files = {}
    for at in range(1, count + 1):
        text = migration(
            f"create table t{at} (n int);\ninsert into t{at} values ({at});", f"drop table t{at};"
        )
        if at in {count // 2, count - 1}:
            text = migration(
                f"create index concurrently t{at - 1}_n on t{at - 1} (n);",
                f"drop index concurrently t{at - 1}_n;", transaction=False,
            )  # fmt: skip
        files[f"{at:04}_m{at}.sql"] = text
    return write(folder, files)


async def at_once(database, folder, *more):
    processes = [
        await started(database, "up", "--dir", str(folder), "--no-backup", *more)
        for _ in range(RUNNERS)
    ]
    return [(process, await process.communicate()) for process in processes]


async def proved(database, folder, count):
    ended = await at_once(database, folder)
    assert [process.returncode for process, _ in ended] == [0] * RUNNERS, [
        said for _, said in ended
    ]
    outputs = [out.decode() for _, (out, _) in ended]
    applied = sorted(
        line[2:] for out in outputs for line in out.splitlines() if line.startswith("+ ")
    )
    assert applied == sorted(path.stem for path in folder.iterdir())
    rows = await database.fetch(
        "select count(*), count(distinct version), count(distinct run) from schema_migrations"
    )
    assert rows[0][:2] == (count, count)
    assert await database.fetch("select count(*) from pg_index where not indisvalid") == [(0,)]
    deadlocks = await database.fetch(
        "select deadlocks from pg_stat_database where datname = current_database()"
    )
    assert deadlocks == [(0,)]
    return rows[0][2]


async def test_ten_runners_apply_each_migration_once(each_version, tmp_path):
    assert await proved(each_version, folder_of(tmp_path, 60), 60) == 1


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", ["postgres", "postgres15"])
async def test_ten_runners_apply_500_migrations_once(request, tmp_path, version):
    database = await new_database(request.getfixturevalue(version))
    assert await proved(database, folder_of(tmp_path, 500), 500) == 1


async def test_a_runner_that_waits_inside_the_lock_would_deadlock_with_concurrently(own, tmp_path):
    """Why the lock is polled: the control for the runners' way of waiting."""
    await own.execute("create table t (n int)")
    first, second = await asyncpg.connect(own.url), await asyncpg.connect(own.url)
    try:
        await first.execute("set deadlock_timeout = '50ms'; select pg_advisory_lock(1)")
        await second.execute("set deadlock_timeout = '50ms'")
        waiting = asyncio.create_task(second.execute("select pg_advisory_lock(1)"))
        await own.until("select from pg_locks where locktype = 'advisory' and not granted")
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await asyncio.gather(first.execute("create index concurrently t_n on t (n)"), waiting)
    finally:
        first.terminate()
        second.terminate()
