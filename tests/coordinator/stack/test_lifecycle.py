"""The whole local stack on this machine: real servers, real processes, real kills."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator

import asyncpg
import httpx
import nats
import psutil
import pytest

from bus.nats import open_bus
from contracts.messages import RollbackRequested
from coordinator.stack import api
from coordinator.stack.errors import Busy, NotStarted, StartFailed
from coordinator.stack.ports import Ports
from coordinator.stack.state import StackEvent, recall
from tests.support.processes import free_port
from tests.support.stack import PROCESSES, Stack

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    """One stack for the tests that leave it running."""
    stack = Stack()
    try:
        asyncio.run(api.up(stack.settings))
        yield stack
    finally:
        stack.close()


@pytest.fixture
async def running(shared: Stack) -> Stack:
    await api.up(shared.settings)
    return shared


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack()
    yield stack
    stack.close()


async def test_everything_is_up_and_each_is_a_process_of_its_own(running: Stack) -> None:
    statuses = await running.statuses()
    assert set(statuses) == PROCESSES
    assert all(status.up for status in statuses.values())
    assert len({status.pid for status in statuses.values()}) == len(PROCESSES)
    assert all(status.memory for status in statuses.values())


async def test_a_second_up_changes_nothing(running: Stack) -> None:
    before = {process.pid for process in running.processes()}
    events: list[StackEvent] = []
    state = await api.up(running.settings, events.append)
    assert state.ready
    assert events == []
    assert {process.pid for process in running.processes()} == before


async def test_a_command_that_acts_as_an_agent_is_told_what_the_agent_is(running: Stack) -> None:
    settings = api.agent_settings(running.settings, "deployment")
    person = api.person_settings(running.settings)
    assert settings.caddy_admin_url == person.caddy_admin_url
    assert settings.genesis_home == person.genesis_home
    assert settings.app_database_secret
    assert not person.app_database_secret


async def test_a_person_reaches_broker_and_database_with_their_own_account(
    running: Stack,
) -> None:
    settings = api.person_settings(running.settings)
    assert settings.nats_account == "alice"
    async with open_bus(settings, name="test") as bus:
        assert await bus.publish(RollbackRequested(pipeline="nothing1")) > 0
    connection = await asyncpg.connect(settings.database_url.reveal())
    try:
        assert await connection.fetchval("SELECT current_database()") == "genesis"
        assert await connection.fetchval("SELECT current_user") == "genesis"
        assert await connection.fetchval("SHOW fsync") == "on"
        assert not await connection.fetchval(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        )
    finally:
        await connection.close()


async def test_a_bare_client_may_ask_for_a_build(running: Stack) -> None:
    guest = await nats.connect(api.person_settings(running.settings).nats_url)
    try:
        ack = await guest.jetstream().publish(
            "rollback.requested", b'{"type":"rollback.requested","pipeline":"nothing2"}'
        )
        assert ack.seq > 0
    finally:
        await guest.close()


async def test_the_broker_puts_every_message_on_disk(running: Stack) -> None:
    monitor = api.person_settings(running.settings).nats_monitor_url
    async with httpx.AsyncClient() as http:
        config = (await http.get(f"{monitor}/jsz")).json()["config"]
    assert config["sync_always"] is True


async def test_nothing_listens_beyond_this_machine(running: Stack) -> None:
    addresses = {
        connection.laddr.ip
        for process in running.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


async def test_secrets_are_in_closed_files_and_on_no_command_line(running: Stack) -> None:
    folder = running.home.root / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    secrets = {path.name: path for path in folder.iterdir() if path.suffix != ".pub"}
    assert {"postgres-password", "alice.nk", "build.nk", "admin.nk"} <= set(secrets)
    assert {path.stat().st_mode & 0o777 for path in secrets.values()} == {0o600}
    # A key that nobody has written yet is an empty file.
    words = [word for path in secrets.values() if (word := path.read_text().strip())]
    for process in running.processes():
        public = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [word for word in words if word in public]
    for log in api.log_files(running.settings).values():
        text = log.read_text(errors="replace")
        assert not [word for word in words if word in text], log


async def test_a_process_gets_only_the_secrets_that_it_needs(running: Stack) -> None:
    files: dict[str, set[str]] = {}
    for name, status in (await running.statuses()).items():
        environment = psutil.Process(status.pid).environ()
        files[name] = {
            os.path.basename(value)  # noqa: PTH119
            for key, value in environment.items()
            if key.endswith("_FILE") and "/keys/" in value
        }
    assert files["scout"] == {"scout.nk"}
    assert files["plan"] == {"plan.nk"}
    assert files["coordinator"] == {"coordinator.nk", "database-url"}
    assert files["monitoring"] == {"monitoring.nk", "database-url", "monitor-secret"}
    assert files["build"] == {"build.nk", "app-database-url"}
    both = {"app-database-url", "app-database-secret"}
    assert files["migration"] == {"migration.nk", *both}
    assert files["deployment"] == {"deployment.nk", *both, "monitor-secret"}
    assert files["nats-server"] == files["postgres"] == files["caddy"] == set()


@pytest.mark.parametrize("name", ["nats-server", "postgres", "caddy", "scout", "coordinator"])
async def test_a_process_that_is_killed_comes_back(running: Stack, name: str) -> None:
    others = {n: s.pid for n, s in (await running.statuses()).items() if n != name}
    restarts = (await running.statuses())[name].restarts
    pid = await running.pid(name)
    os.kill(pid, signal.SIGKILL)
    status = await running.back(name, pid)
    assert status.restarts > restarts
    assert {n: s.pid for n, s in (await running.statuses()).items() if n != name} == others


async def test_up_leaves_a_running_stack_running_when_one_process_does_not_stay_up(
    running: Stack,
) -> None:
    others = {n: s.pid for n, s in (await running.statuses()).items() if n != "scout"}
    key = running.home.root / "keys" / "scout.nk"
    hidden = key.rename(key.with_suffix(".hidden"))
    try:
        os.kill(await running.pid("scout"), signal.SIGKILL)
        await asyncio.sleep(0.5)
        with pytest.raises(StartFailed, match=r"scout does not stay up(.|\n)* left running"):
            await api.up(running.settings)
    finally:
        hidden.rename(key)
    await api.up(running.settings)
    now = {n: s.pid for n, s in (await running.statuses()).items() if n != "scout"}
    assert now == others


async def test_what_the_broker_acknowledged_survives_its_kill(running: Stack) -> None:
    settings = api.person_settings(running.settings)
    async with open_bus(settings, name="test") as bus:
        sequence = await bus.publish(RollbackRequested(pipeline="survive1"))
        pid = await running.pid("nats-server")
        os.kill(pid, signal.SIGKILL)
        await running.back("nats-server", pid)
        entry = await asyncio.wait_for(anext(bus.follow(after=sequence - 1)), 30)
        assert entry.message == RollbackRequested(pipeline="survive1")


async def test_a_process_that_ignores_the_world_is_still_ended(stack: Stack) -> None:
    """SIGSTOP: it can neither answer nor end by itself."""
    await api.up(stack.settings)
    os.kill(await stack.pid("caddy"), signal.SIGSTOP)
    await api.down(stack.settings)
    assert stack.processes() == []


async def test_up_works_again_after_the_supervisor_was_killed(stack: Stack) -> None:
    await api.up(stack.settings)
    before = {process.pid for process in stack.processes()}
    os.kill(await stack.pid("supervisor"), signal.SIGKILL)
    assert (await stack.statuses())["nats-server"].up
    await api.up(stack.settings)
    statuses = await stack.statuses()
    assert all(status.up for status in statuses.values())
    roots = {status.pid for status in statuses.values()}
    for process in stack.processes():
        ancestors = {parent.pid for parent in process.parents()} | {process.pid}
        assert ancestors & roots, process.cmdline()
    assert not before & roots


async def test_down_ends_what_a_killed_supervisor_left(stack: Stack) -> None:
    await api.up(stack.settings)
    os.kill(await stack.pid("supervisor"), signal.SIGKILL)
    await api.down(stack.settings)
    assert stack.processes() == []


async def test_two_ups_at_once_make_one_stack(stack: Stack) -> None:
    first, second = await asyncio.gather(api.up(stack.settings), api.up(stack.settings))
    assert first.pid == second.pid
    named = [process.cmdline()[-1] for process in stack.processes()]
    assert named.count("scout") == 1


async def test_down_ends_everything_and_leaves_the_data(stack: Stack) -> None:
    await api.up(stack.settings)
    url = api.person_settings(stack.settings).database_url.reveal()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept (what text)")
    await connection.execute("INSERT INTO kept VALUES ('this')")
    await connection.close()
    async with open_bus(api.person_settings(stack.settings), name="test") as bus:
        sequence = await bus.publish(RollbackRequested(pipeline="kept0001"))

    await api.down(stack.settings)
    assert stack.processes() == []
    assert await api.status(stack.settings) == []
    await api.down(stack.settings)

    await api.up(stack.settings)
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT what FROM kept") == "this"
    await connection.close()
    async with open_bus(api.person_settings(stack.settings), name="test") as bus:
        entry = await asyncio.wait_for(anext(bus.follow(after=sequence - 1)), 30)
        assert entry.message == RollbackRequested(pipeline="kept0001")


async def test_down_of_what_never_ran_is_fine(tmp_path) -> None:
    stack = Stack()
    try:
        await api.down(stack.settings)
        assert await api.status(stack.settings) == []
    finally:
        stack.home.stack_file.unlink()
        with pytest.raises(NotStarted, match="genesis up"):
            api.person_settings(stack.settings)
        await api.down(stack.settings)


async def test_taken_ports_are_replaced_and_the_new_ones_remembered(stack: Stack) -> None:
    with socket.socket() as nats_port, socket.socket() as database_port:
        for taken in (nats_port, database_port):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
        wanted = Ports(
            nats=nats_port.getsockname()[1],
            nats_monitor=free_port(),
            postgres=database_port.getsockname()[1],
            caddy_admin=free_port(),
        )
        stack.use_ports(wanted)
        events: list[StackEvent] = []
        await api.up(stack.settings, events.append)
    remembered = recall(stack.home)
    assert remembered is not None
    used = remembered.ports
    assert used.nats != wanted.nats
    assert used.postgres != wanted.postgres
    assert used.caddy_admin == wanted.caddy_admin
    assert f"port {wanted.nats} (nats) is taken, using {used.nats}" in {e.detail for e in events}
    async with open_bus(api.person_settings(stack.settings), name="test"):
        pass
    await api.down(stack.settings)
    await api.up(stack.settings)
    again = recall(stack.home)
    assert again is not None
    assert again.ports == used


async def test_a_start_that_fails_says_why_and_leaves_nothing_running(stack: Stack) -> None:
    """PostgreSQL refuses data that it does not know."""
    await api.up(stack.settings)
    await api.down(stack.settings)
    (stack.home.data("postgres") / "PG_VERSION").write_text("7\n")
    with pytest.raises(StartFailed, match="database files are incompatible"):
        await api.up(stack.settings)
    assert stack.processes() == []


async def test_purge_removes_a_stopped_stack_only(stack: Stack) -> None:
    await api.up(stack.settings)
    other = stack.home.root / "not-ours.txt"
    other.write_text("kept")
    with pytest.raises(Busy, match="genesis down"):
        api.purge(stack.settings)
    await api.down(stack.settings)
    api.purge(stack.settings)
    assert list(stack.home.root.iterdir()) == [other]


async def test_the_doctor_finds_a_running_stack_healthy(running: Stack) -> None:
    findings = {finding.what: finding for finding in await api.doctor(running.settings)}
    assert {name: f.detail for name, f in findings.items() if f.verdict == "fail"} == {}
    for name in ("broker", "database", "processes", "node", "PostgreSQL", "Caddy", "clock"):
        assert findings[name].verdict == "ok"
