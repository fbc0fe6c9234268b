"""Who takes a folder to Vercel in tests.bench.uploads: ours, one tgz, the official client."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from agents.deployment.port import Shipment
from agents.deployment.vercel.platform import Vercel
from bus.node import find_node
from bus.settings import Secret, Settings, load
from tests.support.vercel_server import TOKEN

TGZ, OURS, CLI, CLI_TGZ = "tgz (one file)", "ours", "vercel", "vercel --archive=tgz"
OUTPUT = ".vercel/output"
STATIC = f"{OUTPUT}/static"
AUTH = {"authorization": f"Bearer {TOKEN}"}
PATIENCE = 300
"""Seconds after which the client is stopped: with 10,000 files it can take longer."""


def ways(folder: Path, place: Path, clis: Path | None) -> dict[str, Callable[[str], float]]:
    (folder / OUTPUT / "config.json").write_text('{"version":3}')
    found: dict[str, Callable[[str], float]] = {
        TGZ: lambda url: packed(url, folder),
        OURS: lambda url: ours(url, folder, place)[0],
        "ours, nothing changed": lambda url: ours(url, folder, place)[1],
    }
    if clis:
        found[CLI] = lambda url: official(url, folder, clis)
        found[CLI_TGZ] = lambda url: official(url, folder, clis, "--archive=tgz")
    return found


def packed(url: str, folder: Path) -> float:
    """As the client does it with `--archive=tgz`: one file, and a deployment of that."""
    with httpx.Client(base_url=url, headers=AUTH, timeout=120) as client:
        client.post("/v11/projects", json={"name": "bench"}).raise_for_status()
        began = time.perf_counter()
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
            archive.add(folder / OUTPUT, OUTPUT)
        content = buffer.getvalue()
        sha = hashlib.sha1(content).hexdigest()
        sent = client.post("/v2/files", content=content, headers={"x-vercel-digest": sha})
        sent.raise_for_status()
        one = {"file": ".vercel/source.tgz.part1", "sha": sha, "size": len(content)}
        body = {"name": "bench", "project": "bench", "files": [one], "target": "production"}
        made = client.post("/v13/deployments", params={"prebuilt": "1"}, json=body)
        release = made.raise_for_status().json()["id"]
        while client.get(f"/v13/deployments/{release}").json()["readyState"] != "READY":
            time.sleep(0.05)
        return time.perf_counter() - began


def ours(url: str, folder: Path, place: Path) -> tuple[float, float]:
    async def silent(_step: str, _percent: float) -> None:
        pass

    async def deploy() -> list[float]:
        settings = Settings(
            genesis_home=place / "home", vercel_token=Secret(TOKEN), vercel_api_url=url
        )
        platform, took = Vercel(settings), []
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


def official(url: str, folder: Path, clis: Path, *more: str) -> float:
    """The client's time; PATIENCE when it had to be stopped."""
    # What an earlier run, against another emulator, has remembered.
    (folder / ".vercel" / "project.json").unlink(missing_ok=True)
    node = find_node(load())
    program = clis / "node_modules" / "vercel" / "dist" / "vc.js"
    arguments = ("deploy", "--prebuilt", "--prod", "--yes", "--token", TOKEN, "--api", url, *more)
    with tempfile.TemporaryDirectory() as home:
        env = {
            "PATH": f"{node.parent}:{os.environ['PATH']}", "HOME": home, "CI": "1",
            "VERCEL_TELEMETRY_DISABLED": "1",
        }  # fmt: skip
        began = time.perf_counter()
        try:
            done = subprocess.run(
                [node, program, *arguments], cwd=folder, env=env, capture_output=True,
                check=False, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return PATIENCE
        took = time.perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    return took
