"""An app of a model, built, migrated, seeded and served on a free port of 127.0.0.1.

    with served(model("recipes"), postgres.url()) as app:
        httpx.get(app.url)

May be used where a loop already runs, as playwright's synchronous pages do.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from anyio.from_thread import start_blocking_portal
from msgspec import Struct

from agents.build import database as databases
from agents.build import dependencies, toolchain
from agents.build.generator import generate
from agents.build.toolchain import Toolchain
from contracts.model import AppModel
from tests.support.processes import (
    answers,
    end,
    free_port,
    open_folder,
    remove_folder,
    start_on_free_ports,
    wait_until,
)
from tests.support.try_app import CACHE

EMAIL, PASSWORD = "demo@example.com", "demonstration"


class ServedApp(Struct, frozen=True, kw_only=True):
    """`url` ends without a slash; `database` has the DSNs of the tables' owner and of the app.

    The account EMAIL, PASSWORD has the model's seeds.
    """

    url: str
    folder: Path
    database: databases.Temporary
    process: subprocess.Popen[bytes]

    def client(self) -> httpx.Client:
        """A client of its own, signed in as nobody."""
        return httpx.Client(base_url=self.url)

    @contextlib.contextmanager
    def member(self, email: str = EMAIL, password: str = PASSWORD) -> Iterator[httpx.Client]:
        """A client that is logged in."""
        with self.client() as client:
            answer = client.post("/api/auth/login", json={"email": email, "password": password})
            assert answer.status_code == 200, answer.text
            yield client


@contextlib.contextmanager
def served(
    app: AppModel, admin: str, *, env: Mapping[str, str] | None = None, cache: Path = CACHE
) -> Iterator[ServedApp]:
    """`admin` is a superuser's DSN, `env` more of the server's environment."""
    with contextlib.ExitStack() as stack:
        folder = open_folder("genesis-test-served-")
        stack.callback(remove_folder, folder)
        portal = stack.enter_context(start_blocking_portal())
        tools = portal.call(toolchain.find, "")
        write(folder, app)
        portal.call(dependencies.install, folder, tools, cache)
        name = f"served{os.getpid()}{secrets.token_hex(4)}"
        database = stack.enter_context(
            portal.wrap_async_context_manager(databases.temporary(admin, name))
        )
        files = sorted((folder / "migrations").glob("*.sql"))
        portal.call(databases.apply, database, {file.name: file.read_text() for file in files})
        given = tools.env({"DATABASE_URL": database.app, **(env or {})})
        build(folder, tools, given)
        yield stack.enter_context(_running(folder, tools, given, database))


def write(folder: Path, app: AppModel) -> None:
    """The files that the generator makes of the model."""
    for path, content in generate(app).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def build(folder: Path, tools: Toolchain, env: Mapping[str, str]) -> None:
    """`npm run build`, and the demonstration records."""
    scripts = json.loads((folder / "package.json").read_bytes())["scripts"]
    for words in (*_commands(scripts, "build"), *_commands(scripts, "seed")):
        program = words[0] if words[0] == "node" else f"node_modules/.bin/{words[0]}"
        done = subprocess.run(
            [tools.node, *([] if program == "node" else [program]), *words[1:]], cwd=folder,
            env={**env, "SEED_PASSWORD": PASSWORD}, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"


def _commands(scripts: Mapping[str, str], name: str) -> Iterator[list[str]]:
    """What a script of package.json runs, without npm: the wheel's finds itself only by path."""
    for part in scripts[name].split("&&"):
        words = shlex.split(part)
        if words[:2] == ["npm", "run"]:
            yield from _commands(scripts, words[-1])
        else:
            yield words


@contextlib.contextmanager
def _running(
    folder: Path, tools: Toolchain, env: Mapping[str, str], database: databases.Temporary
) -> Iterator[ServedApp]:
    log = folder / "server.log"
    begun: list[tuple[subprocess.Popen[bytes], int]] = []

    def start() -> str | None:
        port = free_port()
        with log.open("wb") as file:
            process = subprocess.Popen(
                [tools.node, "dist/server.mjs"], cwd=folder, env={**env, "PORT": str(port)},
                stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip
        wait_until(lambda: answers(port) or process.poll() is not None, "the app answers")
        if process.poll() is not None:
            return log.read_text()
        begun.append((process, port))
        return None

    start_on_free_ports(start)
    process, port = begun[-1]
    try:
        yield ServedApp(
            url=f"http://127.0.0.1:{port}", folder=folder, database=database, process=process
        )
    finally:
        end(process, signal.SIGTERM)
