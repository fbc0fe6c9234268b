"""The processes of the local stack: what each runs, what it may know, what it waits for.

A process gets the secrets that it needs and no others, as paths of files.
"""

from __future__ import annotations

import os
import signal
import sys
import sysconfig
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

import bus
from bus.process import HEALTH_FILE
from bus.settings import Secret, Settings, Stored
from contracts.messages import AREAS
from coordinator.stack import caddy, keys, nats_server, postgres, programs
from coordinator.stack.account import Account
from coordinator.stack.home import Home
from coordinator.stack.ports import LOOPBACK, Ports
from coordinator.stack.probe import answers_http
from coordinator.stack.state import Remembered

MARK = "GENESIS_SERVICE"
"""Environment variable of every process of a stack: `<home>:<name>`, how leftovers are known."""

NATS = "nats-server"
POSTGRES = "postgres"
CADDY = "caddy"
DASHBOARD = "dashboard"
STREAMS = "streams"
DATABASE = "database"
SERVERS = (NATS, POSTGRES, CADDY)
INSPECTED = (keys.COORDINATOR, *AREAS)
"""In the order of their ports."""

INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy",
    "https_proxy", "no_proxy", "GENESIS_SCOUT_EMBEDDINGS",
    # Where the system's own store of secrets is.
    "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "PYTHON_KEYRING_BACKEND",
)  # fmt: skip
INHERITED_PREFIXES = ("NPM_CONFIG_", "npm_config_", "OTEL_")
HOSTING_PREFIXES = ("netlify_", "vercel_", "watch_")
ALERT_PREFIXES = ("alert_", "slack_", "discord_", "smtp_")
PROVIDER_PREFIXES = ("sentry_", "uptimerobot_", "plausible_", "umami_", "posthog_")

Ready = Callable[[int, float], Awaitable[bool]]
"""Whether the process (its id, and when it was started in seconds since 1970) does its work."""


class Service(Struct, frozen=True, kw_only=True):
    """One process. `once` ones do something and end; others stay.

    `needs` must be ready before it starts. `patience` is how many seconds it may take to end
    after `stop_signal`; it gets SIGKILL then.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Ready
    needs: tuple[str, ...] = ()
    port: int = 0
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0
    once: bool = False
    sign_of_life: Path | None = None


def marked(home: Home, name: str) -> str:
    """What the mark of a process says."""
    return f"{home.root}:{name}"


def table(
    home: Home, settings: Settings, remembered: Remembered, cluster: postgres.Cluster
) -> tuple[Service, ...]:
    """All processes, servers first. Raises ServerMissing."""
    ports = remembered.ports
    return (
        _nats_server(home, ports),
        _postgres(home, ports, cluster),
        _caddy(home, ports),
        _streams(home, settings, ports),
        _database(home, ports, cluster),
        *(_python(home, settings, ports, name) for name in (keys.COORDINATOR, *AREAS)),
        _dashboard(home, settings, remembered),
    )


def inherited() -> dict[str, str]:
    """What every process takes over from the person's environment."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }


def import_path() -> dict[str, str]:
    """Where Python finds Genesis when it runs from a source folder."""
    root = Path(bus.__file__).parents[1]
    return {} if root == Path(sysconfig.get_path("purelib")) else {"PYTHONPATH": str(root)}


def tuning(settings: Settings) -> dict[str, str]:
    """Settings that a person may make for the whole stack."""
    return {
        "AGENT_SLOTS": str(settings.agent_slots),
        "BUILD_MEMORY": str(settings.build_memory),
        "MONITOR_INTERVAL": str(settings.monitor_interval),
        "MONITOR_WATCH": str(settings.monitor_watch),
        **({"MONITOR_ROLLBACK": "1"} if settings.monitor_rollback else {}),
        **({"NODE": settings.node} if settings.node else {}),
        **({"UNSAFE_FAST": "1"} if settings.unsafe_fast else {}),
    }


def language_model(settings: Settings) -> dict[str, str]:
    """What Plan must know to ask a language model, its key included; {} when none is named."""
    if not settings.genesis_llm:
        return {}
    found = {"GENESIS_LLM": settings.genesis_llm}
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if field.name.startswith("genesis_llm_") and value != field.default:
            found[field.name.upper()] = str(value)
    secret = {
        "ANTHROPIC_API_KEY": settings.anthropic_api_key,
        "OPENAI_API_KEY": settings.openai_api_key,
    }
    return found | {name: key.reveal() for name, key in secret.items() if key}


def accounts(settings: Settings, prefixes: tuple[str, ...]) -> dict[str, str]:
    """What an agent must know of accounts elsewhere, tokens included: settings so named.

    What the system itself stores it asks for itself.
    """
    found = {}
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if isinstance(value, Stored):
            continue
        if field.name.startswith(prefixes) and value and value != field.default:
            found[field.name.upper()] = value.reveal() if isinstance(value, Secret) else str(value)
    return found


def alerts(settings: Settings) -> dict[str, str]:
    """Whom the monitoring agent tells of what it finds, addresses that are secrets included."""
    found = accounts(settings, ALERT_PREFIXES)
    if settings.monitor_alerts:
        # The agent is in another folder than the person who wrote this.
        found["MONITOR_ALERTS"] = str(Path(settings.monitor_alerts).expanduser().absolute())
    return found


def handed_on(settings: Settings) -> dict[str, str]:
    """What the supervisor must know of a person's settings, to hand it on to who needs it."""
    elsewhere = (*HOSTING_PREFIXES, *PROVIDER_PREFIXES, "monitor_url", "metrics_listen")
    return {
        **tuning(settings), **language_model(settings), **accounts(settings, elsewhere),
        **alerts(settings),
    }  # fmt: skip


def _bare(home: Home, name: str) -> dict[str, str]:
    """What a server from outside gets: nothing that is not its business."""
    return {
        MARK: marked(home, name),
        **{key: os.environ[key] for key in ("PATH", "LANG", "TZ", "TMPDIR") if key in os.environ},
    }


def _nats_server(home: Home, ports: Ports) -> Service:
    async def ready(_pid: int, _since: float) -> bool:
        return await answers_http(ports.nats_monitor, "/healthz")

    return Service(
        name=NATS,
        command=nats_server.command(programs.nats_server(), home),
        environment=_bare(home, NATS),
        ready=ready,
        port=ports.nats,
    )


def _postgres(home: Home, ports: Ports, cluster: postgres.Cluster) -> Service:
    async def ready(pid: int, _since: float) -> bool:
        return postgres.is_ready(cluster.data, pid)

    return Service(
        name=POSTGRES,
        command=postgres.command(cluster, ports),
        environment=_bare(home, POSTGRES),
        ready=ready,
        port=ports.postgres,
        account=cluster.account,
        stop_signal=signal.SIGINT,  # "fast": end the sessions, write everything, leave
        patience=30.0,
    )


def _caddy(home: Home, ports: Ports) -> Service:
    async def ready(_pid: int, _since: float) -> bool:
        return await answers_http(ports.caddy_admin, "/config/")

    return Service(
        name=CADDY,
        command=caddy.command(programs.caddy(), home),
        environment={**_bare(home, CADDY), **caddy.environment(home)},
        ready=ready,
        port=ports.caddy_admin,
    )


async def _never(_pid: int, _since: float) -> bool:
    return False


def _streams(home: Home, settings: Settings, ports: Ports) -> Service:
    return Service(
        name=STREAMS,
        command=(sys.executable, "-P", "-m", "bus.install"),
        environment=_account(home, settings, ports, STREAMS, keys.ADMIN),
        ready=_never,
        needs=(NATS,),
        once=True,
    )


def _database(home: Home, ports: Ports, cluster: postgres.Cluster) -> Service:
    return Service(
        name=DATABASE,
        command=postgres.setup_command(cluster, home, ports),
        environment={**_bare(home, DATABASE), **postgres.setup_environment(home)},
        ready=_never,
        needs=(POSTGRES,),
        once=True,
    )


def _python(home: Home, settings: Settings, ports: Ports, name: str) -> Service:
    sign = home.sign_of_life(name)

    async def ready(_pid: int, since: float) -> bool:
        try:
            return sign.stat().st_mtime >= since - 1
        except FileNotFoundError:
            return False

    module = ("coordinator",) if name == keys.COORDINATOR else ("agents", name)
    return Service(
        name=name,
        command=(sys.executable, "-P", "-m", *module),
        environment={
            **_account(home, settings, ports, name, name),
            **_secrets(home, name),
            **(language_model(settings) if name == "plan" else {}),
            **(accounts(settings, HOSTING_PREFIXES) if name == "deployment" else {}),
            **(accounts(settings, PROVIDER_PREFIXES) if name == "monitoring" else {}),
            **(alerts(settings) if name == "monitoring" else {}),
            "NATS_MONITOR_URL": nats_server.monitor_url(ports),
            "CADDY_ADMIN_URL": caddy.admin_url(ports),
            **_signals(settings, ports, name),
            **inspection(settings, name),
            HEALTH_FILE: str(sign),
        },
        ready=ready,
        needs=(STREAMS,),
        patience=40.0,
        sign_of_life=sign,
    )


def environment(home: Home, settings: Settings, ports: Ports, name: str) -> Mapping[str, str]:
    """What the coordinator or an agent of the stack is told."""
    return _python(home, settings, ports, name).environment


def _dashboard(home: Home, settings: Settings, remembered: Remembered) -> Service:
    """The dashboard acts under the person's own account, and has no secret of an agent's."""
    ports = remembered.ports
    sign = home.sign_of_life(DASHBOARD)

    async def ready(_pid: int, _since: float) -> bool:
        return sign.exists() and await answers_http(ports.dashboard, "/healthz")

    return Service(
        name=DASHBOARD,
        command=(sys.executable, "-P", "-m", "coordinator.cli.dashboard"),
        environment={
            **_account(home, settings, ports, DASHBOARD, remembered.person),
            "DATABASE_URL_FILE": str(home.key(keys.DATABASE_URL)),
            "DASHBOARD_SECRET_FILE": str(home.key(keys.DASHBOARD_SECRET)),
            "DASHBOARD_LISTEN": f"{LOOPBACK}:{ports.dashboard}",
            HEALTH_FILE: str(sign),
        },
        ready=ready,
        needs=(STREAMS, DATABASE),
        port=ports.dashboard,
        sign_of_life=sign,
    )


def _signals(settings: Settings, ports: Ports, name: str) -> dict[str, str]:
    """Where apps send their signals: who tells them, and who listens there."""
    listens = f"{LOOPBACK}:{ports.signals}"
    url = settings.monitor_url or f"http://{listens}"
    match name:
        case "monitoring":
            return {"MONITOR_LISTEN": listens, "MONITOR_URL": url}
        case "deployment":
            sentry = {"SENTRY_DSN": settings.sentry_dsn} if settings.sentry_dsn else {}
            return {"MONITOR_URL": url, **sentry}
    return {}


def inspection(settings: Settings, name: str) -> dict[str, str]:
    """Where a process says how it is: each at a port of its own, from that of the setting on."""
    host, _, first = settings.metrics_listen.rpartition(":")
    if not first.isdigit():
        return {}
    return {"METRICS_LISTEN": f"{host}:{int(first) + INSPECTED.index(name)}"}


def _account(
    home: Home, settings: Settings, ports: Ports, name: str, account: str
) -> dict[str, str]:
    """What a Python process needs to take part: its name, its key, where the broker is."""
    return {
        **inherited(),
        **import_path(),
        **tuning(settings),
        MARK: marked(home, name),
        "GENESIS_HOME": str(home.root),
        "NATS_URL": nats_server.url(ports),
        "NATS_ACCOUNT": account,
        "NATS_SEED_FILE": str(keys.seed_file(home, account)),
    }


_NEEDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "coordinator": (("DATABASE_URL_FILE", keys.DATABASE_URL),),
    "monitoring": (
        ("DATABASE_URL_FILE", keys.DATABASE_URL),
        ("MONITOR_SECRET_FILE", keys.MONITOR_SECRET),
    ),
    "build": (("APP_DATABASE_URL_FILE", keys.APP_DATABASE_URL),),
    "migration": (
        ("APP_DATABASE_URL_FILE", keys.APP_DATABASE_URL),
        ("APP_DATABASE_SECRET_FILE", keys.APP_DATABASE_SECRET),
    ),
    "deployment": (
        ("APP_DATABASE_URL_FILE", keys.APP_DATABASE_URL),
        ("APP_DATABASE_SECRET_FILE", keys.APP_DATABASE_SECRET),
        ("MONITOR_SECRET_FILE", keys.MONITOR_SECRET),
    ),
}


def _secrets(home: Home, name: str) -> dict[str, str]:
    return {variable: str(home.key(file)) for variable, file in _NEEDS.get(name, ())}
