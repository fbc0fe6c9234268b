"""`genesis dashboard`: it finds the one that runs, or serves one, and its link signs in once."""

from __future__ import annotations

import asyncio
import json
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bus.settings import Secret, Settings, SettingsError
from coordinator.cli import dashboard
from coordinator.cli import session as sessions
from coordinator.web.guard import NAME
from tests.coordinator.cli.conftest import Genesis
from tests.support.processes import free_port
from tests.support.worlds import eventually

SECRET = "what only its home knows"


def settings(tmp_path: Path, port: int, secret: str = SECRET) -> Settings:
    return Settings(
        genesis_home=tmp_path, nats_account="anna", dashboard_listen=f"127.0.0.1:{port}",
        dashboard_secret=Secret(secret),
    )  # fmt: skip


def reached(monkeypatch: pytest.MonkeyPatch, found: Settings) -> None:
    async def reach(*, start: bool) -> Settings:
        assert start
        return found

    monkeypatch.setattr(sessions, "reach", reach)


async def enter(port: int, code: str) -> int:
    """The status that the sign-in page answers to a code."""
    name = f"{NAME}:{port}"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        headers = {"Host": name, "Origin": f"http://{name}"}
        return (await http.post("/sign-in", data={"code": code}, headers=headers)).status_code


async def answers(port: int) -> bool:
    async with httpx.AsyncClient() as http:
        try:
            return (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        except httpx.ConnectError:
            return False


@asynccontextmanager
async def running(found: Settings) -> AsyncIterator[int]:
    """The dashboard process's work, in this process; its port."""
    stop = asyncio.Event()
    port = dashboard.port_of(found)
    task = asyncio.create_task(dashboard._serve(found, stop))
    await eventually(lambda: answers(port))
    yield port
    stop.set()
    await task


async def test_a_link_signs_in_once(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings(tmp_path, free_port())
    reached(monkeypatch, found)
    async with running(found) as port:
        done = await genesis("dashboard", "--no-open")
        link = done.out.strip()
        assert done.code == 0
        assert link.startswith(f"http://{NAME}:{port}/sign-in#code=")
        code = link.partition("#code=")[2]
        assert await enter(port, code) == 303
        assert await enter(port, code) == 403


async def test_machines_get_the_link_and_until_when_it_is_good(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings(tmp_path, free_port())
    reached(monkeypatch, found)
    async with running(found) as port:
        (said,) = (await genesis("dashboard", "--json")).events
        assert said["link"] == f"{said['url']}/sign-in#code={said['code']}"
        assert said["person"] == "anna"
        assert await enter(port, said["code"]) == 303


@pytest.mark.parametrize("opens", [True, False])
async def test_the_browser_is_opened_where_there_is_one(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opens: bool
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda link: opened.append(link) or opens)
    found = settings(tmp_path, free_port())
    reached(monkeypatch, found)
    async with running(found) as port:
        done = await genesis("dashboard")
        assert await enter(port, opened[0].partition("#code=")[2]) == 303
    assert ("code=" in done.out) is not opens


async def test_a_dashboard_that_does_not_answer_is_said_with_what_to_do(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "PATIENCE", 0.1)
    reached(monkeypatch, settings(tmp_path, free_port()))
    done = await genesis("dashboard", "--no-open")
    assert done.code == 1
    assert not done.out
    assert "does not answer" in done.err
    assert "genesis logs --service dashboard" in done.err


async def test_without_a_stack_the_command_serves_it_itself_until_it_is_interrupted(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    port = free_port()
    reached(monkeypatch, settings(tmp_path, port, secret=""))
    said: list[str] = []

    async def shown() -> bool:
        said.append(capsys.readouterr().out)
        return "}" in "".join(said)

    serving = asyncio.create_task(dashboard.dashboard(json=True))
    await eventually(shown)
    assert await enter(port, json.loads("".join(said))["code"]) == 303
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    assert not await answers(port)


async def test_a_port_that_somebody_else_has_is_said(
    genesis: Genesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reached(monkeypatch, settings(tmp_path, port, secret=""))
    done = await genesis("dashboard", "--no-open")
    server.close()
    assert done.code == 1
    assert f"port {port}" in done.err


@pytest.mark.parametrize("listen", ["0.0.0.0:14227", "14227", "", "example.com:80", "127.0.0.1:"])
def test_it_listens_on_this_machine_only(tmp_path: Path, listen: str) -> None:
    with pytest.raises(SettingsError, match="this machine"):
        dashboard.port_of(Settings(genesis_home=tmp_path, dashboard_listen=listen))
