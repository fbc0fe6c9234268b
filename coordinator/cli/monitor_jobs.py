"""`genesis monitor heartbeat`: jobs that report by themselves. Errors: CliError."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from coordinator.cli.monitor import monitoring
from coordinator.cli.monitor_uptime import checked_environment, gone, told
from coordinator.cli.output import Exit, ago, dump, duration, say

if TYPE_CHECKING:
    from bus.settings import Settings

heartbeat = App(name="heartbeat", help="Jobs that report by themselves, and are missed.")


@heartbeat.command(name="add")
async def add_job(
    name: str, job: str, /, *, environment: str = "production", every: str = "",
    crontab: str = "", zone: str = "UTC", grace: str = "5m", runs: str = "", failures: int = 1,
    json: bool = False,
) -> int:  # fmt: skip
    """Expect a job's reports, and show the address to which it sends them.

    Parameters
    ----------
    name
        The app that it belongs to.
    job
        What the job is called.
    every
        How often it reports: 5m, 1h, 1d.
    crontab
        Or when, such as '0 2 * * *'.
    zone
        By whose clocks.
    grace
        How late it may be.
    runs
        How long a run may take from /start on.
    failures
        Reports in a row that must be missing or bad.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    with told():
        schedule = reads.asked.schedule(
            every=every, crontab=crontab, zone=zone, grace=grace, runs=runs, failures=failures
        )
        async with monitoring() as settings:
            where = checked_environment(environment)
            key = await reads.changes.add_job(settings, name, where, job, schedule)
            address = _address(settings, key)
    if json:
        dump({"app": name, "job": job, "url": address})
    else:
        say(f"{job} reports with a request to {address}")
        say("(/start after it when a run begins, /fail when it failed)")
    return Exit.DONE


def _address(settings: Settings, key: str) -> str:
    return f"{settings.monitor_url.rstrip('/')}/api/heartbeat/{key}"


@heartbeat.command(name="list")
async def list_jobs(*, json: bool = False) -> int:
    """List the jobs; the exit code is 1 when one of them is not well."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        found = await reads.changes.jobs(settings)
        addresses = [_address(settings, one.key) for one in found]
    if json:
        dump([{"job": one, "url": url} for one, url in zip(found, addresses, strict=True)])
    elif not found:
        say("No jobs. Add one with `genesis monitor heartbeat add APP JOB --every 1h`.")
    for one, url in [] if json else zip(found, addresses, strict=True):
        mark = "✗" if one.is_open else "·" if one.last is None else "✓"
        heard = "nothing yet" if one.last is None else f"{one.said} {ago(one.last)}"
        plan = one.schedule.crontab or f"every {duration(one.schedule.every)}"
        if not (one.schedule.crontab or one.schedule.every):
            plan = "at any time"
        said = f"{mark} {one.name} of {one.app} ({one.environment})  {plan}  {heard}"
        say(said + (f"  {url}" if one.source == "ping" else ""))
    return Exit.FAILED if any(one.is_open for one in found) else Exit.DONE


@heartbeat.command(name="remove")
async def remove_job(name: str, job: str, /, *, environment: str = "production") -> int:
    """Expect nothing of a job any more; its address is gone."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        done = await reads.changes.remove_job(settings, name, checked_environment(environment), job)
    return gone(done, f"watch over {job} of {name}", hint="`genesis monitor heartbeat list`")
