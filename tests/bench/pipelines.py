"""`python tests/bench/pipelines.py`: pipelines and messages a second, against their rivals.

Everything is measured in rounds, all contestants in turn in each, because the machine is never
equally fast for long: a ratio is of one round, and the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

# In place of this folder, whose modules are no top-level ones.
sys.path[0] = str(Path(__file__).parents[2])

import psutil

from bus.process import configure_logging
from tests.bench import table
from tests.bench.driver import Outcome
from tests.bench.rivals import Dbos, FullLog
from tests.bench.table import Goal, Line
from tests.bench.world import World

FEW, SOME, MANY, FLOOD = 1, 8, 64, 256
MESSAGES = 20_000
"""How full the log is that consumers empty."""
OPTIONAL = "pip install --require-hashes -r tests/bench/requirements.txt"

FLOOR, OURS = "floor", "Genesis"
FLOOR_STRICT, OURS_STRICT, GROUPED = "floor, strict", "Genesis, strict", "Genesis, strict, grouped"


class Contestant(Protocol):
    name: str

    async def start(self) -> None: ...
    async def measure(self, in_flight: int, seconds: float) -> Outcome: ...
    async def close(self) -> None: ...


def _contestants() -> list[tuple[Contestant, Sequence[int]]]:
    """Who takes part, and with how many in flight."""
    usual, more = (FEW, MANY), (FEW, MANY, FLOOD)
    found: list[tuple[Contestant, Sequence[int]]] = [
        (World(FLOOR, strict=False, floor=True), usual),
        (World(OURS, strict=False, group=False), usual),
        (World(FLOOR_STRICT, strict=True, floor=True), more),
        (World(OURS_STRICT, strict=True, group=False), more),
        (World(GROUPED, strict=True), more),
    ]
    if _installed("dbos"):
        # With many threads it is slower than with a few.
        found.append((Dbos(), (FEW, SOME, MANY)))
    return found


def _installed(package: str) -> bool:
    if find_spec(package) is not None:
        return True
    print(f"{package} is not installed, so nothing is compared with it: {OPTIONAL}\n")
    return False


async def _pipelines(rounds: int, seconds: float) -> list[Line]:
    measured: dict[tuple[str, int], list[Outcome]] = {}
    async with AsyncExitStack() as stack:
        contestants = _contestants()
        for each, _ in contestants:
            stack.push_async_callback(each.close)
            await each.start()
        turns = [(each, n) for each, loads in contestants for n in loads]
        turns.sort(key=lambda turn: turn[1])
        for number in range(rounds):
            _say(f"pipelines: round {number + 1} of {rounds}")
            for each, in_flight in turns if number % 2 else reversed(turns):
                outcome = await each.measure(in_flight, seconds)
                measured.setdefault((each.name, in_flight), []).append(outcome)
    return [Line(each.name, n, measured[each.name, n]) for each, n in turns]


async def _consumers(rounds: int) -> dict[str, list[float]]:
    hows = ["puller", "fetch", *(["faststream"] if _installed("faststream") else [])]
    measured: dict[str, list[float]] = {how: [] for how in hows}
    full = FullLog(MESSAGES)
    try:
        await full.start()
        for number in range(rounds):
            _say(f"consumers: round {number + 1} of {rounds}")
            for how in hows if number % 2 else reversed(hows):
                measured[how].append(await full.rate(how))
    finally:
        await full.close()
    return measured


def _goals(lines: list[Line], rates: dict[str, list[float]]) -> list[Goal]:
    by = {(line.who, line.in_flight): line.rounds for line in lines}

    def ratios(one: str, other: str, in_flight: int, field: str = "rate") -> list[float]:
        pairs = zip(by[one, in_flight], by[other, in_flight], strict=True)
        return [getattr(a, field) / getattr(b, field) for a, b in pairs]

    found = [
        Goal(f"rate to the floor, {MANY} in flight", 0.75, ratios(OURS, FLOOR, MANY)),
        Goal("the same, strict", 0.8, ratios(OURS_STRICT, FLOOR_STRICT, MANY)),
        Goal("the same, strict, grouped", 1.0, ratios(GROUPED, FLOOR_STRICT, MANY)),
        Goal(f"the same, {FLOOD} in flight", 1.0, ratios(GROUPED, FLOOR_STRICT, FLOOD)),
        Goal(f"rate to the floor, {FEW} in flight", 0.75, ratios(OURS, FLOOR, FEW)),
        Goal("the same, strict", 0.8, ratios(OURS_STRICT, FLOOR_STRICT, FEW)),
        # 5 ms where the floor shows 2, and 10 where it shows 4.
        Goal(
            f"p50 to the floor's, {FEW} in flight",
            2.5,
            ratios(OURS, FLOOR, FEW, "p50"),
            at_most=True,
        ),
        Goal("the same, strict", 2.5, ratios(OURS_STRICT, FLOOR_STRICT, FEW, "p50"), at_most=True),
    ]
    if (Dbos.name, MANY) in by:
        runs = [by[Dbos.name, in_flight] for in_flight in (FEW, SOME, MANY)]
        single = [each.rate for each in by[Dbos.name, FEW]]
        best = [max(each.rate for each in one) for one in zip(*runs, strict=True)]
        for name, rivals in (("DBOS, one at a time", single), ("DBOS at its best", best)):
            for who, wanted in ((OURS_STRICT, 4), (GROUPED, 8)):
                both = zip(by[who, MANY], rivals, strict=True)
                found.append(Goal(f"{who}, to {name}", wanted, [a.rate / b for a, b in both]))
    for rival, wanted, name in (("fetch", 3, "fetch(100)"), ("faststream", 5, "FastStream")):
        if rival in rates:
            pairs = zip(rates["puller"], rates[rival], strict=True)
            found.append(Goal(f"puller's rate to {name}", wanted, [a / b for a, b in pairs]))
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def main(rounds: int, seconds: float) -> None:
    load = os.getloadavg()[0]
    print(f"{psutil.cpu_count()} processors, {load:.1f} busy with something else at the start\n")
    lines = await _pipelines(rounds, seconds)
    rates = await _consumers(rounds)
    print(
        table.contestants(lines), table.rates(rates), table.goals(_goals(lines, rates)), sep="\n\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    options = parser.parse_args()
    configure_logging()
    asyncio.run(main(options.rounds, options.seconds))
