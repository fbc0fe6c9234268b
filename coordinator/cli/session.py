"""A command's way to the system: the cluster in NATS_URL, else the local stack, started at need."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from coordinator.cli.output import CliError, Exit

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.settings import Settings


def quiet() -> None:
    """Only what went wrong is logged: the command line has its own voice."""
    import structlog  # noqa: PLC0415

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error"),
        logger_factory=structlog.PrintLoggerFactory(),
    )


def settings() -> Settings:
    """This command's settings: the environment's. Raises CliError for a wrong one."""
    from bus.settings import SettingsError, load  # noqa: PLC0415

    try:
        return load()
    except SettingsError as error:
        raise CliError(str(error), code=Exit.USAGE) from None


async def reach(*, start: bool) -> Settings:
    """Settings that reach a running system. Raises CliError.

    Without NATS_URL that is the local stack, which `start` brings up when it is down, unless it
    is one in containers.
    """
    from coordinator.cli.stack import told_start  # noqa: PLC0415
    from coordinator.stack import api  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415

    found = settings()
    if os.environ.get("NATS_URL"):
        return found
    try:
        if start and not api.in_containers(found):
            await api.up(found, told_start())
        return api.person_settings(found)
    except StackError as error:
        raise CliError(str(error)) from None


@asynccontextmanager
async def session(*, start: bool = False) -> AsyncIterator[tuple[Settings, NatsBus]]:
    """Settings and an open bus. Raises CliError when the system cannot be reached."""
    from bus.errors import BusError  # noqa: PLC0415
    from bus.nats import open_bus  # noqa: PLC0415

    quiet()
    reached = await reach(start=start)
    try:
        async with open_bus(reached, name="cli", group=False) as bus:
            yield reached, bus
    except BusError as error:
        raise CliError(str(error)) from None
