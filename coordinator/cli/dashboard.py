"""`genesis dashboard`: open it, signed in; and the process that serves it.

Where a local stack runs, the dashboard is one of its processes and is found. Where a cluster or
containers run, this command serves it itself until it is interrupted.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from bus.settings import Secret, Settings, SettingsError
from coordinator.cli.output import CliError, Exit, dump, note, say

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.port import Bus

PATIENCE = 10.0
"""Seconds that the stack's dashboard has to answer."""


async def dashboard(*, no_open: bool = False, json: bool = False) -> int:
    """Open the dashboard in the browser, signed in; starts the local stack when it is down.

    Parameters
    ----------
    no_open
        Only print the link, which is good once and for two minutes.

    """
    from coordinator.cli import session as sessions  # noqa: PLC0415

    sessions.quiet()
    settings = await sessions.reach(start=True)
    served_here = not settings.dashboard_secret
    if served_here:
        settings = msgspec.structs.replace(
            settings, dashboard_secret=Secret(secrets.token_hex(32)),
            dashboard_listen=settings.dashboard_listen or "127.0.0.1:14227",
        )  # fmt: skip
    try:
        port_of(settings)
    except SettingsError as error:
        raise CliError(str(error), code=Exit.USAGE) from None
    stop = asyncio.Event()
    serving = asyncio.create_task(_serve(settings, stop)) if served_here else None
    try:
        await _answering(settings, serving)
        _show(settings, no_open=no_open or json, json=json)
        if serving is not None:
            note("Serving the dashboard; Ctrl-C ends it.")
            await serving
    finally:
        if serving is not None:
            stop.set()
            await asyncio.gather(serving, return_exceptions=True)
    return Exit.DONE


async def _answering(settings: Settings, serving: asyncio.Task[None] | None) -> None:
    """Wait until the dashboard answers. Raises CliError when it does not."""
    from coordinator.stack.probe import answers_http  # noqa: PLC0415

    port = port_of(settings)
    deadline = time.monotonic() + PATIENCE
    while not await answers_http(port, "/healthz"):
        if serving is not None and serving.done():
            raise CliError(f"the dashboard cannot be served on port {port}: {serving.exception()}")
        if time.monotonic() > deadline:
            raise CliError(
                f"the dashboard does not answer on port {port}",
                hint="`genesis logs --service dashboard`; a stack that an older Genesis started has"
                " none: `genesis down`, then `genesis up`",
            )
        await asyncio.sleep(0.05)


def _show(settings: Settings, *, no_open: bool, json: bool) -> None:
    """Make a link that signs in once, and open or print it."""
    import webbrowser  # noqa: PLC0415

    from coordinator.web.guard import origin  # noqa: PLC0415
    from coordinator.web.sessions import CODE_LIFE, make_code  # noqa: PLC0415

    who, now = person_of(settings), time.time()
    code = make_code(settings.dashboard_secret.reveal(), who, now)
    address = origin(port_of(settings))
    link = f"{address}/sign-in#code={code}"
    if json:
        dump({"url": address, "link": link, "code": code, "person": who, "until": now + CODE_LIFE})
        return
    opened = not no_open and webbrowser.open(link)
    say(address if opened else link)
    if not opened:
        note("The link signs you in once, within two minutes.")


def port_of(settings: Settings) -> int:
    """The port of DASHBOARD_LISTEN. Raises SettingsError for an address that is not loopback."""
    host, _, port = settings.dashboard_listen.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdigit():
        raise SettingsError(
            f"DASHBOARD_LISTEN={settings.dashboard_listen!r}: the dashboard listens on this machine"
            " only, as in 127.0.0.1:14227"
        )
    return int(port)


def person_of(settings: Settings) -> str:
    """Under whose account the dashboard acts: only they can sign in."""
    return settings.nats_account or "guest"


class _Line:
    """The bus, connected when it is first needed; a connection that is lost comes back itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bus: NatsBus | None = None
        self._alone = asyncio.Lock()

    async def __call__(self) -> Bus:
        """The bus. Raises BusUnavailable."""
        from bus.connection import connect  # noqa: PLC0415
        from bus.nats import NatsBus  # noqa: PLC0415

        async with self._alone:
            if self._bus is None:
                made = NatsBus(await connect(self._settings, name="dashboard"), group=False)
                await made.open()
                self._bus = made
        return self._bus

    async def close(self) -> None:
        if self._bus is not None:
            await self._bus.close()


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until told to stop. Raises OSError when the port is taken, SettingsError."""
    from coordinator.cli.reading import Reading  # noqa: PLC0415
    from coordinator.web.serve import serve  # noqa: PLC0415
    from coordinator.web.sessions import Door  # noqa: PLC0415
    from coordinator.web.site import Site  # noqa: PLC0415

    if not settings.dashboard_secret:
        raise SettingsError("DASHBOARD_SECRET is not set: nobody could sign in")
    line, reading = _Line(settings), Reading(settings)
    door = Door(settings.dashboard_secret.reveal(), person_of(settings), time.time())
    site = Site(reads=reading, bus=line, door=door, port=port_of(settings), clock=time.time)
    try:
        await serve(site, stop)
    finally:
        await line.close()
        await reading.close()


def main() -> int:
    """The process of the local stack."""
    from bus.process import run  # noqa: PLC0415

    return run(_serve)


if __name__ == "__main__":
    sys.exit(main())
