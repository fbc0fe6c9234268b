"""`genesis monitor silence`, `silences`: what nobody is told of for a while. Raises CliError."""

from __future__ import annotations

import time

from coordinator.cli.monitor import monitoring
from coordinator.cli.monitor_uptime import checked_environment, gone, told
from coordinator.cli.output import Exit, dump, duration, say


async def silence(
    name: str = "", /, *, lasts: str, why: str = "", environment: str = "", key: str = "",
    json: bool = False,
) -> int:  # fmt: skip
    """Tell nobody for a while. What is still wrong afterwards is told then.

    Looks and incidents go on, and who was told that something began is told that it is over. A
    maintenance window (`genesis monitor maintenance`) is for downtime that is meant.

    Parameters
    ----------
    name
        The app; without it all of them.
    lasts
        For how long: 30m, 2h, 7d.
    why
        For those who wonder.
    environment
        staging or production; without it both.
    key
        Only of one thing of it: uptime, certificate, heartbeat:NAME, regression, error:NUMBER.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    with told():
        where = checked_environment(environment, any_=True)
        now = time.time()
        until = now + reads.asked.seconds(lasts)
        async with monitoring() as settings:
            number = await reads.silence(
                settings, name, until, why, settings.nats_account or "somebody", now=now,
                environment=where, key=key,
            )  # fmt: skip
    if json:
        dump({"silence": number, "until": until})
    else:
        say(f"Silence {number}: nobody is told of {name or 'any app'} for {duration(until - now)}")
    return Exit.DONE


async def silences(*, end: int | None = None, json: bool = False) -> int:
    """List the silences that last, or end one.

    Parameters
    ----------
    end
        The number of the one to end now.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    now = time.time()
    async with monitoring() as settings:
        if end is not None:
            done = await reads.end_silence(settings, end, now=now)
            return gone(done, f"silence {end}", hint="`genesis monitor silences`")
        found = await reads.silences(settings, now=now)
    if json:
        dump(found)
    elif not found:
        say("No silences.")
    for one in [] if json else found:
        what = " ".join(filter(None, (one.app or "every app", one.environment, one.key)))
        left = duration(max(0.0, one.until - now))
        say(f"{one.silence:>4}  {what}  {left} more  {one.why} ({one.who})")
    return Exit.DONE
