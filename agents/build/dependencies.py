"""`node_modules` from a cache that all builds share: filled once per lock file, then linked.

A cached folder is only ever put in place whole, by renaming, and by one process at a time: a
killed one leaves a temporary folder that the next removes, and the lock goes with the process.

Errors:
    AgentError `no_lockfile`            package-lock.json is missing or unreadable
    AgentError `registry_unreachable`   npm cannot reach its registry, nothing is cached; retryable
    AgentError `install_failed`         npm refused; the message is what it printed
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import threading
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from agents.build import processes
from agents.build.toolchain import Toolchain
from agents.work import AgentError

TIMEOUT = 600.0
_UNREACHABLE = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH"
    r"|ERR_SOCKET_TIMEOUT|network (?:request|timeout)|CERT_|certificate"
)
_DEPENDENCIES = (
    "dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "overrides",
)  # fmt: skip


class Installed(Struct, frozen=True, kw_only=True):
    """`cached` says that npm was not needed; `summary` is what it printed when it was."""

    cached: bool
    summary: str


async def install(folder: Path, toolchain: Toolchain, cache: Path) -> Installed:
    """Put `node_modules` into an app's folder."""
    package, lock = _read(folder, "package.json"), _read(folder, "package-lock.json")
    if any(entry.get("link") for entry in lock.get("packages", {}).values()):
        # Workspaces point into the folder itself: there is nothing to share.
        return Installed(cached=False, summary=await _npm_ci(folder, toolchain, cache))
    place = cache / "node" / key(package, lock, toolchain.version[0])
    summary = ""
    if not place.exists():
        async with _locked(place.with_suffix(".lock")):
            if not place.exists():
                summary = await _fill(folder, place, toolchain, cache)
    await link_tree(place / "node_modules", folder / "node_modules")
    _lend_npm(folder / "node_modules" / ".bin" / "npm", toolchain)
    return Installed(cached=not summary, summary=summary or "from the cache")


def _lend_npm(place: Path, toolchain: Toolchain) -> None:
    """Let scripts that call npm find it: the wheel that brings Node has none that runs."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        command = shlex.join((str(toolchain.node), str(toolchain.npm)))
        place.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        place.chmod(0o755)


def key(package: dict[str, Any], lock: dict[str, Any], major: int) -> str:
    """What decides the content of `node_modules`; an app's own name does not."""
    packages = dict(lock.get("packages", {}))
    packages[""] = {name: packages.get("", {}).get(name) for name in _DEPENDENCIES}
    wanted = {name: package.get(name) for name in _DEPENDENCIES}
    system = [major, platform.system(), platform.machine(), platform.libc_ver()[0]]
    text = json.dumps([packages, wanted, system], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads((folder / name).read_bytes())
    except (OSError, ValueError) as error:
        raise AgentError(
            "no_lockfile", f"{name} cannot be read: {error}. Nothing was installed.",
            hint="run `npm install` in the app's folder and keep package-lock.json",
        ) from None  # fmt: skip
    if not isinstance(content, dict):
        raise AgentError("no_lockfile", f"{name} is no JSON object. Nothing was installed.")
    return content


async def _fill(folder: Path, place: Path, toolchain: Toolchain, cache: Path) -> str:
    for left in place.parent.glob(f".{place.name}-*"):
        await asyncio.to_thread(shutil.rmtree, left, True)
    made = place.parent / f".{place.name}-{uuid.uuid4().hex}"
    made.mkdir()
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(folder / name, made / name)
        summary = await _npm_ci(made, toolchain, cache)
        (made / "node_modules").mkdir(exist_ok=True)
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return summary


async def _npm_ci(folder: Path, toolchain: Toolchain, cache: Path) -> str:
    done = await processes.run(
        [
            toolchain.node, toolchain.npm, "ci", "--prefer-offline", "--no-audit", "--no-fund",
            "--ignore-scripts", "--no-update-notifier", "--loglevel=warn", "--fetch-retries=2",
            "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000",
            "--fetch-timeout=60000", f"--cache={cache / 'npm'}",
        ],
        cwd=folder, env=toolchain.env(), seconds=TIMEOUT, mebibytes=toolchain.memory,
    )  # fmt: skip
    if done.ok:
        return processes.last_lines(done.output, 1)
    # It says first what is wrong, and then at length how it is called.
    printed = processes.telling_lines(done.output)
    if done.why and done.seconds < TIMEOUT:
        raise AgentError(
            "install_failed", f"npm could not install the packages: {done.why}. Nothing was built.",
            hint="raise BUILD_MEMORY (MiB) and try again",
        )  # fmt: skip
    if done.code is None or _UNREACHABLE.search(done.output):
        raise AgentError(
            "registry_unreachable",
            f"npm cannot reach its registry, and these packages are not in the cache yet."
            f" Nothing was built. npm said:\n{printed}",
            hint="connect to the network, or name a reachable registry in ~/.npmrc, and try again",
            retryable=True,
        )
    raise AgentError(
        "install_failed", f"npm could not install the packages. npm said:\n{printed}",
        hint="run `npm ci` in the app's folder to see the same",
    )  # fmt: skip


@contextlib.asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold the file's lock; the system gives it up when this process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.1)
        yield


async def link_tree(source: Path, target: Path) -> None:
    """Hard links to every file below a folder; copies where the file system has none.

    Cancelled, it stops between two files, so that the folder can be removed at once.
    """
    stop = threading.Event()
    work = asyncio.create_task(asyncio.to_thread(_link_tree, source, target, stop))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        await work
        raise


def _link_tree(source: Path, target: Path, stop: threading.Event) -> None:
    target.mkdir(parents=True, exist_ok=True)
    linking = True
    for entry in os.scandir(source):
        if stop.is_set():
            return
        place = target / entry.name
        if entry.is_symlink():
            place.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            _link_tree(Path(entry.path), place, stop)
        elif linking:
            try:
                os.link(entry.path, place)
            except OSError:
                linking = False
                shutil.copy2(entry.path, place)
        else:
            shutil.copy2(entry.path, place)
