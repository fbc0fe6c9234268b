"""`genesis monitor vitals` and `traffic`: how quick a live app's pages are, and who came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coordinator.cli.monitor import checked_limit, monitoring
from coordinator.cli.output import CliError, Exit, dump, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.monitoring.cli import Count, Traffic, Vital
    from bus.settings import Settings

MARKS = {"good": "✓", "needs-improvement": "·", "poor": "✗"}
MOST_DAYS = 400
"""Nothing is kept for longer."""


async def vitals(
    name: str, /, *, environment: str = "", days: int = 7, limit: int = 20, json: bool = False
) -> int:
    """Show how quick and steady an app's pages are: the whole site, then page by page.

    Shown is what three quarters of the visits had or were better than. The exit code is 1 when
    the site is poor at something.

    Parameters
    ----------
    name
        The app.
    environment
        Of staging or production; without it of production, if the app is there.
    days
        How many days, today among them.
    limit
        How many pages at most.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    checked_limit(limit)
    async with monitoring() as settings:
        where = await _where(settings, name, environment)
        found = await reads.vitals(settings, app=name, environment=where, days=_checked_days(days))
    found = _of_pages(found, limit)
    if json:
        dump(found)
    elif not found:
        say(f"{name} ({where}) has told nothing in {_days(days)}.")
    for one in [] if json else found:
        say(_vital(one))
    site = found[0].page if found else ""
    is_poor = any(one.page == site and one.rating == "poor" for one in found)
    return Exit.FAILED if is_poor else Exit.DONE


async def traffic(
    name: str, /, *, environment: str = "", days: int = 7, limit: int = 10, json: bool = False
) -> int:
    """Show an app's views and visitors by day, its pages, where visitors came from, its events.

    Parameters
    ----------
    name
        The app.
    environment
        Of staging or production; without it of production, if the app is there.
    days
        How many days, today among them.
    limit
        How many pages, sites and events at most.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    checked_limit(limit)
    async with monitoring() as settings:
        where = await _where(settings, name, environment)
        found = await reads.traffic(settings, app=name, environment=where, days=_checked_days(days))
    if json:
        dump(found)
    else:
        _say_traffic(found, f"{name} ({where}), {_days(days)}", limit)
    return Exit.DONE


async def _where(settings: Settings, name: str, environment: str) -> str:
    """The environment that is meant. Raises CliError when the app is not watched there."""
    from agents.monitoring import cli as reads  # noqa: PLC0415

    there = sorted(one.environment for one in await reads.watched(settings) if one.app == name)
    if environment in there:
        return environment
    if environment or not there:
        place = f" in {environment}" if environment else ""
        raise CliError(
            f"{name} is not watched{place}", hint="`genesis monitor status` lists what is"
        )
    return there[0]


def _checked_days(days: int) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise CliError(f"--days {days} is not kept", hint=f"use 1 to {MOST_DAYS}", code=Exit.USAGE)
    return days


def _days(days: int) -> str:
    return f"the last {days} days" if days > 1 else "today"


def _of_pages(found: Sequence[Vital], limit: int) -> list[Vital]:
    """Those of the whole site, which come first, and of so many pages."""
    pages = list(dict.fromkeys(one.page for one in found))[: limit + 1]
    return [one for one in found if one.page in pages]


def _vital(one: Vital) -> str:
    p75 = f"{one.p75:.3f}" if one.metric == "CLS" else f"{one.p75:,.0f} ms"
    visits = f"{one.samples:,} visit{'s' if one.samples != 1 else ''}"
    good = f"{100 * one.good / one.samples:.0f} % good, {100 * one.poor / one.samples:.0f} % poor"
    return (
        f"{MARKS[one.rating]} {one.metric:<4}  {p75:>10}  {one.device:<7}  {one.page}"
        f"  ({visits}: {good})"
    )


def _say_traffic(found: Traffic, title: str, limit: int) -> None:
    say(f"{title}: {found.views:,} views, {found.visitors:,} visitors (counted by day)")
    for day in found.per_day:
        say(f"  {day.day}  {day.views:>8,} views  {day.visitors:>8,} visitors")
    _say_names("Pages", found.pages, limit)
    _say_names("Visitors came from", found.referrers, limit)
    _say_names("Events", found.events, limit)


def _say_names(title: str, names: Sequence[Count], limit: int) -> None:
    if names:
        say(f"{title}:")
    for one in names[:limit]:
        say(f"  {one.count:>8,}  {one.name}")
