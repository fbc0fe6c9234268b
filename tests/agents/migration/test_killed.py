"""SIGKILL of the runner and of the server at random instants: always a prefix, never a half."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import suppress

import asyncpg
import psutil
import pytest

from tests.support.migrations import migration, new_database, run, started, write
from tests.support.postgres import Postgres

COUNT = 30


def folder_of(folder):
    """Each makes a table and a row, every fifth an index concurrently with a row on either side."""
    files = {}
    for at in range(1, COUNT + 1):
        if at % 5:
            text = migration(
                f"create table t{at} (n int);\ninsert into t{at} values (1);", f"drop table t{at};"
            )
        else:
            text = migration(
                f"insert into t{at - 1} values (2);\n"
                f"create index concurrently i{at} on t{at - 1} (n);\n"
                f"insert into t{at - 1} values (3);",
                f"drop index concurrently i{at};", transaction=False,
            )  # fmt: skip
        files[f"{at:03}_m{at}.sql"] = text
    return write(folder, files)


async def state(database):
    """What is there: per migration `none`, `whole` or what a broken one left."""
    tables = set(await database.tables())
    indexes = dict(await database.fetch(
        "select c.relname::text, i.indisvalid"
        " from pg_index i join pg_class c on c.oid = i.indexrelid"
        " where c.relname ~ '^i[0-9]+$'"
    ))  # fmt: skip
    rows = {}
    for table in tables:
        rows[table] = [n for (n,) in await database.fetch(f"select n from {table} order by n")]
    found = {}
    for at in range(1, COUNT + 1):
        if at % 5:
            there = f"t{at}" in tables and rows[f"t{at}"][:1] == [1]
            found[at] = "whole" if there else "none" if f"t{at}" not in tables else "broken"
        else:
            extra = rows.get(f"t{at - 1}", [])[1:]
            whole = extra == [2, 3] and indexes.get(f"i{at}") is True
            none = not extra and f"i{at}" not in indexes
            found[at] = "whole" if whole else "none" if none else ("part", tuple(extra))
    return found


async def quiet(database):
    """Wait until no server process of a killed runner works any more."""
    for _ in range(3000):
        try:
            if not await database.fetch(
                "select from pg_stat_activity where datname = current_database()"
                " and application_name like 'genesis migrate%'"
            ):
                return
        except (OSError, asyncpg.PostgresError):
            pass
        await asyncio.sleep(0.02)
    raise AssertionError("a runner's server process never ended")


async def assert_prefix(database):
    """Schema equals a prefix of the migrations, and the history says the same."""
    await quiet(database)
    found = await state(database)
    made = await database.fetch("select to_regclass('schema_migrations') is not null")
    rows = (
        await database.fetch(
            "select version::int, status, statements_done from schema_migrations order by id"
        )
        if made == [(True,)]
        else []
    )
    assert [version for version, _, _ in rows] == list(range(1, len(rows) + 1))
    for version, status, done in rows:
        if status == "applied":
            assert found[version] == "whole", (version, found[version])
        else:
            assert version == len(rows), "only the newest may be unfinished"
            assert version % 5 == 0, "transactional files are never unfinished"
            extra = {0: (), 1: (2,), 2: (2,), 3: (2, 3)}[done]
            assert found[version] in {("part", extra), "whole", "none"}, (done, found[version])
    for version in range(len(rows) + 1, COUNT + 1):
        assert found[version] == "none", (version, found[version])
    return len(rows)


async def at_work(database):
    """Wait until a runner has reached the server, as starting it takes longer than its work."""
    await database.until(
        "select from pg_stat_activity where datname = current_database()"
        " and application_name = 'genesis migrate'"
    )


async def finished(database, folder):
    """The next `up` ends well with everything applied; the seconds of its work."""
    done = run(database, "up", "--dir", str(folder), "--no-backup", "--json")
    assert done.code == 0, done
    assert set((await state(database)).values()) == {"whole"}
    assert len(await database.applied()) == COUNT
    return done.json["seconds"]


async def kill_runner(postgres, folder, delay):
    database = await new_database(postgres)
    process = await started(database, "up", "--dir", str(folder), "--no-backup")
    await at_work(database)
    await asyncio.sleep(delay)
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.communicate()
    count = await assert_prefix(database)
    await finished(database, folder)
    return count


async def kill_server(folder, delay):
    server = Postgres()
    try:
        server.start()
        database = await new_database(server)
        process = await started(database, "up", "--dir", str(folder), "--no-backup")
        await at_work(database)
        await asyncio.sleep(delay)
        crash(server)
        _, said = await process.communicate()
        if process.returncode:
            # Exit 3: no connection, told as such and without a traceback.
            assert process.returncode == 3, said
            assert b"Traceback" not in said
        server.start()
        count = await assert_prefix(database)
        await finished(database, folder)
        return count
    finally:
        server.close()


def crash(server):
    """Every process of the server at once, as when the machine loses power."""
    assert server.process is not None
    main = psutil.Process(server.process.pid)
    family = [main, *main.children(recursive=True)]
    for each in family:
        with suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)
    psutil.wait_procs(family, timeout=10)
    server.process.wait()


async def duration(postgres, folder):
    """How long a run works here and now."""
    return await finished(await new_database(postgres), folder)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.8])
async def test_a_killed_runner_leaves_a_prefix_that_the_next_finishes(postgres, tmp_path, part):
    folder = folder_of(tmp_path)
    await kill_runner(postgres, folder, await duration(postgres, folder) * part)


async def test_a_killed_server_leaves_a_prefix_that_the_next_finishes(postgres, tmp_path):
    folder = folder_of(tmp_path)
    await kill_server(folder, await duration(postgres, folder) * 0.5)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_fifty_random_instants(postgres, tmp_path):
    seed = int(os.environ.get("GENESIS_SEED", "0")) or random.randrange(10**6)
    chance, folder = random.Random(seed), folder_of(tmp_path)
    whole = await duration(postgres, folder)
    counts = {"runner": [], "server": []}
    for at in range(50):
        delay = whole * chance.uniform(0.0, 1.0)
        counts["runner"].append(await kill_runner(postgres, folder, delay))
        counts["server"].append(await kill_server(folder, delay))
        print(at, seed, {kind: values[-1] for kind, values in counts.items()}, flush=True)
    # Instants that were all before the first or after the last migration would prove nothing.
    for values in counts.values():
        assert sum(0 < value < COUNT for value in values) >= 15, (seed, counts)
