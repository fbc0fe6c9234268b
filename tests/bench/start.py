"""`python tests/bench/start.py`: how long a person waits, and what an idle stack weighs.

On a local stack of its own in a new folder, through the command line only. Downloads packages
from npm's registry once: that is what a cold build is.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

# In place of this folder, whose modules are no top-level ones.
sys.path[0] = str(Path(__file__).parents[2])

import psutil

from tests.bench import table
from tests.bench.table import Goal
from tests.support.local_stack import LocalStack

IDEA = (
    "A recipe box where I keep my recipes with ingredients, cooking time and a photo,"
    " sorted by category. Use a cream background and dark green buttons."
)
PATIENCE = 600.0
IDLE = 10.0
"""Seconds after the last build until the stack counts as idle."""
ADDITIONS = 10_000_000
MIB = 1024 * 1024


def seconds(stack: LocalStack, *arguments: str) -> float:
    """How long a command takes that must succeed."""
    began = time.perf_counter()
    stack.ok(*arguments, timeout=PATIENCE)
    return time.perf_counter() - began


def build(stack: LocalStack, name: str) -> float:
    """From the idea to the URL of a running app."""
    return seconds(stack, "build", IDEA, "--deploy", "--name", name, "--json")


def python_memory(stack: LocalStack) -> float:
    """Resident MiB of the stack's Python processes; what they share counts for each."""
    ours = [p for p in psutil.process_iter(["name", "environ"]) if _is_ours(p, stack)]
    return sum(p.memory_info().rss for p in ours if p.info["name"].startswith("python")) / MIB


def _is_ours(process: psutil.Process, stack: LocalStack) -> bool:
    return (process.info["environ"] or {}).get("GENESIS_HOME") == str(stack.home)


def additions() -> float:
    """Seconds that this Python needs to add up ten million numbers: how fast the machine is."""
    total, began = 0, time.perf_counter()
    for number in range(ADDITIONS):
        total += number
    return time.perf_counter() - began


def measure(repeats: int) -> list[Goal]:
    """All goals, on a new stack that is gone afterwards."""
    stack = LocalStack()
    try:
        # An empty folder in place of the tests' own: nothing is cached.
        (stack.home / "cache" / "node").unlink()
        helps = [seconds(stack, "--help") for _ in range(repeats + 1)][1:]
        first = seconds(stack, "up")
        cold = build(stack, "cold")
        warm = [build(stack, f"warm-{number}") for number in range(repeats)]
        time.sleep(IDLE)
        memory = python_memory(stack)
        ups = []
        for _ in range(repeats):
            stack.ok("down")
            ups.append(seconds(stack, "up"))
    finally:
        stack.close()
    return [
        Goal("genesis --help, s", 0.4, helps, at_most=True),
        Goal("genesis up, s", 4, ups, at_most=True),
        Goal("genesis up for the first time, s", 4, [first], at_most=True),
        Goal("genesis build --deploy, cold, s", 90, [cold], at_most=True),
        Goal("genesis build --deploy, warm, s", 20, warm, at_most=True),
        Goal("idle Python processes, MiB", 450, [memory], at_most=True),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    speed = statistics.median(additions() for _ in range(3))
    load = psutil.getloadavg()[0]
    print(f"ten million additions in Python: {speed:.2f} s; load before: {load:.1f}\n")
    print(table.goals(measure(options.repeats)))
