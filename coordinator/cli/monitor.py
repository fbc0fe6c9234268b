"""`genesis monitor`: how live apps do, from monitoring's own database; no broker is needed.

Each part of monitoring adds its commands at the end, from a module of its own
(`coordinator.cli.monitor_<part>`). Errors: CliError.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cyclopts import App

from coordinator.cli import session as sessions
from coordinator.cli.output import CliError, Exit, ago, dump, duration, say

if TYPE_CHECKING:
    from agents.monitoring.cli import Incident, Watched
    from bus.settings import Settings

app = App(name="monitor", help="How live apps do: up or down, incidents, what they report.")


@asynccontextmanager
async def monitoring() -> AsyncIterator[Settings]:
    """Settings that reach monitoring's database. Raises CliError, also for what it answers."""
    import asyncpg  # noqa: PLC0415

    sessions.quiet()
    settings = await sessions.reach(start=False)
    if not settings.database_url:
        raise CliError("DATABASE_URL is not set", hint="it names Genesis' own database")
    try:
        yield settings
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CliError(
            f"monitoring's database is not readable: {error or type(error).__name__}",
            hint="apps are watched again when it is back; see `genesis doctor`",
        ) from None


def checked_limit(limit: int) -> int:
    """A `--limit` that leaves something to show. Raises CliError."""
    if limit < 1:
        raise CliError(
            f"--limit {limit} leaves nothing to list", hint="use 1 or more", code=Exit.USAGE
        )
    return limit


@app.command
async def status(name: str = "", /, *, environment: str = "", json: bool = False) -> int:
    """Show what is watched and how it does; the exit code is 1 when something of it is down.

    Parameters
    ----------
    name
        Only of this app.
    environment
        Only of staging, or of production.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        found = [
            one
            for one in await reads.watched(settings)
            if name in ("", one.app) and environment in ("", one.environment)
        ]
    if name and not found:
        raise CliError(f"{name} is not watched", hint="`genesis monitor status` lists what is")
    if json:
        dump(found)
    elif not found:
        say("Nothing is watched yet. What `genesis deploy` puts live is.")
    for one in [] if json else found:
        say(_state(one))
    return Exit.FAILED if any(_is_down(one) for one in found) else Exit.DONE


@app.command
async def incidents(
    name: str = "", /, *, all_: bool = False, limit: int = 20, json: bool = False
) -> int:
    """List the incidents that are open, newest first.

    Parameters
    ----------
    name
        Only of this app.
    all_
        Those that are over too.
    limit
        How many at most.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    checked_limit(limit)
    async with monitoring() as settings:
        found = await reads.incidents(settings, resolved=all_, limit=limit, app=name or None)
    if json:
        dump(found)
    elif not found:
        say("No incidents." if all_ else "No incident is open.")
    for one in [] if json else found:
        say(_incident(one))
    return Exit.DONE


def _is_down(one: Watched) -> bool:
    return one.open is not None


def _state(one: Watched) -> str:
    mark = "✗" if _is_down(one) else "✓" if one.last and one.last.up else "·"
    seen = "not looked at yet"
    if one.last is not None:
        seen = f"looked at {ago(one.last.at)}"
    up = "" if one.uptime_month is None else f"{one.uptime_month:.2f} % in 30 days"
    took = "" if one.median_milliseconds is None else f"{one.median_milliseconds:.0f} ms"
    why = one.open.summary if one.open else (one.last.detail if one.last else "")
    parts = (f"{one.app} ({one.environment})", one.url, up, took, seen, why)
    return f"{mark} " + "  ".join(part for part in parts if part)


def _incident(one: Incident) -> str:
    if one.resolved is None:
        lasted = f"began {ago(one.opened)}"
    else:
        lasted = f"began {ago(one.opened)}, for {duration(max(0.0, one.resolved - one.opened))}"
    return f"{'✗' if one.resolved is None else '✓'} {one.incident}  {lasted}  {one.summary}"


# What is loaded only when it is called says here what it is for.
_ERRORS, _SIGNALS = "coordinator.cli.monitor_errors", "coordinator.cli.monitor_signals"
_ALERTS = "coordinator.cli.monitor_alerts"
app.command(f"{_ERRORS}:errors", name="errors", help="List the errors of apps, newest first.")
app.command(f"{_ERRORS}:error", name="error", help="Show one error, or decide about it.")
app.command(f"{_ERRORS}:releases", name="releases", help="Show how an app's releases do.")
app.command(f"{_ERRORS}:origins", name="origins", help="Say whose pages may send an app's signals.")
app.command(f"{_SIGNALS}:vitals", name="vitals", help="Show how quick an app's pages are.")
app.command(f"{_SIGNALS}:traffic", name="traffic", help="Show an app's views and visitors.")
app.command(f"{_ALERTS}:alerts", name="alerts", help="List alerts, and who was told of them.")
app.command(f"{_ALERTS}:send_test", name="test-alert", help="Send a test to every channel.")
_UPTIME = "coordinator.cli.monitor_uptime"
app.command(f"{_UPTIME}:incident", name="incident", help="Show one incident with its timeline.")
app.command(f"{_UPTIME}:add", name="add", help="Watch any address.")
app.command(f"{_UPTIME}:remove", name="remove", help="Watch an address that was added no more.")
app.command(f"{_UPTIME}:list_", name="list", help="List the addresses that were added.")
app.command(f"{_UPTIME}:maintenance", name="maintenance", help="Windows in which apps may be down.")
app.command(
    "coordinator.cli.monitor_jobs:heartbeat", name="heartbeat",
    help="Jobs that report by themselves, and are missed.",
)  # fmt: skip
_SILENCES = "coordinator.cli.monitor_silences"
app.command(f"{_SILENCES}:silence", name="silence", help="Tell nobody of alerts for a while.")
app.command(f"{_SILENCES}:silences", name="silences", help="List the silences, or end one.")
