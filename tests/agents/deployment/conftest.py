"""A real Caddy, a home of its own, and tiny apps that misbehave on request."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest

from agents.deployment import agent, cli, fleet, servers, state
from agents.deployment.health import Limits
from bus.archive import pack
from bus.memory import MemoryArtifacts
from bus.settings import Settings
from contracts.messages import DeploymentRollback, DeploymentRun
from tests.support.context import context
from tests.support.processes import BIN, answers, end, free_port, wait_until

SERVER = """
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
const { build, app, mood } = JSON.parse(readFileSync(new URL('build.json', import.meta.url)));
if (mood === 'dies') { console.error('boom: cannot find my feet'); process.exit(3); }
if (mood === 'leaks') { console.error('url is ' + process.env.DATABASE_URL); process.exit(3); }
const html = readFileSync(new URL('public/index.html', import.meta.url));
const health = {
  ok: mood !== 'sick',
  build: mood === 'impostor' ? 'other' : build,
  database: mood === 'lost' ? 'unreachable' : 'ok',
};
const server = http.createServer((request, response) => {
  if (request.url === '/api/health') {
    const body = JSON.stringify(health);
    response.writeHead(mood === 'broken' ? 500 : 200, {
      'content-type': 'application/json', 'content-length': body.length,
    });
    response.end(body);
  } else if (request.url === '/slow') {
    const body = JSON.stringify({ build });
    setTimeout(() => {
      response.writeHead(200, { 'content-length': body.length });
      response.end(body);
    }, 1500);
  } else if (request.url === '/upload') {
    const hash = createHash('sha256');
    request.on('data', (piece) => hash.update(piece));
    request.on('end', () => {
      const body = JSON.stringify({ build, sha256: hash.digest('hex') });
      response.writeHead(200, { 'content-length': body.length });
      response.end(body);
    });
  } else if (request.url === '/env') {
    response.end(JSON.stringify(process.env));
  } else {
    response.writeHead(200, { 'content-type': mood === 'bare' ? 'text/plain' : 'text/html' });
    response.end(html);
  }
});
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
"""


PAGE = "<!doctype html><html><body>hello</body></html>"


def bundle(app: str, build: str, mood: str = "good", page: str = PAGE) -> bytes:
    """An app's bundle; `mood` is how its server misbehaves."""
    return pack(
        {
            "server.mjs": SERVER.encode(),
            "build.json": json.dumps({"app": app, "build": build, "mood": mood}).encode(),
            "public/index.html": page.encode(),
        }
    )


class Caddy:
    """One Caddy with nothing but its admin endpoint."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.config = folder / "caddy.json"
        self.config.write_text(json.dumps({"admin": {"listen": f"127.0.0.1:{self.port}"}}))
        self.start()

    def start(self) -> None:
        env = {**os.environ, "XDG_CONFIG_HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)}
        with (self.folder / "caddy.log").open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "caddy", "run", "--config", self.config],
                env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(lambda: answers(self.port), "Caddy is ready")

    def kill(self) -> None:
        end(self.process, signal.SIGKILL)


@pytest.fixture(scope="session")
def caddy(tmp_path_factory):
    server = Caddy(tmp_path_factory.mktemp("caddy"))
    yield server
    server.kill()


class World:
    """A home with its apps; `app` is the one that tests use."""

    environment = "staging"

    def __init__(self, home: Path, caddy_url: str) -> None:
        self.home = home
        self.caddy_url = caddy_url
        self.app = f"d{uuid.uuid4().hex[:8]}"
        self.artifacts = MemoryArtifacts()
        self.settings = Settings(
            genesis_home=home, caddy_admin_url=caddy_url, watch_seconds_local=0.2
        )

    async def deploy(self, pipeline, build, mood="good", *, at_step=None, **more):
        app = more.pop("app", self.app)
        content = more.pop("content", None) or bundle(app, build, mood)
        command = DeploymentRun(
            pipeline=pipeline, timeout=60, app=app, environment=self.environment,
            platform="local", build_id=build,
            bundle=await self.artifacts.put(content), **more,
        )  # fmt: skip
        return await agent.run(command, self._context(pipeline, at_step))

    async def rollback(self, pipeline, *, at_step=None, **more):
        command = DeploymentRollback(
            pipeline=pipeline, timeout=60, app=self.app, environment=self.environment,
            **{"platform": "local", **more},
        )  # fmt: skip
        return await agent.rollback(command, self._context(pipeline, at_step))

    def _context(self, pipeline, at_step):
        return context(
            "deployment", pipeline, self.settings, artifacts=self.artifacts, at_step=at_step
        )

    @property
    def state(self) -> state.AppState:
        return state.load(self.home, self.app, self.environment)

    def live(self):
        found = cli.live(self.home, self.app, self.environment)
        return found.live if found else None

    async def answering(self) -> str | None:
        """The build that answers in front; None when nothing listens there."""
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                answer = await http.get(f"http://127.0.0.1:{self.state.port}/api/health")
            except httpx.TransportError:
                return None
        return answer.json()["build"]

    def serving(self) -> list[str]:
        """The releases that have a process, as often as they have one."""
        return sorted(process.release_folder.name for process in servers.running(self.home))


@pytest.fixture
def quick(monkeypatch):
    """Less patience than in production."""
    original = fleet.Fleet.__init__

    def init(self, settings, limits=None):
        original(self, settings, limits or Limits(deadline=2.0, request=2.0))

    monkeypatch.setattr(fleet.Fleet, "__init__", init)


@pytest.fixture
def world(tmp_path, caddy, quick):
    made = World(tmp_path, caddy.url)
    yield made
    cli.stop_all(tmp_path)
    assert made.serving() == []
