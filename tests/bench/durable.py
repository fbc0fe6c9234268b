"""The same six steps in DBOS: `python -m tests.bench.durable <PostgreSQL URL>`, as a process.

Says "ready", then measures once for each line "<in flight> <seconds>" that it reads and prints
an `Outcome` as JSON.
"""

from __future__ import annotations

import sys
import threading
import time

import msgspec
from dbos import DBOS

from tests.bench.driver import IDEA, WARM_UP, Outcome, outcome
from tests.bench.noops import ARTIFACT

POOL = 70
"""Database connections, so that none of 64 workflows waits for one."""


@DBOS.step()
def scout(idea: str) -> dict[str, str]:
    return {"report": ARTIFACT.sha256}


@DBOS.step()
def plan(report: str) -> dict[str, str]:
    return {"plan": report}


@DBOS.step()
def build(plan: str) -> dict[str, str]:
    return {"bundle": plan}


@DBOS.step()
def migration(bundle: str) -> dict[str, str]:
    return {"database": "nothing"}


@DBOS.step()
def deployment(bundle: str) -> dict[str, str]:
    return {"url": "http://127.0.0.1/"}


@DBOS.step()
def monitoring(url: str) -> dict[str, str]:
    return {"monitor": "nothing"}


@DBOS.workflow()
def pipeline(idea: str) -> str:
    bundle = build(plan(scout(idea)["report"])["plan"])["bundle"]
    migration(bundle)
    url = deployment(bundle)["url"]
    monitoring(url)
    return url


def measure(in_flight: int, seconds: float) -> Outcome:
    """As many threads as pipelines in flight, each doing one after the other.

    Takes longer when fewer ended than were in flight.
    """
    took: list[float] = []
    begin = time.perf_counter() + WARM_UP
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            began = time.perf_counter()
            pipeline(IDEA)
            if (now := time.perf_counter()) >= begin:
                took.append(now - began)

    threads = [threading.Thread(target=work) for _ in range(in_flight)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP + seconds)
    while len(took) < in_flight:
        time.sleep(0.05)
    counted, lasted = list(took), time.perf_counter() - begin
    stop.set()
    for thread in threads:
        thread.join()
    return outcome(counted, lasted)


def main(url: str) -> None:
    DBOS(
        config={
            "name": "bench", "system_database_url": url, "sys_db_pool_size": POOL,
            "log_level": "ERROR", "run_admin_server": False,
        }
    )  # fmt: skip
    DBOS.launch()
    pipeline(IDEA)
    print("ready", flush=True)
    for line in sys.stdin:
        in_flight, seconds = line.split()
        result = measure(int(in_flight), float(seconds))
        print(msgspec.json.encode(result).decode(), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    main(sys.argv[1])
