"""Turns an agent's function into a process: pull, work, answer with compare-and-swap, ack.

A killed process costs nothing but time: its command goes to another one, whose answer is the
only one that the log takes. An answer that the log refuses came too late, or is already there;
what was done is kept, so that the same command asked again in this process is answered at once.
A failure is not kept: whoever asks again wants it tried again.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

import msgspec
import structlog

from agents.work import AgentError, Context
from bus import tracing
from bus.errors import ArtifactDamaged, ArtifactMissing, BusError, Conflict, Reject, Retry
from bus.port import Bus, Delivery, Unreadable
from bus.settings import Settings
from contracts import messages as m

log = structlog.get_logger()

Work = Callable[[Any, Context], Awaitable[m.PipelineMessage]]

FAILURES: dict[str, type[m.Failed]] = {m.area_of(kind): kind for kind in m.FAILURES}
REMEMBERED = 64
"""Refused answers that one process keeps."""
BACKGROUND_PAUSE = 2.0
DEFECT = "this is a defect in Genesis; `genesis logs` has the details"


class Agent:
    """One agent's functions, and the commands that it works on right now."""

    def __init__(self, area: m.Area, works: dict[str, Work], bus: Bus, settings: Settings) -> None:
        self.area: m.Area = area
        self._works = works
        self._bus = bus
        self._settings = settings
        self._running: dict[str, set[asyncio.Task[Any]]] = {}
        self._stopped: set[asyncio.Task[Any]] = set()
        self._refused: OrderedDict[bytes, m.PipelineMessage] = OrderedDict()
        self._in_hand: dict[bytes, asyncio.Event] = {}
        """The orders that are worked on until they are answered, each with its end."""

    async def handle(self, delivery: Delivery) -> None:
        """One command to one answer in the log."""
        command, sequence = delivery.recorded.message, delivery.recorded.sequence
        if isinstance(command, Unreadable):
            raise Reject(command.reason)
        work = self._works.get(m.tag(type(command)))
        if work is None or not isinstance(command, m.Command):
            raise Reject(f"agent {self.area} does not handle {m.tag(type(command))}")
        if delivery.attempt == 1 and command.delay:
            raise Retry("asked for later", after=command.delay)
        # Each delivery has a context of its own, so nothing has to be put back.
        structlog.contextvars.bind_contextvars(pipeline=command.pipeline, area=self.area)
        key, end, begun = _key(command), asyncio.Event(), time.monotonic()
        try:
            answer = await self._answer(self._alone(key, end, work), command, sequence)
            await self._publish(command, answer, sequence)
            _say(command, answer, time.monotonic() - begun)
        finally:
            if self._in_hand.get(key) is end:
                del self._in_hand[key]
            end.set()

    def _alone(self, key: bytes, end: asyncio.Event, work: Work) -> Work:
        """The work, but never twice at a time for the same order.

        Whoever asks again while it is done gets what was done, when its answer was refused.
        """

        async def alone(command: m.Command, context: Context) -> m.PipelineMessage:
            while (earlier := self._in_hand.get(key)) is not None:
                await earlier.wait()
            self._in_hand[key] = end
            kept = self._refused.pop(key, None)
            return kept if kept is not None else await work(command, context)

        return alone

    async def _publish(self, command: m.Command, answer: m.PipelineMessage, sequence: int) -> None:
        answer = self._readable(command, answer)
        tracing.note("genesis.answer", m.tag(type(answer)))
        try:
            await self._bus.publish(answer, after=sequence)
        except Conflict:
            log.info("answer superseded", answer=m.tag(type(answer)))
            if isinstance(answer, m.Failed):
                return
            self._refused[_key(command)] = answer
            if len(self._refused) > REMEMBERED:
                self._refused.popitem(last=False)

    def _readable(self, command: m.Command, answer: m.PipelineMessage) -> m.PipelineMessage:
        """The answer, or a failure in its place when nobody could read it.

        Unread, it would be no answer, and the command be asked again for ever.
        """
        try:
            m.decode(m.encode(answer))
        except m.OversizedMessage as error:
            return self._failed(command, AgentError("answer_too_large", str(error), hint=DEFECT))
        except (m.MessageError, UnicodeEncodeError) as error:
            why = f"the {self.area} agent gave an answer that cannot be read: {error}"
            if isinstance(answer, m.Failed):
                why += f"; it was to say: {answer.message.encode('utf-8', 'replace').decode()}"
            return self._failed(command, AgentError("internal_error", why, hint=DEFECT))
        return answer

    async def _answer(self, work: Work, command: m.Command, sequence: int) -> m.PipelineMessage:
        """What the work came to; its failure is an answer too."""
        task = asyncio.current_task()
        assert task is not None
        running = self._running.setdefault(command.pipeline, set())
        running.add(task)
        try:
            return await work(command, self._context(command, sequence))
        except AgentError as error:
            return self._failed(command, error)
        except (ArtifactMissing, ArtifactDamaged) as error:
            # Asking for it again would not bring it back.
            return self._failed(command, AgentError("artifact_lost", str(error)))
        except (Retry, Reject, BusError):
            raise
        except asyncio.CancelledError:
            if task not in self._stopped or task.cancelling() > 1:
                # Not, or not only, because of a signal: this process ends.
                raise
            return self._failed(command, AgentError("cancelled", "stopped before it was done"))
        except Exception as error:
            log.exception("agent broke", command=m.tag(type(command)))
            problem = AgentError(
                "internal_error",
                f"the {self.area} agent broke: {type(error).__name__}: {error}",
                hint=DEFECT,
            )
            return self._failed(command, problem)
        finally:
            running.discard(task)
            if not running:
                self._running.pop(command.pipeline, None)
            if task in self._stopped:
                self._stopped.remove(task)
                task.uncancel()

    def _context(self, command: m.Command, sequence: int) -> Context:
        async def report(step: str, percent: float | None, lines: Sequence[str]) -> None:
            await self._bus.tell(
                m.Progress(
                    pipeline=command.pipeline,
                    area=self.area,
                    step=step[:1000],
                    percent=percent,
                    lines=tuple(line[:500] for line in lines[-40:]),
                )
            )

        return Context(
            area=self.area,
            pipeline=command.pipeline,
            sequence=sequence,
            settings=self._settings,
            artifacts=self._bus.artifacts,
            report=report,
        )

    def _failed(self, command: m.Command, error: AgentError) -> m.Failed:
        log.warning("failed", code=error.code, message=error.message)
        return FAILURES[self.area](
            pipeline=command.pipeline,
            code=error.code,
            message=error.message[:4000],
            hint=error.hint[:4000],
            retryable=error.retryable,
            report=error.report,
        )

    async def obey_cancel_signals(self) -> None:
        """Stop the work on a pipeline that somebody cancelled; runs until it is cancelled."""
        async for signal in self._bus.listen("signal.cancel.*"):
            if isinstance(signal, m.CancelSignal):
                for task in self._running.get(signal.pipeline, set()) - self._stopped:
                    self._stopped.add(task)
                    task.cancel()


def _say(command: m.Command, answer: m.PipelineMessage, seconds: float) -> None:
    """One line for each command, so that a pipeline's can be read across agents."""
    told = {"command": m.tag(type(command)), "seconds": round(seconds, 3)}
    if isinstance(answer, m.Failed):
        log.warning("failed", code=answer.code, why=answer.message, **told)
    else:
        log.info("answered", answer=m.tag(type(answer)), **told)


def _key(command: m.Command) -> bytes:
    """What makes two commands the same order."""
    return msgspec.json.encode(msgspec.structs.replace(command, delay=0.0))


def works(area: m.Area, module: ModuleType) -> dict[str, Work]:
    """The commands that an agent's module answers: `run`, and `rollback` where it has one."""
    found: dict[str, Work] = {f"{area}.run": module.run}
    if hasattr(module, "rollback"):
        found[f"{area}.rollback"] = module.rollback
    return found


async def serve(area: m.Area, bus: Bus, settings: Settings, stop: asyncio.Event) -> None:
    """Run one agent until `stop` is set; then finish what is in hand and return."""
    module = importlib.import_module(f"agents.{area}.agent")
    await serve_works(area, works(area, module), bus, settings, stop, module)


async def serve_works(
    area: m.Area,
    functions: dict[str, Work],
    bus: Bus,
    settings: Settings,
    stop: asyncio.Event,
    module: ModuleType | None = None,
) -> None:
    """As `serve`, for functions that are given."""
    agent = Agent(area, functions, bus, settings)
    stopping = asyncio.create_task(stop.wait())
    signals = asyncio.create_task(agent.obey_cancel_signals())
    aside = asyncio.create_task(_background(module, settings, stop, bus))
    try:
        async with bus.handle(area, agent.handle, slots=settings.agent_slots):
            log.info("agent ready", area=area, slots=settings.agent_slots)
            await asyncio.wait({stopping, signals}, return_when=asyncio.FIRST_COMPLETED)
            log.info("agent draining", area=area)
        if signals.done():
            # Deaf to cancellations it must not go on; whoever started it starts it again.
            signals.result()
    finally:
        stopping.cancel()
        signals.cancel()
        if not stop.is_set():
            aside.cancel()
        await asyncio.gather(stopping, signals, aside, return_exceptions=True)


async def _background(
    module: ModuleType | None, settings: Settings, stop: asyncio.Event, bus: Bus
) -> None:
    """The agent's own work beside its commands; when it breaks it is begun again."""
    background = getattr(module, "background", None)
    while background is not None and not stop.is_set():
        try:
            await background(settings, stop, bus.announce)
        except Exception:
            log.exception("background work broke; beginning again")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BACKGROUND_PAUSE)
