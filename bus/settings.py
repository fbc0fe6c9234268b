"""Settings of every process, from the environment; the names are the documentation.

Secrets are read from `<NAME>_FILE` when it is set (a mounted file), else from `<NAME>`, and
never print. The tokens for hosting platforms may also be in the system's own store, with the extra
`keyring`: `keyring set genesis NETLIFY_AUTH_TOKEN`.

Errors:
    SettingsError   a value is missing or of the wrong shape; names the variable
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

KEYRING = "genesis"
"""The service under which secrets are in the system's own store, each by its variable's name."""
STORED = frozenset({"NETLIFY_AUTH_TOKEN", "VERCEL_TOKEN"})


class SettingsError(Exception):
    """A setting is missing or wrong."""


class Secret:
    """Text that shows only when asked for by `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)


class Stored(Secret):
    """A secret that may be in the system's own store, which is asked when it is needed.

    "" without the extra `keyring`, without a store, or when it is not there. `reveal` raises
    SettingsError for a store that cannot be read, such as a locked one.
    """

    __slots__ = ()

    def reveal(self) -> str:
        """The text itself."""
        return _stored(name=self._text)

    def __bool__(self) -> bool:
        return bool(self.reveal())


def _stored(name: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEYRING, name) or ""
    except errors.NoKeyringError:
        return ""
    except errors.KeyringError as error:
        raise SettingsError(
            f"{name} cannot be read from the system's keyring: {error or type(error).__name__}"
        ) from None


class Settings(Struct, frozen=True, kw_only=True):
    """What a process must know. Every field is the environment variable of the same name.

    genesis_home          folder of all local state
    nats_url              where the broker listens
    nats_monitor_url      where the broker says how it is configured (HTTP, /jsz)
    nats_account          the account's name, which is also its inbox prefix
    nats_seed             SECRET: the account's nkey seed; empty for a broker without accounts
    nats_ca               file of the certificate authority for TLS off loopback
    database_url          SECRET: Genesis' own database (projection, monitoring)
    app_database_url      SECRET: an account that may create the apps' databases and roles
    app_database_secret   SECRET: what the apps' database passwords are derived from
    caddy_admin_url       Caddy's admin endpoint (platform `local`)
    netlify_auth_token    SECRET: a token of Netlify's (platform `netlify`)
    netlify_account       the slug of the team that new sites belong to, "" for the token's own
    netlify_api_url       where Netlify's API is
    vercel_token          SECRET: a token of Vercel's (platform `vercel`)
    vercel_team_id        the id or slug of the team that projects belong to, "" for the token's own
    vercel_org_id         as Vercel's own client has it; used where it is a team's id
    vercel_api_url        where Vercel's API is
    node                  the Node executable itself, "" to look for it
    build_memory          MiB that each tool of a build may have, with its children; 0: any
    watch_seconds         how long a release is watched after the switch; 0: not
    watch_seconds_local   the same on platform `local`, where it is there at once
    watch_interval        seconds between its checks meanwhile
    agent_slots           commands that one agent process works on at a time
    monitor_interval      seconds between checks of a live app
    monitor_watch         seconds that a release is compared with the one before it; 0: not
    monitor_rollback      ask for a rollback when it does worse (1); a person does otherwise
    monitor_listen        host:port on which the monitoring agent takes signals of apps, "" for none
    monitor_url           where apps reach it, "" when they cannot
    monitor_secret        SECRET: what the apps' keys for it are derived from
    sentry_auth_token     SECRET: a token that may write projects and releases at Sentry
    sentry_org, sentry_team  the organisation's slug, and that of the team that gets new projects
    sentry_url            where Sentry is
    sentry_dsn            where every app sends its errors, besides to Genesis; "" for nowhere
    uptimerobot_api_key   SECRET: the main key of an account at UptimeRobot
    uptimerobot_interval  seconds between its checks; its free plan allows no less than 300
    uptimerobot_url       where its API v3 is
    plausible_api_key     SECRET: a key for Plausible's Sites API
    plausible_url         where Plausible is
    umami_api_key         SECRET: a key of Umami's cloud
    umami_username        a user of one's own Umami server
    umami_password        SECRET: that user's password
    umami_url             where one's own Umami server is, "" for its cloud
    posthog_api_key       SECRET: a personal API key that may write projects at PostHog
    posthog_url, posthog_collector_url  where its application is, and where events go
    dashboard_listen      host:port on which the dashboard is served, on this machine only
    dashboard_secret      SECRET: what the codes that sign in to it are proved by
    monitor_alerts        file with rules and channels of alerts, "" for monitoring.toml in the home
    slack_webhook_url     SECRET: an incoming webhook of Slack's; alerts go there
    discord_webhook_url   SECRET: a webhook of Discord's; alerts go there
    alert_webhook_url     SECRET: alerts go there as JSON
    alert_webhook_secret  SECRET: what they are signed with, as Standard Webhooks does
    smtp_url              SECRET: a mail server, smtp://user:password@host:587 or smtps://
    alert_email           whom it brings alerts to, with commas between
    alert_from            whom they come from, "" for the first of those
    genesis_llm           the wire of a language model for Plan: anthropic, openai, "" for none
    genesis_llm_model     its name, as the endpoint knows it
    genesis_llm_url       its address, "" for the wire's own
    genesis_llm_max_tokens, genesis_llm_max_seconds, genesis_llm_max_cost
                          what one plan may use; the cost is in dollars
    genesis_llm_price_in, genesis_llm_price_out
                          dollars for a million tokens, sent and received
    anthropic_api_key     SECRET: for the wire anthropic
    openai_api_key        SECRET: for the wire openai; empty for a server that asks for none
    metrics_listen        host:port of a process' own /metrics, /healthz and /readyz, "" for none
    unsafe_fast           accept a broker that does not fsync every message
    """

    genesis_home: Path
    nats_url: str = "nats://127.0.0.1:4222"
    nats_monitor_url: str = ""
    nats_account: str = ""
    nats_seed: Secret = Secret("")
    nats_ca: str = ""
    database_url: Secret = Secret("")
    app_database_url: Secret = Secret("")
    app_database_secret: Secret = Secret("")
    caddy_admin_url: str = "http://127.0.0.1:2019"
    netlify_auth_token: Secret = Secret("")
    netlify_account: str = ""
    netlify_api_url: str = "https://api.netlify.com/api/v1"
    vercel_token: Secret = Secret("")
    vercel_team_id: str = ""
    vercel_org_id: str = ""
    vercel_api_url: str = "https://api.vercel.com"
    node: str = ""
    build_memory: int = 3072
    watch_seconds: float = 10.0
    watch_seconds_local: float = 2.0
    watch_interval: float = 1.0
    agent_slots: int = 2
    monitor_interval: float = 5.0
    monitor_watch: float = 900.0
    monitor_rollback: bool = False
    monitor_listen: str = ""
    monitor_url: str = ""
    monitor_secret: Secret = Secret("")
    sentry_auth_token: Secret = Secret("")
    sentry_org: str = ""
    sentry_team: str = ""
    sentry_url: str = "https://sentry.io"
    sentry_dsn: str = ""
    uptimerobot_api_key: Secret = Secret("")
    uptimerobot_interval: int = 300
    uptimerobot_url: str = "https://api.uptimerobot.com/v3"
    plausible_api_key: Secret = Secret("")
    plausible_url: str = "https://plausible.io"
    umami_api_key: Secret = Secret("")
    umami_username: str = ""
    umami_password: Secret = Secret("")
    umami_url: str = ""
    posthog_api_key: Secret = Secret("")
    posthog_url: str = "https://us.posthog.com"
    posthog_collector_url: str = "https://us.i.posthog.com"
    dashboard_listen: str = ""
    dashboard_secret: Secret = Secret("")
    monitor_alerts: str = ""
    slack_webhook_url: Secret = Secret("")
    discord_webhook_url: Secret = Secret("")
    alert_webhook_url: Secret = Secret("")
    alert_webhook_secret: Secret = Secret("")
    smtp_url: Secret = Secret("")
    alert_email: str = ""
    alert_from: str = ""
    genesis_llm: str = ""
    genesis_llm_model: str = ""
    genesis_llm_url: str = ""
    genesis_llm_max_tokens: int = 100_000
    genesis_llm_max_seconds: float = 180.0
    genesis_llm_max_cost: float = 1.0
    genesis_llm_price_in: float = 3.0
    genesis_llm_price_out: float = 15.0
    anthropic_api_key: Secret = Secret("")
    openai_api_key: Secret = Secret("")
    metrics_listen: str = ""
    unsafe_fast: bool = False


def default_home() -> Path:
    """Where local state lives unless GENESIS_HOME says otherwise.

    Root gets /var/lib/genesis: its own home is closed to the account that PostgreSQL, which
    refuses to run as root, has to run as.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/genesis")
    return platformdirs.user_data_path("genesis")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment (default: this process's). Raises SettingsError."""
    env = os.environ if environment is None else environment
    values: dict[str, object] = {"genesis_home": Path(env.get("GENESIS_HOME") or default_home())}
    for field in msgspec.structs.fields(Settings):
        name = field.name.upper()
        if field.type is Secret:
            found = _secret(env, name)
            own = environment is None and not found and name in STORED
            values[field.name] = Stored(name) if own else Secret(found)
        elif field.name != "genesis_home" and env.get(name):
            values[field.name] = _convert(name, env[name], field.type)
    return Settings(**values)  # type: ignore[arg-type]  # each value was converted to its field's type


def _secret(env: Mapping[str, str], name: str) -> str:
    path = env.get(f"{name}_FILE")
    if not path:
        return env.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {error}") from None


def _convert(name: str, text: str, kind: type) -> object:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{name}={text!r}: {error}") from None
