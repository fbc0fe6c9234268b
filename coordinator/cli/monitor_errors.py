"""`genesis monitor errors`, `error`, `releases`, `origins`: what goes wrong in live apps."""

from __future__ import annotations

import getpass
import re
from typing import TYPE_CHECKING, Literal

from coordinator.cli.monitor import checked_limit, monitoring
from coordinator.cli.output import CliError, Exit, ago, dump, say

if TYPE_CHECKING:
    from agents.monitoring.cli import ErrorDetail, ErrorGroup, Exception_, Frame

Status = Literal["unresolved", "resolved", "ignored"]
MARKS = {"unresolved": "✗", "resolved": "✓", "ignored": "·"}
BARS = " ▁▂▃▄▅▆▇█"
MOST_FRAMES = 15
ORIGIN = re.compile(r"https?://[^/?#@\s]+")


async def errors(
    name: str = "",
    /,
    *,
    environment: str = "",
    status: Literal["unresolved", "resolved", "ignored", "all"] = "unresolved",
    limit: int = 20,
    json: bool = False,
) -> int:
    """List the errors of apps, the last seen first, each with its last 24 hours.

    Parameters
    ----------
    name
        Only of this app.
    environment
        Only of staging, or of production.
    status
        Unresolved, resolved, ignored or all.
    limit
        How many at most.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    checked_limit(limit)
    async with monitoring() as settings:
        found = await reads.error_groups(
            settings,
            app=name or None,
            environment=environment or None,
            status=None if status == "all" else status,
            limit=limit,
        )
    if json:
        dump(found)
    elif not found:
        say("No errors." if status == "all" else f"No {status} errors.")
    for one in [] if json else found:
        say(_line(one))
    return Exit.DONE


async def error(
    group: int,
    /,
    *,
    resolve: bool = False,
    ignore: bool = False,
    reopen: bool = False,
    json: bool = False,
) -> int:
    """Show one error with its newest stack trace, or decide about it.

    Parameters
    ----------
    group
        Its number, as `genesis monitor errors` lists it.
    resolve
        It is mended: tell again when it comes back, but not in older releases.
    ignore
        Go on counting, and tell nobody.
    reopen
        Neither of both any more.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    wanted = _decision(resolve=resolve, ignore=ignore, reopen=reopen)
    async with monitoring() as settings:
        if wanted:
            await reads.set_error_status(settings, group, wanted, getpass.getuser())
        found = await reads.error_group(settings, group)
    if found is None:
        raise CliError(f"there is no error {group}", hint="`genesis monitor errors` lists them")
    if json:
        dump(found)
    elif wanted:
        say(_line(found.group))
    else:
        _say_detail(found)
    return Exit.DONE


async def releases(
    name: str, /, *, environment: str = "production", days: int = 7, json: bool = False
) -> int:
    """Show how the sessions of an app's releases ended, the newest release first.

    Parameters
    ----------
    name
        The app.
    environment
        Of production or staging.
    days
        How many days, at most 90.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    async with monitoring() as settings:
        found = await reads.release_health(settings, app=name, environment=environment, days=days)
    if json:
        dump(found)
    elif not found:
        say(f"No session of {name} ({environment}) was told of in {days} days.")
    for one in [] if json else found:
        bad = {"crashed": one.crashed, "with an error nobody caught": one.unhandled,
               "with other errors": one.errored, "cut off": one.abnormal}  # fmt: skip
        parts = ", ".join(f"{number:,} {how}" for how, number in bad.items() if number)
        free = "" if one.crash_free is None else f"{one.crash_free:.2f} % crash-free"
        sessions = f"{one.sessions:,} session{'' if one.sessions == 1 else 's'}"
        said = f"{sessions}: {parts}" if parts else sessions
        say(f"{one.release or '(no release)'}  {free}  ({said})")
    return Exit.DONE


async def origins(
    name: str, /, *allowed: str, environment: str = "production", any_: bool = False
) -> int:
    """Let only pages of some origins send an app's errors, visits and vitals; by default any may.

    Parameters
    ----------
    name
        The app.
    allowed
        Origins such as https://shop.example.org; the app's own address is always one of them.
    environment
        Of production or staging.
    any_
        Let any page again.

    """
    from agents.monitoring import cli as reads  # noqa: PLC0415

    plain = [one.rstrip("/") for one in allowed]
    bad = next((one for one in plain if not ORIGIN.fullmatch(one)), None)
    if bad is not None or bool(plain) == any_:
        raise CliError(
            f"{bad} is no origin" if bad else "name the origins, or --any",
            hint="an origin is a scheme and a host, as https://shop.example.org",
            code=Exit.USAGE,
        )
    async with monitoring() as settings:
        known = await reads.watched(settings)
        if (name, environment) not in {(one.app, one.environment) for one in known}:
            raise CliError(
                f"{name} is not watched in {environment}",
                hint="`genesis monitor status` lists what is",
            )
        await reads.set_origins(settings, name, environment, plain)
    said = ", ".join(plain) if plain else "any page"
    say(f"{name} ({environment}) takes signals of {said}; within half a minute")
    return Exit.DONE


def _decision(*, resolve: bool, ignore: bool, reopen: bool) -> Status | None:
    asked: dict[Status, bool] = {
        "resolved": resolve, "ignored": ignore, "unresolved": reopen,
    }  # fmt: skip
    wanted: list[Status] = [status for status, given in asked.items() if given]
    if len(wanted) > 1:
        raise CliError(
            "--resolve, --ignore and --reopen exclude each other",
            hint="give one of them",
            code=Exit.USAGE,
        )
    return wanted[0] if wanted else None


def _line(one: ErrorGroup) -> str:
    users = f", {one.users:,} users" if one.users else ""
    release = f"  since {one.release_first}" if one.release_first else ""
    return (
        f"{MARKS[one.status]} {one.group:>5}  {_bars(one.per_hour)}  {one.title}  {one.culprit}"
        f"  ({one.app}, {one.environment}: {one.events:,}×{users}, last {ago(one.last)}{release})"
    )


def _bars(counts: tuple[int, ...]) -> str:
    most = max(counts, default=0)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most) if most else 0] for count in counts)


def _say_detail(found: ErrorDetail) -> None:
    group, latest = found.group, found.latest
    say(_line(group))
    if found.who:
        when = f" {ago(found.status_at)}" if found.status_at else ""
        say(f"  {group.status} by {found.who}{when}")
    if latest is None:
        say("  No event of it is kept any more.")
        return
    facts = {
        "when": ago(latest.at), "release": latest.release, "address": latest.url,
        "user": latest.user, "in": latest.transaction, **dict(latest.tags), "sdk": latest.sdk,
    }  # fmt: skip
    for name, value in facts.items():
        if value:
            say(f"  {name}: {value}")
    if latest.message and not latest.exceptions:
        say(f"  {latest.message}")
    for place, one in enumerate(latest.exceptions):
        say(f"{'' if place == 0 else 'because of '}{one.kind or 'Message'}: {one.value}")
        _say_calls(one)
    for crumb in latest.breadcrumbs[-10:]:
        say(f"  · {crumb.category}: {crumb.message}")


def _say_calls(one: Exception_) -> None:
    for frame in one.frames[:MOST_FRAMES]:
        say(f"  {_place(frame)}")
        if frame.source and frame.in_app:
            say(f"      {frame.source.strip()}")
    if len(one.frames) > MOST_FRAMES:
        say(f"  … and {len(one.frames) - MOST_FRAMES} more")


def _place(frame: Frame) -> str:
    line = "" if frame.line is None else f":{frame.line}"
    return f"{'at' if frame.in_app else '  '} {frame.function or '?'}  {frame.file}{line}"
