"""Error events and beacons a second that the monitoring agent stores, beside Bugsink.

    python -m tests.bench.ingest [--rounds 3] [--seconds 8] [--bugsink FOLDER]

FOLDER has the programs of an environment with tests/bench/requirements-ingest.txt; without it
ours runs alone. Each server is one process on one core of its own; PostgreSQL and whoever sends
share the other cores. Every contestant stores an event before it answers 200, and afterwards has
as many as it said. Rate limits are lifted for both.

On a busy machine a core is not a server's alone: what it does per second of its own processor time
is what it would do then.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from msgspec import Struct

from agents import signals
from bus.settings import Secret, Settings
from tests.bench.ingest_load import beacon, envelope, load
from tests.bench.table import Goal, goals
from tests.support.databases import database, fetch
from tests.support.ingest import monitored
from tests.support.postgres import Postgres
from tests.support.processes import free_port, wait_until

ROOT = Path(__file__).parents[2]
CONNECTIONS = 64


class Outcome(Struct, frozen=True):
    """What a contestant did in one round; processor time is in milliseconds per request."""

    count: int
    per_second: float
    processor: float
    database: float
    p99: float


class Contestant:
    """A server that is a process, and how many things it has stored."""

    name = ""
    port = 0
    process: subprocess.Popen[bytes]

    def alone(self) -> None:
        """Give it a core of its own."""
        psutil.Process(self.process.pid).cpu_affinity([0])
        for child in psutil.Process(self.process.pid).children(recursive=True):
            child.cpu_affinity([0])

    def used(self) -> float:
        """Seconds of processor time, its children's too."""
        top = psutil.Process(self.process.pid)
        return sum(sum(one.cpu_times()[:2]) for one in [top, *top.children(recursive=True)])

    def stored(self) -> int:
        """How many events it has."""
        raise NotImplementedError

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)


class Ours(Contestant):
    """The monitoring agent's server, with the event loop that the agent's process has."""

    name = "Genesis"

    def __init__(self, url: str, home: Path) -> None:
        self.port = free_port()
        self.url = url
        settings = Settings(
            genesis_home=home,
            database_url=Secret(url),
            monitor_secret=Secret("bench"),
            monitor_listen=f"127.0.0.1:{self.port}",
        )
        project = signals.project(settings, "shop", "production")
        assert project is not None
        asyncio.run(monitored(url, "shop", "production", "http://shop.test/"))
        self.errors = f"/api/{project.number}/envelope/?sentry_key={project.key}"
        self.beacons = f"/api/{project.number}/vitals?key={project.key}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.ingest_server"],
            cwd=ROOT,
            env={
                **os.environ,
                "GENESIS_HOME": str(home),
                "DATABASE_URL": url,
                "MONITOR_SECRET": "bench",
                "MONITOR_LISTEN": settings.monitor_listen,
                "NO_COLOR": "1",
            },
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: _answers(self.port), "the server listens")
        self.alone()

    def stored(self) -> int:
        rows = asyncio.run(fetch(self.url, "select sum(events) from monitoring.error_groups"))
        return int(str(rows[0][0] or 0))


class Bugsink(Contestant):
    """Bugsink as its own documentation runs it locally, in one worker, digesting at once."""

    name = "Bugsink"

    def __init__(self, programs: Path, home: Path) -> None:
        self.programs, self.home = programs, home
        self.port = free_port()
        home.mkdir()
        self._manage("bugsink-create-conf", "--template=local", f"--port={self.port}")
        with (home / "bugsink_conf.py").open("a") as file:
            file.write(
                f'DATABASES["default"]["NAME"] = "{home}/db.sqlite3"\n'
                f'DATABASES["snappea"]["NAME"] = "{home}/snappea.sqlite3"\n'
                'BUGSINK["PHONEHOME"] = False\n'
                f'BUGSINK["BASE_URL"] = "http://127.0.0.1:{self.port}"\n'
                f'BUGSINK["INGEST_STORE_BASE_DIR"] = "{home}/ingest"\n'
                + "".join(
                    f'BUGSINK["MAX_EVENTS_PER_{name}"] = 10**9\n'
                    for each in ("5_MINUTES", "HOUR", "MONTH")
                    for name in (each, f"PROJECT_PER_{each}")
                )
            )
        self._manage("bugsink-manage", "migrate")
        self._manage("bugsink-manage", "migrate", "--database=snappea")
        made = self._manage(
            "bugsink-manage", "shell", "-c",
            "from projects.models import Project; from teams.models import Team;"
            "t = Team.objects.create(name='t');"
            "p = Project.objects.create(name='p', team=t, retention_max_event_count=10**6);"
            "print('made', p.id, p.sentry_key.hex)",
        )  # fmt: skip
        _, number, key = made.strip().splitlines()[-1].split()
        self.errors = f"/api/{number}/envelope/?sentry_key={key}"
        self.process = subprocess.Popen(
            [
                programs / "gunicorn", "--workers=1", "--threads=2", "--worker-class=gthread",
                f"--bind=127.0.0.1:{self.port}", "--access-logfile=/dev/null",
                "--log-level=error", "bugsink.wsgi",
            ],
            cwd=home, env=self._environment(), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(lambda: _answers(self.port), "Bugsink listens")
        self.alone()

    def _environment(self) -> dict[str, str]:
        path = f"{self.programs}:{os.environ['PATH']}"
        return {"PATH": path, "PYTHONPATH": str(self.home), "HOME": str(self.home)}

    def _manage(self, *command: str) -> str:
        done = subprocess.run(
            [self.programs / command[0], *command[1:]],
            cwd=self.home, env=self._environment(), check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    def stored(self) -> int:
        said = self._manage(
            "bugsink-manage", "shell", "-c",
            "from events.models import Event; print('has', Event.objects.count())",
        )  # fmt: skip
        return int(said.strip().splitlines()[-1].split()[1])


def _answers(port: int) -> bool:
    try:
        asyncio.run(_connect(port))
    except OSError:
        return False
    return True


async def _connect(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


def measure(
    who: Contestant, requests: list[bytes], seconds: float, width: int, server: Postgres
) -> Outcome:
    """One round; the servers' processor time is of the requests that they answered."""
    before, stored_by = who.used(), _database_time(server)
    begun = time.monotonic()
    taken = asyncio.run(load(who.port, requests, seconds, width))
    elapsed = time.monotonic() - begun
    count = len(taken)
    if not count:
        raise RuntimeError(f"{who.name} answered nothing")
    return Outcome(
        count=count,
        per_second=count / elapsed,
        processor=1000 * (who.used() - before) / count,
        database=1000 * (_database_time(server) - stored_by) / count,
        p99=1000 * statistics.quantiles(taken, n=100)[98],
    )


def _database_time(server: Postgres) -> float:
    assert server.process is not None
    top = psutil.Process(server.process.pid)
    return sum(sum(one.cpu_times()[:2]) for one in [top, *top.children(recursive=True)])


def show(name: str, what: str, rounds: list[Outcome]) -> None:
    """A line of the table: medians."""
    middle = {
        field: statistics.median(getattr(one, field) for one in rounds)
        for field in Outcome.__struct_fields__
    }
    print(
        f"| {name} | {what} | {middle['per_second']:,.0f}/s | {middle['processor']:.2f} ms"
        f" | {middle['database']:.2f} ms | {middle['p99']:.0f} ms |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--bugsink", type=Path)
    given = parser.parse_args()
    cores = os.cpu_count() or 1
    # Whoever sends and PostgreSQL, which is started from here, leave the first core alone.
    psutil.Process().cpu_affinity(list(range(1, cores)) or [0])
    server = Postgres()
    server.start()
    with tempfile.TemporaryDirectory() as folder, database(server) as url:
        _contest(given, server, url, Path(folder))
    server.close()


def _contest(given: argparse.Namespace, server: Postgres, url: str, folder: Path) -> None:
    contestants: list[Contestant] = [Ours(url, folder / "ours")]
    if given.bugsink:
        contestants.append(Bugsink(given.bugsink.absolute(), folder / "bugsink"))
    errors: dict[str, list[Outcome]] = {one.name: [] for one in contestants}
    answered = dict.fromkeys(errors, 0)
    beacons = []
    try:
        for _ in range(given.rounds):
            for one in contestants:
                ours = isinstance(one, Ours)
                count = int((3000 if ours else 200) * given.seconds)
                sent = [envelope(one.errors, number) for number in range(count)]  # type: ignore[attr-defined]
                outcome = measure(one, sent, given.seconds, CONNECTIONS if ours else 2, server)
                errors[one.name].append(outcome)
                answered[one.name] += outcome.count
                if one.stored() != answered[one.name]:
                    raise RuntimeError(f"{one.name} has not stored what it answered")
                if ours:
                    sent = [
                        beacon(one.beacons, number) for number in range(int(9000 * given.seconds))
                    ]  # type: ignore[attr-defined]
                    beacons.append(measure(one, sent, given.seconds, CONNECTIONS, server))
    finally:
        for one in contestants:
            one.close()
    print("| who | what | stored | its processor time | PostgreSQL's | 99 % within |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, rounds in errors.items():
        show(name, f"errors, {answered[name]:,} stored", rounds)
    show("Genesis", "beacons", beacons)
    ours_rate = [one.per_second for one in errors["Genesis"]]
    aims = [
        Goal("error events a second", 1500, ours_rate),
        Goal("beacons a second", 5000, [one.per_second for one in beacons]),
    ]
    if given.bugsink:
        pairs = zip(ours_rate, errors["Bugsink"], strict=True)
        aims.append(Goal("times Bugsink", 10, [mine / other.per_second for mine, other in pairs]))
    of_a_core = (("error events", 1500, errors["Genesis"]), ("beacons", 5000, beacons))
    for what, wanted, rounds in of_a_core:
        worth = [1000 / one.processor for one in rounds]
        aims.append(Goal(f"{what} per second of processor time", wanted, worth))
    print()
    print(goals(aims))


if __name__ == "__main__":
    main()
