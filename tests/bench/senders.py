"""Who takes a folder to a platform in tests.bench.uploads."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from msgspec import Struct

from agents.deployment.netlify.platform import Netlify
from agents.deployment.port import Remote, Shipment
from agents.deployment.vercel.platform import Vercel
from bus.settings import Secret, Settings
from tests.support import netlify_server, platform_clis, vercel_server
from tests.support.platform_clis import Client

LIMIT = "sha1, then one TCP stream"
ZIP, TGZ = "one zip by hand (Netlify)", "one tgz by hand (Vercel)"
OURS_NETLIFY, OURS_VERCEL = "ours (Netlify)", "ours (Vercel)"
NETLIFY_CLI, VERCEL_CLI = "netlify-cli", "vercel"
OUTPUT = ".vercel/output"
PAUSE = 0.05
"""Seconds between looks at whether an archive is ready."""


class Folder(Struct, frozen=True):
    """A site whose files are where Vercel's client looks for them."""

    place: Path

    @property
    def site(self) -> Path:
        return self.place / "site"

    @property
    def public(self) -> Path:
        return self.site / OUTPUT / "static"

    def files(self) -> list[Path]:
        return sorted(self.public.rglob("*.html"))


class Took(Struct, frozen=True):
    """How long somebody took; `stopped` after so many seconds, without having come to the end."""

    seconds: float
    stopped: bool = False


class Turn(Struct, frozen=True):
    """`send` gets the address of a new emulator, a module, and says how long what took."""

    emulator: str
    send: Callable[[str], dict[str, Took]]


AT_NETLIFY, AT_VERCEL = "tests.support.netlify_server", "tests.support.vercel_server"


def turns(folder: Folder, patience: float) -> Iterator[Turn]:
    """Everybody's, in the order of the table."""
    (folder.site / OUTPUT / "config.json").write_text('{"version":3}')
    yield Turn(AT_NETLIFY, lambda _url: {
        "sha1 of all files": _timed(lambda: _read(folder)), LIMIT: _stream(folder),
    })  # fmt: skip
    yield Turn(AT_NETLIFY, lambda url: {ZIP: _zip(url, folder)})
    yield Turn(AT_VERCEL, lambda url: {TGZ: _tgz(url, folder)})
    yield Turn(AT_NETLIFY, lambda url: _ours(OURS_NETLIFY, _netlify(url, folder), folder.public))
    yield Turn(AT_VERCEL, lambda url: _ours(OURS_VERCEL, _vercel(url, folder), folder.site))
    if modules := platform_clis.given("NETLIFY_CLI"):
        yield Turn(
            AT_NETLIFY, lambda url: {NETLIFY_CLI: _netlify_cli(url, folder, modules, patience)}
        )
    if found := platform_clis.given("VERCEL_CLI"):
        for name, more in ((VERCEL_CLI, ()), (f"{VERCEL_CLI} --archive=tgz", ("--archive=tgz",))):
            yield Turn(AT_VERCEL, lambda url, name=name, more=more: {
                name: _vercel_cli(url, folder, found, patience, *more)
            })  # fmt: skip


# --- The limit ------------------------------------------------------------------------------


def _timed(run: Callable[[], object]) -> Took:
    began = time.perf_counter()
    run()
    return Took(time.perf_counter() - began)


def _read(folder: Folder) -> list[bytes]:
    contents = [path.read_bytes() for path in folder.files()]
    for content in contents:
        hashlib.sha1(content).digest()
    return contents


def _stream(folder: Folder) -> Took:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if (child := os.fork()) == 0:
            accepted, _ = listening.accept()
            while accepted.recv(1 << 16):
                pass
            os._exit(0)
        began = time.perf_counter()
        with socket.create_connection(listening.getsockname()) as sending:
            for content in _read(folder):
                sending.sendall(content)
        os.waitpid(child, 0)
        return Took(time.perf_counter() - began)


# --- One archive, one request ---------------------------------------------------------------


def _zip(url: str, folder: Folder) -> Took:
    token = {"authorization": f"Bearer {netlify_server.TOKEN}"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=token, timeout=120) as client:
        site = client.post("/sites", json={"name": "bench"}).json()["id"]

        def send() -> None:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for path in folder.files():
                    archive.write(path, path.relative_to(folder.public))
            kind = {"content-type": "application/zip"}
            made = client.post(f"/sites/{site}/deploys", content=buffer.getvalue(), headers=kind)
            while client.get(f"/deploys/{made.json()['id']}").json()["state"] != "ready":
                time.sleep(PAUSE)

        return _timed(send)


def _tgz(url: str, folder: Folder) -> Took:
    """As the client does it with `--archive=tgz`: one file, and a deployment of that."""
    token = {"authorization": f"Bearer {vercel_server.TOKEN}"}
    with httpx.Client(base_url=url, headers=token, timeout=120) as client:
        client.post("/v11/projects", json={"name": "bench"}).raise_for_status()

        def send() -> None:
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
                archive.add(folder.site / OUTPUT, OUTPUT)
            content = buffer.getvalue()
            sha = hashlib.sha1(content).hexdigest()
            sent = client.post("/v2/files", content=content, headers={"x-vercel-digest": sha})
            sent.raise_for_status()
            one = {"file": ".vercel/source.tgz.part1", "sha": sha, "size": len(content)}
            body = {"name": "bench", "project": "bench", "files": [one], "target": "production"}
            made = client.post("/v13/deployments", params={"prebuilt": "1"}, json=body)
            release = made.raise_for_status().json()["id"]
            while client.get(f"/v13/deployments/{release}").json()["readyState"] != "READY":
                time.sleep(PAUSE)

        return _timed(send)


# --- Ours -----------------------------------------------------------------------------------


def _netlify(url: str, folder: Folder) -> Remote:
    return Netlify(Settings(
        genesis_home=folder.place / "home", netlify_auth_token=Secret(netlify_server.TOKEN),
        netlify_api_url=f"{url}/api/v1",
    ))  # fmt: skip


def _vercel(url: str, folder: Folder) -> Remote:
    return Vercel(Settings(
        genesis_home=folder.place / "home", vercel_token=Secret(vercel_server.TOKEN),
        vercel_api_url=url,
    ))  # fmt: skip


async def _silent(_step: str, _percent: float) -> None:
    pass


def _ours(name: str, platform: Remote, folder: Path) -> dict[str, Took]:
    """A first deploy, and one of the very same files."""

    async def deploy(pipeline: str, *, changed: bool) -> Took:
        order = Shipment(
            pipeline=pipeline, app="bench", environment="production", build_id="b", folder=folder
        )
        site = await platform.prepare(order)
        began = time.perf_counter()
        staged = await platform.stage(order, site, _silent)
        assert bool(staged.uploaded) is changed
        return Took(time.perf_counter() - began)

    async def both() -> dict[str, Took]:
        first = await deploy("one-1", changed=True)
        return {name: first, f"{name}, nothing changed": await deploy("two-2", changed=False)}

    return asyncio.run(both())


# --- The platforms' own clients -------------------------------------------------------------


def _netlify_cli(url: str, folder: Folder, modules: Path, patience: float) -> Took:
    token = {"authorization": f"Bearer {netlify_server.TOKEN}"}
    httpx.post(f"{url}/api/v1/sites", json={"name": "bench"}, headers=token).raise_for_status()
    with tempfile.TemporaryDirectory() as home:
        client = platform_clis.netlify(modules, url, Path(home))
        words = ("deploy", "--dir", str(folder.public), "--no-build", "--json", "--site", "bench")
        return _official(client, words, Path(home), patience)


def _vercel_cli(url: str, folder: Folder, modules: Path, patience: float, *more: str) -> Took:
    # What an earlier run, against another emulator, has remembered.
    (folder.site / ".vercel" / "project.json").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as home:
        client = platform_clis.vercel(modules, url, Path(home))
        words = ("deploy", "--prebuilt", "--prod", "--yes", *more)
        return _official(client, words, folder.site, patience)


def _official(client: Client, words: tuple[str, ...], folder: Path, patience: float) -> Took:
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            client.words(*words), cwd=folder, env=client.env, stdin=subprocess.DEVNULL,
            stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return Took(patience, stopped=True)
        took = Took(time.perf_counter() - began)
        said.seek(0)
        assert process.returncode == 0, said.read()
    return took
