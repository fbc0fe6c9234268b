"""10,000 statements in 500 migrations linted: a whole process, from its start to its end.

python -m tests.bench.lint [--rounds 5] [--statements 10000]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
GOAL = 1.0
PER_FILE = 20
CLEAN, FOUND = 0, 7
"""Exit codes of a lint that did its work."""

STATEMENTS = (
    (
        "create table t{n} (id bigint generated always as identity primary key,"
        " name text not null, created_at timestamptz not null default now());"
    ),
    "create index t{n}_name on t{n} (name);",
    "alter table t{n} enable row level security;",
    "create policy own on t{n} using (name = current_setting('app.user', true));",
    "insert into t{n} (name) values ('it''s {n}'), ('ä {n}') on conflict do nothing;",
    "comment on table t{n} is 'number {n}; of many';",
    "alter table t{n} add column note text;",
    "update t{n} set note = 'x' where name like 'a%';",
    (
        "create or replace function f{n}() returns trigger language plpgsql as"
        " $$ begin new.name := lower(new.name); return new; end $$;"
    ),
    "create trigger lowered before insert on t{n} for each row execute function f{n}();",
)


def write(folder: Path, count: int) -> None:
    """Migrations with so many statements altogether."""
    for at in range(count // PER_FILE):
        lines = [
            STATEMENTS[i % len(STATEMENTS)].format(n=at * 2 + i // len(STATEMENTS))
            for i in range(PER_FILE)
        ]
        text = "\n".join(
            ["-- migrate:up", *lines, "-- migrate:down", "-- irreversible: a benchmark"]
        )
        (folder / f"{at + 1:06}_many.sql").write_text(text)


def seconds(folder: Path) -> float:
    """One run. Raises RuntimeError when it did not do its work."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "coordinator.cli", "migrate", "lint", "--dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    took = time.perf_counter() - began
    if done.returncode not in (CLEAN, FOUND):
        raise RuntimeError(done.stderr)
    return took


def main(rounds: int, count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="genesis-bench-") as name:
        folder = Path(name)
        write(folder, count)
        took = [seconds(folder) for _ in range(rounds)]
    median = statistics.median(took)
    print(
        f"lint of {count:,} statements: median {median:.2f} s ({min(took):.2f} – {max(took):.2f})"
    )
    print(f"goal: under {GOAL} s, {'met' if median < GOAL else 'NOT met'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--statements", type=int, default=10_000)
    options = parser.parse_args()
    main(options.rounds, options.statements)
