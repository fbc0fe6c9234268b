"""The agent's own process: it takes signals, shares a machine with others, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bus.install import install
from tests.support.databases import fetch
from tests.support.errors import event, send
from tests.support.processes import free_port, wait_until
from tests.support.worlds import settings_for

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def start(sending, nats_server, tmp_path):
    """Starts the monitoring agent; gives its process and where it logs."""
    broker = settings_for(nats_server)
    await install(broker)
    started = []

    def begin(name, **environment):
        log = tmp_path / name
        with log.open("wb") as stderr:
            process = _begun(stderr, environment)
        started.append(process)
        return process, log

    def _begun(stderr, environment):
        return subprocess.Popen(
            [sys.executable, "-m", "agents", "monitoring"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path.cwd()),
                "GENESIS_HOME": str(tmp_path / "home"),
                "NATS_URL": broker.nats_url,
                "NATS_MONITOR_URL": broker.nats_monitor_url,
                "DATABASE_URL": sending.url,
                "MONITOR_SECRET": "s3cret",
                "MONITOR_LISTEN": sending.settings.monitor_listen,
                **environment,
            },
            stderr=stderr,
        )

    yield begin
    for process in started:
        process.kill()
        process.wait(20)


def said(log, words):
    wait_until(lambda: words in log.read_text(), f"the agent says {words!r}")


async def test_it_takes_signals_until_it_is_told_to_end(sending, start):
    process, log = start("first")
    said(log, '"signals are taken"')
    said(log, "agent ready")
    second, other = start("second")
    said(other, "no signals are taken here yet")
    said(other, "agent ready")
    assert (await send(sending, ("event", event()))).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert "Traceback" not in log.read_text()
    # Another replica on the same machine takes its place.
    said(other, '"signals are taken"')
    assert (await send(sending, ("event", event()))).status_code == 200
    assert second.poll() is None
    assert await fetch(sending.url, "select events from monitoring.error_groups") == [(2,)]


async def test_what_it_takes_and_refuses_is_counted(sending, start):
    port = free_port()
    _, log = start("counted", METRICS_LISTEN=f"127.0.0.1:{port}")
    said(log, '"signals are taken"')
    for _ in range(2):
        assert (await send(sending, ("event", event()))).status_code == 200
    async with httpx.AsyncClient() as http:
        ingest = f"http://{sending.settings.monitor_listen}"
        for path in ("/one", "/another"):
            assert (await http.get(f"{ingest}{path}")).status_code == 404
        told = (await http.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
    assert 'genesis_requests_total{route="api/{number}/envelope",status="200"} 2.0' in told
    assert 'genesis_requests_total{route="nowhere",status="404"} 2.0' in told
    assert "genesis_rows_stored_total 2.0" in told
    assert "genesis_rows_waiting 0.0" in told
