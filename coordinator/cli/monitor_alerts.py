"""`genesis monitor alerts` and `test-alert`: who was told of what, and whether they would be."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from coordinator.cli.monitor import checked_limit, monitoring
from coordinator.cli.output import CliError, Exit, ago, dump, note, say

if TYPE_CHECKING:
    from agents.monitoring.cli import Alert, AlertDelivery
    from bus.settings import Settings

TAKEN_WITHIN = 20.0
"""Seconds within which a monitoring agent that runs takes a test."""
DONE_WITHIN = 60.0
"""Seconds within which every attempt is over, also one to a channel that hangs."""
LOOK = 0.3


async def alerts(
    name: str = "", /, *, environment: str = "", limit: int = 20, json: bool = False
) -> int:
    """List alerts, newest first, and who was told of them.

    Parameters
    ----------
    name
        Only of this app.
    environment
        Only of staging, or of production.
    limit
        How many at most.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    checked_limit(limit)
    async with monitoring() as settings:
        found = await reads.alerts(settings, limit=limit, app=name, environment=environment)
    if json:
        dump(found)
    elif not found:
        say("No alerts.")
    for one in [] if json else found:
        _show(one)
    return Exit.DONE


async def send_test(channel: str = "", /, *, json: bool = False) -> int:
    """Send a test to every channel of alerts, or to one, and say what came of it.

    The running monitoring agent sends it, with its own configuration. The exit code is 1 when it
    did not arrive everywhere.

    Parameters
    ----------
    channel
        Its name: slack, discord, webhook, email, or one of monitoring.toml.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        key = await reads.begin_test(settings, channel=channel, now=time.time())
        try:
            found = await _result(settings, key)
        except asyncio.CancelledError:
            await reads.withdraw_test(settings, key)
            raise
    if not found.deliveries:
        raise CliError(
            "no channel is configured: nobody is told of alerts",
            hint="set SLACK_WEBHOOK_URL, for example, and start monitoring again",
        )
    if json:
        dump(found)
    for one in [] if json else found.deliveries:
        say(_told(one))
    return Exit.DONE if all(one.state == "sent" for one in found.deliveries) else Exit.FAILED


async def _result(settings: Settings, key: str) -> Alert:
    """What came of a test, as soon as nothing more will. Raises CliError."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    note("waiting for the monitoring agent to send it …")
    began = time.monotonic()
    while True:
        found = await reads.tested(settings, key)
        waited = time.monotonic() - began
        if found is None:
            if waited > TAKEN_WITHIN and await reads.withdraw_test(settings, key):
                raise CliError(
                    f"no monitoring agent took the test within {TAKEN_WITHIN:g} s",
                    hint="`genesis status` shows whether it runs",
                )
        elif waited > DONE_WITHIN or all(
            one.state in reads.FINAL_STATES for one in found.deliveries
        ):
            return found
        await asyncio.sleep(LOOK)


def _told(one: AlertDelivery) -> str:
    match one.state:
        case "sent":
            return f"✓ {one.channel}: sent" + (f" ({one.error})" if one.error else "")
        case "suppressed":
            return f"✗ {one.channel}: not called: {one.error}"
        case "given_up" | "failed":
            return f"✗ {one.channel}: {one.error}"
    return f"✗ {one.channel}: still under way ({one.state})"


def _show(one: Alert) -> None:
    mark = "✓" if one.resolved is not None else "✗"
    say(f"{mark} {one.app} ({one.environment})  {one.severity}  {ago(one.opened)}  {one.title}")
    for each in one.deliveries:
        why = f": {each.error}" if each.error else ""
        what = f"{each.what} " if each.what else ""
        if each.channel:
            say(f"    {each.channel}: {what}{each.state.replace('_', ' ')}{why}")
        else:
            say(f"    nobody is told{why}")
