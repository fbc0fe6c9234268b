"""What is live on this machine, and what runs for it: one file per app and environment.

The file is the truth. Everything else (servers, the upstream that Caddy reads, Caddy's own
configuration) is made to follow it, by the run that changed it or by the reconciler.

    <genesis_home>/apps/<app>/<environment>/, for a preview <environment>+<branch>/
        state.json   this
        book.json    what each pipeline did (agents.deployment.records)
        lock         held by whoever changes anything here
        releases/<release>/   server.mjs, public/, build.json
        logs/<release>.log
    <genesis_home>/apps/.ports/<port>   `host:port` of the live server that Caddy asks

Errors:
    Retry                        somebody else holds the lock
    AgentError `damaged_state`   state.json cannot be read; names the file
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from agents.work import AgentError
from bus.errors import Retry

LOCK_POLL = 0.05
LOCK_WAIT = 20.0
"""Seconds between looks at a lock that is held, and until a run gives way."""


_PREVIEW = "+"


class Release(Struct, frozen=True):
    """An unpacked build. `at` is when, in seconds since 1970; `previous` was live before it."""

    release: str
    build: str
    pipeline: str
    at: float
    previous: str | None = None


class Server(Struct, frozen=True):
    """A process that serves a release, or the intent to start one (`pid` None).

    `created` is the process's start in seconds since 1970: a pid alone may be somebody else's.
    """

    release: str
    port: int
    pid: int | None = None
    created: float | None = None


class Deed(Struct, frozen=True):
    """What a pipeline did; `previous` was live before it, None for nothing.

    begun → live → leaving → withdrawn; a pipeline that is leaving or withdrawn may not go live
    any more. A preview is `shown` instead of live. `undone` is what was taken back, and `why` the
    reason when it was not asked for.
    """

    release: str | None
    previous: str | None
    stage: Literal["begun", "shown", "live", "leaving", "withdrawn"]
    undone: tuple[str, ...] = ()
    why: str = ""


class AppState(Struct, frozen=True, kw_only=True):
    """One app in one environment.

    `port` is where Caddy listens for it, 0 before it was chosen. `live` is a release, since
    `since` (seconds since 1970). `servers` are by release; only the live one's is to stay.
    `deeds` are read where there is no book (agents.deployment.records) yet.
    """

    app: str
    environment: str
    port: int = 0
    live: str | None = None
    since: float = 0.0
    servers: dict[str, Server] = {}
    releases: dict[str, Release] = {}
    deeds: dict[str, Deed] = {}


def apps_folder(home: Path) -> Path:
    """Where all apps of this platform live."""
    return home / "apps"


def folder(home: Path, app: str, environment: str) -> Path:
    """Where one app in one environment lives."""
    return apps_folder(home) / app / environment


def preview(environment: str, branch: str) -> str:
    """The environment, as it were, in which a branch's preview is kept."""
    return f"{environment}{_PREVIEW}{branch}"


def of_preview(environment: str) -> tuple[str, str]:
    """The environment that a preview is of, and its branch; "" for what is no preview."""
    name, _, branch = environment.partition(_PREVIEW)
    return name, branch


def previews(home: Path, app: str, environment: str) -> list[str]:
    """The environments in which previews of an app are kept, by name."""
    folders = sorted((apps_folder(home) / app).glob(f"{environment}{_PREVIEW}*/state.json"))
    return [path.parent.name for path in folders]


def load(home: Path, app: str, environment: str) -> AppState:
    """The state, empty when there is none yet."""
    path = folder(home, app, environment) / "state.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return AppState(app=app, environment=environment)
    try:
        return msgspec.json.decode(content, type=AppState)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AgentError(
            "damaged_state",
            f"{path} cannot be read ({error}); nothing was changed",
            hint=f"restore {path} from a backup, or move it away to start anew",
        ) from None


def known(home: Path) -> list[tuple[str, str]]:
    """Every app and environment that has a state, readable or not, by name."""
    files = sorted(apps_folder(home).glob("*/*/state.json"))
    return [(path.parent.parent.name, path.parent.name) for path in files]


def load_all(home: Path) -> tuple[list[AppState], list[AgentError]]:
    """The states of all apps by name, and what is wrong with those that cannot be read."""
    states, problems = [], []
    for app, environment in known(home):
        try:
            states.append(load(home, app, environment))
        except AgentError as error:
            problems.append(error)
    return states, problems


def save(home: Path, state: AppState) -> None:
    """Replace the state as a whole, or not at all; it is on the disk when this returns."""
    content = msgspec.json.format(msgspec.json.encode(state), indent=1)
    write(folder(home, state.app, state.environment) / "state.json", content)


def write(path: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old content or the new, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a crash."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@asynccontextmanager
async def locked(path: Path, *, wait: float | None = None) -> AsyncIterator[None]:
    """While the context is open, nobody else on this machine holds the lock file `path`.

    The lock ends with the process that holds it. Raises Retry after `wait` seconds
    (LOCK_WAIT unless given).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = asyncio.get_running_loop().time() + (LOCK_WAIT if wait is None else wait)
    with path.open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if asyncio.get_running_loop().time() >= deadline:
                    raise Retry(f"{path} is held by another run", after=1.0) from None
            await asyncio.sleep(LOCK_POLL)
        yield


def app_lock(home: Path, app: str, environment: str) -> Path:
    """The lock of one app in one environment."""
    return folder(home, app, environment) / "lock"


def caddy_lock(home: Path) -> Path:
    """The lock of what all apps share: Caddy's configuration and the choice of ports."""
    return apps_folder(home) / "caddy.lock"
