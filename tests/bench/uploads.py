"""How fast a folder of many small files gets to a platform, beside what is possible at all.

    python -m tests.bench.uploads [--files 1000 10000] [--rounds 3] [--patience 300]

One table for each number of files: ours at Netlify and at Vercel, one archive by hand, their own
clients, and as the limit all digests and the bytes over one TCP stream. The clients take part where
`NETLIFY_CLI` and `VERCEL_CLI` name folders that npm has installed them in (see
tests/support/platform_clis.py); one that takes longer than `--patience` seconds is stopped, and has
no figure then.

Everybody takes turns; each turn has a new emulator in a process of its own and lasts from reading
the files until the deploy is ready. A ratio is of one round, and the median of the rounds counts.
Vercel unpacks its one file, a tgz, only when it has said that it has it: nobody waits for that.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench import senders
from tests.bench.senders import LIMIT, Folder, Took
from tests.bench.table import Goal, goals, markdown

ROOT = Path(__file__).parents[2]
Rounds = Sequence[Mapping[str, Took]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=300)
    given = parser.parse_args()
    for number in given.files:
        with tempfile.TemporaryDirectory() as place:
            folder = Folder(Path(place))
            size = fill(folder, number)
            print(f"\n{number:,} files, {size / 1e6:.1f} MB, medians of {given.rounds}\n")
            rounds = measure(folder, given.rounds, given.patience)
        print(f"{table(rounds)}\n\n{goals(wanted(rounds))}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process, with both archives: {peak:.0f} MiB")


def fill(folder: Folder, number: int) -> int:
    """Files of 0.5 to 3.5 KB in a hundred folders; the bytes in all."""
    chance, total = random.Random(7), 0
    for index in range(number):
        path = folder.public / f"d{index % 100}" / f"f{index}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = chance.randbytes(chance.randint(250, 1750)).hex()
        path.write_text(content)
        total += len(content)
    return total


def measure(folder: Folder, rounds: int, patience: float) -> Rounds:
    found = []
    for _ in range(rounds):
        took: dict[str, Took] = {}
        for turn in senders.turns(folder, patience):
            with emulator(turn.emulator) as url:
                took |= turn.send(url)
        found.append(took)
    return found


@contextmanager
def emulator(module: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(20)


# --- What came out --------------------------------------------------------------------------


def table(rounds: Rounds) -> str:
    """Everybody's time, as so many times the limit's, and how much longer each client takes."""
    clients = [name for name in (senders.NETLIFY_CLI, senders.VERCEL_CLI) if name in rounds[0]]
    rows = [
        (
            name,
            time(rounds, name),
            factor(rounds, name, LIMIT),
            *(factor(rounds, client, name) for client in clients),
        )
        for name in rounds[0]
    ]
    head = ("who", "time", "× the limit", *(f"{client} takes" for client in clients))
    return markdown(head, rows)


def time(rounds: Rounds, name: str) -> str:
    took = [one[name] for one in rounds]
    stopped = next((one for one in took if one.stopped), None)
    if stopped:
        return f"stopped at {stopped.seconds:g} s"
    return f"{statistics.median(one.seconds for one in took):.2f} s"


def factor(rounds: Rounds, name: str, other: str) -> str:
    """How many times as long as the other it takes; the least that it can be if it was stopped."""
    if name == other or any(one[other].stopped for one in rounds):
        return "–"
    stopped = any(one[name].stopped for one in rounds)
    return f"{'over ' if stopped else ''}{statistics.median(ratios(rounds, name, other)):.2f} ×"


def ratios(rounds: Rounds, name: str, other: str) -> list[float]:
    return [one[name].seconds / one[other].seconds for one in rounds]


def wanted(rounds: Rounds) -> list[Goal]:
    zipped, ours = senders.ZIP, senders.OURS_NETLIFY
    found = [Goal(f"{ours}, in times of: {zipped}", 2, ratios(rounds, ours, zipped), at_most=True)]
    against = ((senders.NETLIFY_CLI, ours), (senders.VERCEL_CLI, senders.OURS_VERCEL))
    for client, own in against:
        if client in rounds[0]:
            least = " (stopped: at least)" if any(one[client].stopped for one in rounds) else ""
            found.append(
                Goal(f"{client}, in times of: {own}{least}", 4, ratios(rounds, client, own))
            )
    return found


if __name__ == "__main__":
    main()
