"""`python -m tests.bench.apps [--rounds 3]`: how long an app takes to make and to check, and how
fast it serves beside a server written by hand with the same queries.

On a PostgreSQL and with caches of its own, filled by other apps before anything is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import psutil

from agents.build import places, toolchain
from agents.build.generator import generate
from agents.build.verify import NAMES, Plan, verify
from contracts.model import AppModel
from tests.bench import table
from tests.bench.table import Goal
from tests.support.builder import model
from tests.support.postgres import Postgres
from tests.support.processes import answers, end, free_port, wait_until
from tests.support.served_app import ServedApp, served
from tests.support.try_app import CACHE

HERE = Path(__file__).parent / "handwritten"
MIB = 1024 * 1024
RECORDS = 200
CONNECTIONS, SECONDS = 20, 5


def model_of(entities: int, app: int = 0) -> AppModel:
    """The recipe box, repeated until it has so many entities, by other names in each app."""
    base = model("recipes")
    made, linked = [], []
    for number in range(app * 100, app * 100 + entities // 2):
        for entity in base.entities:
            names = {"key": f"{entity.key}_{number}", "plural": f"{entity.plural}_{number}"}
            titles = {
                "title": f"{entity.title} {number}",
                "title_plural": f"{entity.title_plural} {number}",
            }
            made.append(msgspec.structs.replace(entity, **names, **titles))
        linked += [
            msgspec.structs.replace(
                each, source=f"{each.source}_{number}", target=f"{each.target}_{number}"
            )
            for each in base.relations
        ]
    return msgspec.structs.replace(base, entities=tuple(made), relations=tuple(linked), pages=())


def generating(app: AppModel) -> float:
    """Milliseconds from the model to the files."""
    begun = time.perf_counter()
    generate(app)
    return (time.perf_counter() - begun) * 1_000


async def verifying(app: AppModel, admin: str) -> tuple[float, str]:
    """Seconds from an empty folder to an app that passed its checks, and what took how long."""
    tools = await toolchain.find()
    async with places.place(CACHE / "bench", "bench") as folder:
        begun = time.perf_counter()
        files = generate(app)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        scripts = json.loads(files["package.json"])["scripts"]
        plan = Plan(
            folder=folder, toolchain=tools, cache=CACHE, admin_dsn=admin, pipeline="bench",
            scripts={key: scripts[key] for key in NAMES}, ours=True,
        )  # fmt: skip
        done = await verify(plan, _silent)
        took = time.perf_counter() - begun
    assert done.ok, [check for check in done.checks if not check.ok]
    return took, ", ".join(f"{check.name} {check.seconds:.1f}" for check in done.checks)


async def _silent(_step: str, _percent: float, _lines: object) -> None: ...


@contextmanager
def started(
    argv: list[str | Path], env: dict[str, str], cwd: Path
) -> Iterator[tuple[psutil.Process, str, float]]:
    """A server: its process, its address, and milliseconds until it answered."""
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        argv, env={**env, "PORT": str(port)}, cwd=cwd, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(port), "the server answers")
        yield (
            psutil.Process(process.pid),
            f"http://127.0.0.1:{port}",
            (time.perf_counter() - begun) * 1_000,
        )
    finally:
        end(process, signal.SIGTERM)


def load(node: Path, url: str, cookie: str) -> float:
    done = subprocess.run(
        [node, HERE / "load.mjs", url, cookie, str(CONNECTIONS), str(SECONDS)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(json.loads(done.stdout)["rate"])


def serving(app: ServedApp, node: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Cold start, memory and requests a second of both servers, round by round."""
    cookie = filled(app)
    handwritten = app.folder / "dist" / "handwritten.mjs"
    subprocess.run(
        [
            node, "node_modules/.bin/esbuild", HERE / "app.ts", "--bundle", "--platform=node",
            "--format=esm", "--target=node20", f"--outfile={handwritten}", "--log-level=warning",
        ],
        cwd=app.folder, check=True,
        env={**os.environ, "NODE_PATH": str(app.folder / "node_modules")},
    )  # fmt: skip
    env = {**os.environ, "DATABASE_URL": app.database.app, "COOKIE": cookie.split("=")[0]}
    seen: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        for who, file in (
            ("generated", app.folder / "dist" / "server.mjs"),
            ("by hand", handwritten),
        ):
            with started([node, file], env, app.folder) as (process, url, cold):
                load(node, f"{url}/api/recipes", cookie)
                idle = process.memory_info().rss / MIB
                rate = load(node, f"{url}/api/recipes", cookie)
            for what, value in (("start ms", cold), ("MiB", idle), ("requests/s", rate)):
                seen.setdefault(who, {}).setdefault(what, []).append(value)
    return seen


def filled(app: ServedApp) -> str:
    """Makes records, and gives the cookie of their owner."""
    with app.member() as client:
        category = client.get("/api/categories").json()["items"][0]["id"]
        for number in range(RECORDS):
            values = {"title": f"Dish {number}", "instructions": "Stir.", "category_id": category}
            assert client.post("/api/recipes", json=values).status_code == httpx.codes.CREATED
        name, value = next(iter(client.cookies.items()))
    return f"{name}={value}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    server = Postgres()
    server.start()
    try:
        small = model_of(10)
        generating(small)
        goals = [
            Goal(
                "model of 10 entities to files, ms",
                300,
                [generating(small) for _ in range(rounds)],
                at_most=True,
            )
        ]
        asyncio.run(verifying(small, server.url()))
        for entities, wanted in ((10, 6.0), (30, 15.0)):
            apps = [model_of(entities, app) for app in range(1, rounds + 1)]
            took = [asyncio.run(verifying(app, server.url())) for app in apps]
            goals.append(
                Goal(
                    f"{entities} entities, fresh folder to verified, s",
                    wanted,
                    [each for each, _ in took],
                    at_most=True,
                )
            )
            print(f"{entities} entities: {took[-1][1]}")
        print(table.goals(goals))
        node = asyncio.run(toolchain.find()).node
        with served(model("recipes"), server.url()) as app:
            for who, values in serving(app, node, rounds).items():
                print(
                    who,
                    ", ".join(
                        f"{what} {statistics.median(each):.0f}" for what, each in values.items()
                    ),
                )
    finally:
        server.close()


if __name__ == "__main__":
    main()
