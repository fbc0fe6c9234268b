"""`genesis monitor incident | add | remove | list | maintenance`. Errors: CliError."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from cyclopts import App

from coordinator.cli.monitor import monitoring
from coordinator.cli.output import CliError, Exit, ago, dump, duration, say

maintenance = App(name="maintenance", help="Windows in which nobody is told that an app is down.")
ENVIRONMENTS = ("staging", "production")


@contextmanager
def told() -> Iterator[None]:
    """What cannot be kept, as the command line says it."""
    try:
        yield
    except ValueError as error:
        raise CliError(f"{error}; nothing was changed", code=Exit.USAGE) from None


def checked_environment(name: str, *, any_: bool = False) -> str:
    if name not in ENVIRONMENTS and not (any_ and not name):
        raise CliError(
            f"there is no environment {name!r}", hint="staging or production", code=Exit.USAGE
        )
    return name


def gone(removed: bool, what: str, *, hint: str) -> int:
    if not removed:
        raise CliError(f"there is no {what}; nothing was changed", hint=hint)
    say(f"{what} is gone.")
    return Exit.DONE


async def incident(incident: str, /, *, json: bool = False) -> int:
    """Show one incident with what happened in it.

    Parameters
    ----------
    incident
        Its id, or the first letters of it.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        known = await reads.incidents(settings, resolved=True, limit=1000)
        fits = [one.incident for one in known if one.incident.startswith(incident)]
        found = await reads.incident(settings, fits[0] if len(fits) == 1 else incident)
    if found is None:
        raise CliError(
            f"{'several incidents begin' if fits else 'no incident begins'} with {incident}",
            hint="`genesis monitor incidents --all` lists them",
        )
    if json:
        dump(found)
        return Exit.DONE
    one = found.incident
    say(f"{one.app} ({one.environment})  {one.kind}  {one.summary}")
    for event in found.events:
        when = f"+{duration(max(0.0, event.at - one.opened))}"
        say(f"  {when:<13} {event.what:<9} {event.detail}")
    say("  it is open" if one.resolved is None else f"  {found.resolution}, {ago(one.resolved)}")
    return Exit.DONE


async def add(
    name: str, url: str, /, *, environment: str = "production", every: str = "60s",
    status: str = "2xx", contains: str = "", lacks: str = "",
    json_path: list[str] | None = None, within: str = "", method: str = "GET",
    header: list[str] | None = None, give_up: str = "10s", failures: int = 3,
    recoveries: int = 2, certificate_days: int = 14, anyway: bool = False, json: bool = False,
) -> int:  # fmt: skip
    """Watch any address; it is looked at once before, and must be up.

    Parameters
    ----------
    name
        What it is called: words joined by hyphens.
    every
        How often it is looked at: 1s to 30m.
    status
        HTTP statuses that are right: 2xx, or 200-299,401.
    contains
        A text that must be in the answer.
    lacks
        A text that must not be in it.
    json_path
        What must hold of a JSON answer, such as 'data.items[0].ok == true'; may be repeated.
    within
        How long an answer may take at most, such as 0.5s.
    header
        'Name: value', sent along to the address's own host; may be repeated.
    give_up
        After what time a look without an answer has failed.
    failures
        Looks in a row that must fail before it counts as down.
    recoveries
        Looks in a row that must succeed before it counts as up again.
    certificate_days
        From how many days left on its certificate is warned; 0 for never.
    anyway
        Watch it also when it is not up now.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    with told():
        options = reads.asked.options(
            status=status, contains=contains, lacks=lacks, json=json_path or (), within=within,
            method=method, headers=header or (), every=every, timeout=give_up, failures=failures,
            recoveries=recoveries, certificate_days=certificate_days,
        )  # fmt: skip
        reads.changes.checked(name, options)
        seen = await reads.changes.look_once(url, options)
        if not seen.up and not anyway:
            raise CliError(
                f"{url} is not up: {seen.detail}; it is not watched",
                hint="--anyway watches it all the same",
            )
        async with monitoring() as settings:
            where = checked_environment(environment)
            await reads.changes.add_address(settings, name, where, url, options)
    if json:
        dump({"name": name, "environment": environment, "url": url, "look": seen})
    else:
        state = f"up, {seen.milliseconds:.0f} ms" if seen.up else f"not up: {seen.detail}"
        say(f"{name} ({environment}) is watched every {duration(options.every)}; now it is {state}")
    return Exit.DONE


async def remove(name: str, /, *, environment: str = "production") -> int:
    """Watch an address that was added no more."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        done = await reads.changes.remove_address(settings, name, checked_environment(environment))
    return gone(done, f"watch over {name} ({environment})", hint="`genesis monitor list`")


async def list_(*, json: bool = False) -> int:
    """List the addresses that were added; `status` has those of apps too."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        found = await reads.changes.addresses(settings)
    if json:
        dump(found)
    elif not found:
        say("No address was added. Add one with `genesis monitor add NAME URL`.")
    for one in [] if json else found:
        every = duration(one.options.every)
        say(f"{one.name} ({one.environment})  {one.url}  every {every}")
    return Exit.DONE


@maintenance.command(name="add")
async def add_window(
    name: str = "", /, *, environment: str = "", lasts: str = "", begins: str = "",
    hours: str = "", days: str = "", zone: str = "UTC", why: str = "", json: bool = False,
) -> int:  # fmt: skip
    """Tell nobody that an app is down in a window: once, daily or weekly.

    Parameters
    ----------
    name
        The app; without it all of them.
    environment
        staging or production; without it both.
    lasts
        A single window of 30m, 2h, 1d.
    begins
        When it begins, such as 2026-11-27T22:00; without it now.
    hours
        Hours of the day such as 02:00-03:30, every day.
    days
        With --hours, only on these days: sat,sun.
    zone
        Whose clocks count, such as Europe/Berlin.
    why
        What is done then.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    with told():
        window = reads.asked.window(
            now=time.time(), begins=begins, lasts=lasts, hours=hours, days=days, zone=zone
        )
        async with monitoring() as settings:
            number = await reads.changes.add_window(
                settings, name, checked_environment(environment, any_=True), window, why=why,
                who=settings.nats_account or "somebody",
            )  # fmt: skip
    if json:
        dump({"number": number, "window": window})
    else:
        say(f"Window {number}: {name or 'every app'}, {reads.described(window)}")
    return Exit.DONE


@maintenance.command(name="list")
async def list_windows(*, json: bool = False) -> int:
    """List the windows; those that are open now are marked."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        found = await reads.changes.maintenance_windows(settings)
    if json:
        dump([{"window": one, "active": active} for one, active in found])
    elif not found:
        say("No windows.")
    for one, active in [] if json else found:
        where = f"{one.app or 'every app'} {one.environment}".rstrip()
        said = f"{one.number:>4}  {where}  {reads.described(one.window)}"
        say(f"{'▸' if active else ' '} {said}  {one.why} ({one.who})")
    return Exit.DONE


@maintenance.command(name="remove")
async def remove_window(number: int, /) -> int:
    """Forget a window; one that is open ends with that."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        done = await reads.changes.remove_window(settings, number)
    return gone(done, f"window {number}", hint="`genesis monitor maintenance list`")
