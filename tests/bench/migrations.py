"""Applying 500 small migrations, and the status of 1,000: whole processes, side by side.

    python -m tests.bench.migrations [--rounds 5] [--memory] [--without yoyo]

Every round takes each contestant once, in turn, on one server, each in a database of its own.
`--memory` keeps the server's data in /dev/shm, where fsync costs nothing: what is left is the
contestants' own time. psql runs the same statements in as many transactions and is the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.support.migrations import new_database
from tests.support.postgres import Postgres

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))
APPLIED, LISTED = 500, 1000

UP = """create table t{at} (
  id bigint generated always as identity primary key,
  name text not null,
  created_at timestamptz not null default now()
);
create index t{at}_name on t{at} (name);
"""
DOWN = "drop table t{at};\n"

Command = Callable[[Path, str], list[str]]


class Contestant:
    """`make` writes its folder of so many migrations; None where it cannot do the other thing."""

    def __init__(
        self, name: str, make: Callable[[Path, int], None], up: Command, status: Command | None
    ) -> None:
        self.name = name
        self.make = make
        self.up = up
        self.status = status


def ours(folder: Path, count: int) -> None:
    for at in range(1, count + 1):
        text = f"-- migrate:up\n{UP.format(at=at)}\n-- migrate:down\n{DOWN.format(at=at)}"
        (folder / f"{at:06}_t{at}.sql").write_text(text)


def one_script(folder: Path, count: int) -> None:
    parts = [f"begin;\n{UP.format(at=at)}commit;\n" for at in range(1, count + 1)]
    (folder / "all.sql").write_text("".join(parts))


def yoyos(folder: Path, count: int) -> None:
    for at in range(1, count + 1):
        (folder / f"{at:06}_t{at}.sql").write_text(UP.format(at=at))
        (folder / f"{at:06}_t{at}.rollback.sql").write_text(DOWN.format(at=at))


ENV_PY = """
import os
from alembic import context
from sqlalchemy import create_engine
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""


def alembics(folder: Path, count: int) -> None:
    (folder / "alembic.ini").write_text(f"[alembic]\nscript_location = {folder}\n")
    (folder / "env.py").write_text(ENV_PY)
    (folder / "versions").mkdir()
    for at in range(1, count + 1):
        before = repr(f"r{at - 1:06}") if at > 1 else "None"
        (folder / "versions" / f"r{at:06}.py").write_text(
            f"from alembic import op\nrevision = 'r{at:06}'\ndown_revision = {before}\n"
            f"def upgrade():\n    op.execute('''{UP.format(at=at)}''')\n"
            f"def downgrade():\n    op.execute('''{DOWN.format(at=at)}''')\n"
        )


def contestants() -> list[Contestant]:
    """All that are here."""
    genesis = [str(SCRIPTS / "genesis"), "migrate"]
    found = [
        Contestant(
            "genesis", ours, lambda folder, _: [*genesis, "up", "--dir", str(folder)],
            lambda folder, _: [*genesis, "status", "--dir", str(folder)],
        )
    ]  # fmt: skip
    psql = shutil.which("psql")
    if psql:
        found.insert(
            0,
            Contestant(
                "psql", one_script,
                lambda folder, url: [
                    psql, "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(folder / "all.sql"), url
                ],
                None,
            ),
        )  # fmt: skip
    dbmate = SCRIPTS / "dbmate"
    if dbmate.exists():
        mate = [str(dbmate), "--no-dump-schema", "--migrations-dir"]
        found.append(
            Contestant(
                "dbmate",
                ours,
                lambda folder, _: [*mate, str(folder), "migrate"],
                lambda folder, _: [*mate, str(folder), "status"],
            )
        )
    if find_spec("alembic") and find_spec("psycopg"):
        python = [sys.executable, "-m", "alembic", "-c"]
        found.append(
            Contestant(
                "alembic",
                alembics,
                lambda folder, _: [*python, str(folder / "alembic.ini"), "upgrade", "head"],
                lambda folder, _: [
                    *python,
                    str(folder / "alembic.ini"),
                    "current",
                    "--check-heads",
                ],
            )
        )
    if (SCRIPTS / "yoyo").exists():
        yoyo = [str(SCRIPTS / "yoyo")]
        found.append(
            Contestant(
                "yoyo",
                yoyos,
                lambda folder, url: [
                    *yoyo,
                    "apply",
                    "--batch",
                    "--no-config-file",
                    "-d",
                    with_driver(url),
                    str(folder),
                ],
                lambda folder, url: [
                    *yoyo,
                    "list",
                    "--batch",
                    "--no-config-file",
                    "-d",
                    with_driver(url),
                    str(folder),
                ],
            )
        )
    return found


def with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def timed(command: list[str], url: str, folder: Path) -> float:
    """Seconds of a whole process. Compiled Python is kept, as an installed tool has it."""
    environment: Mapping[str, str] = {
        **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        "DATABASE_URL": f"{url}?sslmode=disable",
        "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled"),
    }
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stdout.decode()}{done.stderr.decode()}")
    return took


async def measured(
    server: Postgres, home: Path, rounds: int, without: Sequence[str]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds by contestant: applying, and the status of what is applied."""
    applying: dict[str, list[float]] = {}
    listing: dict[str, list[float]] = {}
    everyone = [each for each in contestants() if each.name not in without]
    prepared = {}
    for each in everyone:
        small, large = home / each.name / "small", home / each.name / "large"
        for folder, count in ((small, APPLIED), (large, LISTED)):
            folder.mkdir(parents=True)
            each.make(folder, count)
        database = await new_database(server)
        if each.status is not None:
            timed(each.up(large, database.url), database.url, large)
        prepared[each.name] = (small, large, database)
    for number in range(rounds + 1):
        for each in everyone:
            small, large, full = prepared[each.name]
            empty = await new_database(server)
            took = timed(each.up(small, empty.url), empty.url, small)
            tables = await empty.fetch(
                "select count(*) from pg_tables where tablename ~ '^t[0-9]+$'"
            )
            assert tables == [(APPLIED,)], (each.name, tables)
            if number:  # the first round fills caches
                applying.setdefault(each.name, []).append(took)
            if each.status is not None:
                took = timed(each.status(large, full.url), full.url, large)
                if number:
                    listing.setdefault(each.name, []).append(took)
    return applying, listing


def table(title: str, values: Mapping[str, list[float]]) -> str:
    lines = [f"| {title} | median s | least | most |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {statistics.median(each):.3f} | {min(each):.3f} | {max(each):.3f} |"
        for name, each in sorted(values.items(), key=lambda item: statistics.median(item[1]))
    ]
    return "\n".join(lines)


def goals(
    applying: Mapping[str, list[float]], listing: Mapping[str, list[float]]
) -> list[tuple[str, float, float]]:
    """What, at most, reached; ratios are those within a round: the machine's load cancels."""
    found = []
    for rival, limit in (("dbmate", 1.0), ("psql", 1.3)):
        if rival in applying:
            ratio = statistics.median(
                mine / other
                for mine, other in zip(applying["genesis"], applying[rival], strict=True)
            )
            found.append((f"apply {APPLIED}, times {rival}", limit, ratio))
    found.append((f"status of {LISTED}, seconds", 0.25, statistics.median(listing["genesis"])))
    return found


def main() -> int:
    """Measure, print, and fail when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--without", action="append", default=[], help="a contestant to leave out")
    asked = parser.parse_args()
    if asked.memory:
        tempfile.tempdir = "/dev/shm"
    server = Postgres()
    home = Path(tempfile.mkdtemp(prefix="genesis-bench-"))
    try:
        server.start()
        applying, listing = asyncio.run(measured(server, home, asked.rounds, asked.without))
    finally:
        server.close()
        shutil.rmtree(home)
    where = "memory" if asked.memory else "disk"
    print(
        f"{table(f'apply {APPLIED} ({where})', applying)}\n\n"
        f"{table(f'status of {LISTED}', listing)}\n"
    )
    reached = goals(applying, listing)
    print("| goal | at most | reached | met |\n| --- | --- | --- | --- |")
    for what, limit, value in reached:
        print(f"| {what} | {limit:g} | {value:.3f} | {'yes' if value <= limit else 'NO'} |")
    return int(any(value > limit for _, limit, value in reached))


if __name__ == "__main__":
    sys.exit(main())
