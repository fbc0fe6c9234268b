"""Commands of the local stack: up, down, status, logs, doctor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from coordinator.cli.output import CliError, Exit, ago, dump, note, say
from coordinator.cli.session import quiet, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from coordinator.stack.errors import StackError
    from coordinator.stack.state import ServiceStatus, StackEvent


def _told(error: StackError) -> CliError:
    return CliError(str(error))


def told_start() -> Callable[[StackEvent], None]:
    """Tells people how the start goes: one line at its beginning, one for what fails."""
    began = False

    def tell(event: StackEvent) -> None:
        nonlocal began
        if not began:
            note("starting the local stack …")
            began = True
        if event.phase == "failed":
            note(f"  {event.service} ended and is started again: {event.detail}")

    return tell


async def up(*, json: bool = False) -> int:
    """Start the local stack, or find it running."""
    from coordinator.stack import api  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415

    quiet()
    try:
        await api.up(settings(), told_start())
    except StackError as error:
        raise _told(error) from None
    return await status(json=json)


async def down(*, purge: bool = False, yes: bool = False) -> int:
    """Stop the local stack and the apps on it; data stays.

    Parameters
    ----------
    purge
        Delete all data too: databases, pipelines, releases, keys. Asks first.
    yes
        Do not ask.

    """
    import asyncio  # noqa: PLC0415

    from agents.deployment import cli as deployment  # noqa: PLC0415
    from coordinator.stack import api  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415

    quiet()
    found = settings()
    if purge and not yes:
        _confirm(f"Delete everything under {found.genesis_home}? This cannot be undone.")
    try:
        await api.down(found)
        stopped = await asyncio.to_thread(deployment.stop_all, found.genesis_home)
        if stopped:
            note(f"stopped {stopped} app servers")
        if purge:
            api.purge(found)
    except StackError as error:
        raise _told(error) from None
    say("The stack is down; all data is deleted." if purge else "The stack is down; data stays.")
    return Exit.DONE


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise CliError("this asks first and nobody can answer", hint="add --yes", code=Exit.USAGE)
    if input(f"{question} Type yes: ").strip() != "yes":
        raise CliError("nothing was deleted", code=Exit.FAILED)


async def status(*, json: bool = False) -> int:
    """Show the processes of the local stack."""
    from coordinator.stack import api  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415

    try:
        services = await api.status(settings())
    except StackError as error:
        raise _told(error) from None
    if json:
        dump(services)
    elif not services:
        say("The stack is down. Start it with `genesis up`.")
    else:
        for service in services:
            say(_line(service))
    return Exit.DONE if services and all(service.up for service in services) else Exit.FAILED


def _line(service: ServiceStatus) -> str:
    port = f"port {service.port}" if service.port else ""
    memory = f"{service.memory:6.1f} MiB" if service.memory is not None else ""
    since = ago(service.since) if service.since else ""
    restarts = f"{service.restarts} restarts" if service.restarts else ""
    state = "up  " if service.up else "down"
    pid = service.pid or "-"
    line = f"{state}  {service.name:<12} {pid!s:<8} {memory:<12} {since:<16} {port:<11} {restarts}"
    return f"{line.rstrip()} {service.detail}".rstrip()


async def logs(
    pipeline: str = "", /, *, service: str = "", follow: bool = False, lines: int = 100
) -> int:
    """Show what the processes wrote, newest last.

    Parameters
    ----------
    pipeline
        Only lines about this pipeline. Those of all processes come in one order.
    service
        Only this process, such as build or nats.
    follow
        Go on showing.
    lines
        How many lines from each process to begin with.

    """
    from coordinator.cli.tail import tail  # noqa: PLC0415
    from coordinator.stack import api  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415

    try:
        files = api.log_files(settings())
    except StackError as error:
        raise _told(error) from None
    if service:
        if service not in files:
            known = ", ".join(sorted(files)) or "none: the stack was never started"
            raise CliError(
                f"there is no process {service!r}", hint=f"known: {known}", code=Exit.USAGE
            )
        files = {service: files[service]}
    await tail(files, pattern=pipeline, lines=lines, follow=follow)
    return Exit.DONE


async def doctor(*, json: bool = False) -> int:
    """Check this machine and the stack, and say what to do about what is wrong."""
    from coordinator.stack import api  # noqa: PLC0415

    quiet()
    findings = await api.doctor(settings())
    if json:
        dump(findings)
    else:
        for finding in findings:
            say(f"{finding.verdict:<5} {finding.what}: {finding.detail}")
            if finding.advice:
                say(f"      {finding.advice}")
    return Exit.FAILED if any(finding.verdict == "fail" for finding in findings) else Exit.DONE
