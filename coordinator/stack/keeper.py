"""Keeps one process alive: start, wait until it works, start again when it ends.

`Keeper.keep()` is one task; cancelling it ends the process in good order.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable

import msgspec
import structlog

from bus.process import healthy
from coordinator.stack.account import popen_arguments
from coordinator.stack.errors import StackError
from coordinator.stack.home import Home, last_lines, open_log
from coordinator.stack.services import Service
from coordinator.stack.state import Phase, Running, created_at

log = structlog.get_logger()

LOOK = 0.02
"""Seconds between looks whether a starting process is ready."""
PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before a process is started again, by how often it failed in a row."""
STABLE = 20.0
"""Seconds of life after which earlier failures no longer count."""
ROUND = 5.0
HUNG_ROUNDS = 12
"""Looks in a row without a sign of life after which a process counts as hung: one minute."""


class Keeper:
    """One service and its process. `changed` is called whenever `running` is another."""

    def __init__(self, home: Home, service: Service, changed: Callable[[], None]) -> None:
        self.service = service
        self.running = Running(name=service.name, port=service.port)
        self.ready = asyncio.Event()
        self._home = home
        self._changed = changed
        self._process: subprocess.Popen[bytes] | None = None
        self._exited = asyncio.Event()

    def look(self) -> None:
        """A child process of ours ended: see whether it was this one."""
        if self._process is not None and self._process.poll() is not None:
            self._exited.set()

    async def keep(self, needs: list[Keeper]) -> None:
        """Keep the process alive until cancelled; a `once` one until it has succeeded."""
        failures = 0
        try:
            for other in needs:
                await other.ready.wait()
            while True:
                started = time.monotonic()
                code = await self._live()
                if self.service.once and code == 0:
                    self._become(Phase.DONE, pid=0)
                    self.ready.set()
                    return
                failures = 1 if time.monotonic() - started > STABLE else failures + 1
                pause = PAUSES[min(failures, len(PAUSES)) - 1]
                self._failed(code, failures, pause)
                await asyncio.sleep(pause)
        finally:
            await self._end()

    async def _live(self) -> int | None:
        """One life of the process; its exit code, None when it could not be started."""
        self._exited.clear()
        try:
            self._start()
        except (OSError, StackError) as error:
            log.error("not started", service=self.service.name, error=str(error))
            return None
        watch = asyncio.create_task(self._watch())
        try:
            await self._exited.wait()
        finally:
            watch.cancel()
            (outcome,) = await asyncio.gather(watch, return_exceptions=True)
            if isinstance(outcome, Exception):
                log.error("watching broke", service=self.service.name, error=repr(outcome))
        self.ready.clear()
        assert self._process is not None
        self._end_group()
        return self._process.returncode

    def _start(self) -> None:
        service = self.service
        if service.sign_of_life is not None:
            service.sign_of_life.unlink(missing_ok=True)
        output = open_log(self._home, service.name)
        try:
            self._process = subprocess.Popen(
                service.command,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                # Processes run where nothing of the person's own folder can be imported or held.
                cwd="/",
                env=dict(service.environment),
                start_new_session=True,
                **popen_arguments(service.account),
            )  # fmt: skip
        finally:
            os.close(output)
        pid = self._process.pid
        self._become(Phase.STARTING, pid=pid, created=created_at(pid), since=time.time())
        self.look()

    async def _watch(self) -> None:
        """Say when the process is ready; afterwards, kill it when it shows no life."""
        ready = self.service.ready
        while not await ready(self.running.pid, self.running.since):  # noqa: ASYNC110  not ours
            await asyncio.sleep(LOOK)
        self._become(Phase.UP, detail="")
        self.ready.set()
        silent = 0
        while self.service.sign_of_life is not None and silent < HUNG_ROUNDS:
            await asyncio.sleep(ROUND)
            silent = 0 if healthy(str(self.service.sign_of_life)) else silent + 1
        if self.service.sign_of_life is not None and self._process is not None:
            log.error("no sign of life, killed", service=self.service.name)
            self._process.kill()

    def _failed(self, code: int | None, failures: int, pause: float) -> None:
        reason = "could not be started" if code is None else f"ended with code {code}"
        lines = last_lines(self._home.log(self.service.name), 1)
        log.warning(
            "process ended", service=self.service.name, code=code, failures=failures, again_in=pause
        )
        self._become(
            Phase.FAILED,
            pid=0,
            restarts=self.running.restarts + 1,
            failures=failures,
            detail=f"{reason}: {lines}"[:500],
        )

    def _become(self, phase: Phase, **changes: object) -> None:
        self.running = msgspec.structs.replace(self.running, phase=phase, **changes)
        self._changed()

    async def _end(self) -> None:
        """End the process: its signal, its patience, then SIGKILL for it and what it left."""
        if self.running.phase is not Phase.DONE:
            # What was done stays so, for whoever waits for it later.
            self.ready.clear()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.service.stop_signal)
            try:
                async with asyncio.timeout(self.service.patience):
                    await self._exited.wait()
            except TimeoutError:
                log.error("does not end, killed", service=self.service.name)
                self._process.kill()
                await asyncio.to_thread(self._process.wait)
            self._end_group()
        if self.running.phase is not Phase.DONE:
            self._become(Phase.STOPPED, pid=0)

    def _end_group(self) -> None:
        """Nobody is left to answer for what a dead process had begun (an install, a compiler)."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
