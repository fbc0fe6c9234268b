"""What every Genesis process does once: logging, signals, a sign of life, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog

from bus import spans
from bus.errors import BusError
from bus.settings import Settings, SettingsError, load

HEALTH_FILE = "GENESIS_HEALTH_FILE"
"""Environment variable: the file that a healthy process touches."""
BEAT = 5.0
STALE = 20.0
"""Seconds after which a process that no longer touches its file counts as dead."""

log = structlog.get_logger()

Main = Callable[[Settings, asyncio.Event], Awaitable[None]]


def configure_logging() -> None:
    """Lines for people on a terminal, JSON otherwise; the pipeline is on every line about it."""
    terminal = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    render = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if terminal else [structlog.processors.format_exc_info]),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def run(main: Main, *, loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> int:
    """Run a process until it ends or is told to; its exit code: 0 done, 1 broken, 2 settings.

    `loop` makes its event loop, where asyncio's own is not to be.
    """
    configure_logging()
    try:
        settings = load()
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(_until_stopped(main, settings))
    except SettingsError as error:
        log.error("settings", error=str(error))
        return 2
    except BusError as error:
        log.error("bus", error=str(error))
        return 1
    return 0


async def _until_stopped(main: Main, settings: Settings) -> None:
    recorded = spans.configure(settings.nats_account or "guest")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    beat = asyncio.create_task(_beat())
    try:
        async with _inspected(settings.metrics_listen):
            await main(settings, stop)
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        if recorded is not None:
            await asyncio.to_thread(recorded.shutdown)


def _inspected(address: str) -> AbstractAsyncContextManager[None]:
    if not address:
        return contextlib.nullcontext()
    # It takes a tenth of a second that few processes need.
    from bus.inspection import inspected  # noqa: PLC0415

    return inspected(address)


async def _beat() -> None:
    path = os.environ.get(HEALTH_FILE)
    while path:
        with contextlib.suppress(OSError):  # a full disk must not end a process that works
            await asyncio.to_thread(Path(path).touch)
        await asyncio.sleep(BEAT)


def healthy(path: str | None) -> bool:
    """Whether the process that touches this file showed life of late."""
    if not path:
        return False
    try:
        return time.time() - Path(path).stat().st_mtime < STALE
    except OSError:
        return False
