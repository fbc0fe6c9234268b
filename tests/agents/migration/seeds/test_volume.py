"""Many rows: with little memory, once, and a bad one among them is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agents.migration.seeds import running
from agents.migration.seeds.model import SeedInvalid

TABLE = (
    "create table t (id bigint primary key, name text not null, price numeric(10, 2), data jsonb)"
)
PROGRAM = r"""
import asyncio, re, sys
from pathlib import Path
import asyncpg
from agents.migration.seeds import running

def peak():
    # Not getrusage: its peak is inherited from the process that started this one.
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])

async def main():
    connection = await asyncpg.connect(sys.argv[1])
    before = peak()
    report = await running.run(connection, Path(sys.argv[2]))
    after = peak()
    loaded = report.files[0].tables[0]
    print(loaded.rows, loaded.changed, report.seconds, (after - before) // 1024)
    await connection.close()

asyncio.run(main())
"""


def rows(path: Path, count: int, bad: int | None = None) -> None:
    """A JSON seed of `count` rows, one a line from line 2; about 90 bytes each."""
    with path.open("w") as stream:
        stream.write('[{"table": "t", "data": [\n')
        for number in range(1, count + 1):
            name = f"name {number} äöü" if number != bad else ""
            price = "-1" if number == bad else f"{number % 1000}.25"
            end = "\n" if number == count else ",\n"
            stream.write(
                f'{{"id": {number}, "name": "{name}", "price": {price}, '
                f'"data": {{"n": {number}}}}}{end}'
            )
        stream.write("]}]")


def run(url: str, seeds: Path) -> tuple[int, int, float, int]:
    """Rows, changed rows, seconds, and the growth of memory in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, str(seeds)], capture_output=True, text=True, check=True
    )
    first, second, third, fourth = done.stdout.split()
    print(f"{first} rows in {third} s, {fourth} MiB more")
    return int(first), int(second), float(third), int(fourth)


@pytest.mark.parametrize(
    "count", [50_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
async def test_many_rows_come_in_with_little_memory(url, connection, seeds, count) -> None:
    await connection.execute(TABLE)
    rows(seeds / "t.json", count)
    loaded, changed, _, memory = run(url, seeds)
    assert (loaded, changed) == (count, count)
    assert memory < 64
    assert (
        await connection.fetchval("select count(*) from t where data ->> 'n' = id::text") == count
    )
    with (seeds / "t.json").open("a") as stream:
        stream.write("\n")
    assert run(url, seeds)[:2] == (count, 0)


@pytest.mark.parametrize(
    "count", [20_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
async def test_the_one_bad_row_among_many_is_found(connection, seeds, count) -> None:
    await connection.execute(TABLE)
    await connection.execute("alter table t add check (price >= 0)")
    bad = count * 2 // 3
    rows(seeds / "t.json", count, bad)
    with pytest.raises(SeedInvalid) as caught:
        await running.run(connection, seeds)
    assert (caught.value.problems[0].row, caught.value.problems[0].line) == (bad, bad + 1)
    assert await connection.fetchval("select count(*) from t") == 0
