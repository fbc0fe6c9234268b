"""The coordinator: reads what happened, asks the saga what follows, appends that.

Stateless and active-active: any number of them run, each transition is one compare-and-swap on
the log, and the one that loses reads again. A crash at any point is a redelivery.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

import structlog

from bus.errors import BusError, Conflict, Reject
from bus.port import Bus, Delivery, Recorded, Unreadable
from contracts import messages as m
from contracts.naming import pipeline_id
from coordinator import saga
from coordinator.deadlines import Deadlines
from coordinator.peers import Peers

log = structlog.get_logger()

SLOTS = 256
"""Transitions that one coordinator works on at a time."""
CACHED = 20_000
"""Pipelines whose folded state one coordinator keeps."""
READERS = 32
"""Pipelines read at the same time when the log is scanned."""

STARTED, OPENED_AGAIN = m.tag(m.PipelineStarted), m.tag(m.RollbackAccepted)
ENDS = {m.tag(kind) for kind in (m.PipelineCompleted, m.PipelineFailed, m.PipelineRolledBack)}


class Coordinator:
    """Applies the saga to every pipeline that something happened to."""

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.time) -> None:
        self._bus = bus
        self._states: OrderedDict[str, saga.State] = OrderedDict()
        self._landing: dict[str, asyncio.Event] = {}
        self._deadlines = Deadlines(self._expire, clock)
        self._peers = Peers(bus)

    async def serve(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand.

        Raises what broke the watch over deadlines or peers: without it, it must not go on.
        """
        stopping = asyncio.create_task(stop.wait())
        aside = [
            asyncio.create_task(each)
            for each in (self._deadlines.run(), self._find_open_questions(), self._peers.run())
        ]
        try:
            async with self._bus.handle("coordinator", self.handle, slots=SLOTS):
                log.info("coordinator ready")
                await asyncio.wait({stopping, *aside}, return_when=asyncio.FIRST_COMPLETED)
                log.info("coordinator draining")
        finally:
            broken = [task for task in aside if task.done()]
            for task in (stopping, *aside):
                task.cancel()
            await asyncio.gather(stopping, *aside, return_exceptions=True)
        for task in broken:
            task.result()

    async def handle(self, delivery: Delivery) -> None:
        """One thing that happened, and everything that follows from it."""
        try:
            await self._handle(delivery)
        except m.MessageError as error:
            # What follows cannot be said, however often it is tried.
            raise Reject(str(error)) from error

    async def _handle(self, delivery: Delivery) -> None:
        entry = delivery.recorded
        match entry.message:
            case m.BuildRequested() | m.DeployRequested() as request:
                await self._start(entry, request)
            case m.RollbackRequested() as request:
                await self._roll_back(request)
            case m.PipelineMessage() as message:
                state = await self._current(message.pipeline, delivery)
                if state.started is None and isinstance(message, m.Approval) and message.automatic:
                    # It was given before the request, and waits in the log for the start.
                    return
                if isinstance(message, m.Cancel | m.PipelineTimedOut):
                    await self._stop_work(message.pipeline, state, entry)
                await self._advance(message.pipeline, state)
            case Unreadable(subject=subject, reason=reason):
                await self._pass_over(subject)
                raise Reject(reason)
            case other:
                raise Reject(f"the coordinator does not handle {type(other).__name__}")

    async def _start(self, entry: Recorded, request: m.BuildRequested | m.DeployRequested) -> None:
        pipeline = pipeline_id(request.request_id or f"{m.tag(type(request))}@{entry.sequence}")
        if isinstance(request, m.BuildRequested) and not request.idea.strip():
            raise Reject("the idea is empty: say in a sentence what the app should do")
        # Nearly always this is a new pipeline: the append itself finds out, without a read.
        state = self._states.get(pipeline) or saga.State()
        started = m.PipelineStarted(
            pipeline=pipeline, saga=saga.SAGA, request=request, steps=saga.steps_of(request)
        )
        # Again, because people may speak to a pipeline before it starts: an approval in advance.
        while state.started is None:
            state = await self._append(state, started)
        await self._advance(pipeline, state)

    async def _roll_back(self, request: m.RollbackRequested) -> None:
        state = await self._read(request.pipeline)
        if state.started is None:
            raise Reject(f"there is no pipeline {request.pipeline}")
        if state.verdict is None and state.failure is None:
            raise Reject(f"pipeline {request.pipeline} has not ended; cancel it instead")
        accepted = m.RollbackAccepted(
            pipeline=request.pipeline, requested_by=request.requested_by, reason=request.reason
        )
        while state.verdict == "completed":
            state = await self._append(state, accepted)
        await self._advance(request.pipeline, state)

    async def _stop_work(self, pipeline: str, state: saga.State, entry: Recorded) -> None:
        """Tell the agents that nobody waits for what they do, when this entry says so.

        A cancellation that changed nothing must not stop the undo that is under way.
        """
        if state.open is None and state.last == entry.sequence:
            await self._bus.tell(m.CancelSignal(pipeline=pipeline))

    async def _advance(self, pipeline: str, state: saga.State) -> None:
        """Append what follows, until somebody else has to speak."""
        if state.started is None:
            raise Reject(f"there is no pipeline {pipeline}")
        while (message := saga.decide(state)) is not None:
            state = await self._append(state, message)

    async def _append(self, state: saga.State, message: m.PipelineMessage) -> saga.State:
        """The state after one transition, whoever won it."""
        pipeline = message.pipeline
        landing = self._landing[pipeline] = asyncio.Event()
        try:
            return await self._land(state, message)
        finally:
            if self._landing.get(pipeline) is landing:
                del self._landing[pipeline]
            landing.set()

    async def _land(self, state: saga.State, message: m.PipelineMessage) -> saga.State:
        try:
            sequence = await self._bus.publish(message, after=state.last)
        except Conflict:
            return await self._read(message.pipeline)
        # The deadline counts from the broker's clock; until the log is read back, ours is near.
        entry = Recorded(sequence, self._deadlines.now(), message)
        state = saga.fold(state, entry)
        self._keep(message.pipeline, state)
        if state.verdict is not None:
            log.info("pipeline ended", pipeline=message.pipeline, verdict=state.verdict)
        return state

    async def _current(self, pipeline: str, delivery: Delivery) -> saga.State:
        """The state with this entry in it: from the cache when it follows, else from the log.

        An answer may overtake the broker's word on the command that it answers, when the command
        was appended here: then that is what it follows, as soon as it has landed.
        """
        while (landing := self._landing.get(pipeline)) is not None:
            await landing.wait()
        cached = self._states.get(pipeline)
        if cached is not None:
            if delivery.recorded.sequence <= cached.last:
                return cached
            if delivery.after == cached.last:
                state = saga.fold(cached, delivery.recorded)
                self._keep(pipeline, state)
                return state
        return await self._read(pipeline)

    async def _read(self, pipeline: str) -> saga.State:
        state = saga.State()
        for entry in await self._bus.read(pipeline):
            state = saga.fold(state, entry)
        self._keep(pipeline, state)
        return state

    def _keep(self, pipeline: str, state: saga.State) -> None:
        """Remember a state, unless somebody here has read further meanwhile."""
        known = self._states.get(pipeline)
        if known is not None and known.last > state.last:
            return
        self._deadlines.watch(pipeline, state.open)
        if state.verdict is not None:
            self._states.pop(pipeline, None)
            return
        self._states[pipeline] = state
        self._states.move_to_end(pipeline)
        if len(self._states) > CACHED:
            self._states.popitem(last=False)

    async def _pass_over(self, subject: str) -> None:
        """Something unreadable stands in a pipeline's log: what it overtook is asked again."""
        tokens = subject.split(".")
        if len(tokens) == 3:  # noqa: PLR2004  a pipeline's own space
            state = await self._read(tokens[2])
            if state.started is not None:
                await self._advance(tokens[2], state)

    async def _expire(self, pipeline: str, question: saga.Question) -> None:
        """Nobody answered in time: say so in the log, unless the answer got there first."""
        state = await self._read(pipeline)
        what = m.tag(type(question.message))
        timeout = m.PipelineTimedOut(pipeline=pipeline, waited_for=question.sequence, what=what)
        # Again, because somebody else's word that is no answer may come in between.
        while state.open is not None and state.open.sequence == question.sequence:
            log.warning("timed out", pipeline=pipeline, what=what)
            state = await self._append(state, timeout)

    async def _find_open_questions(self) -> None:
        """Watch the deadlines of pipelines that this process never heard of.

        Whoever appends a question watches it. So they have to be looked for only at the start,
        and when another coordinator is gone.
        """
        while True:
            try:
                await self._scan()
                await self._peers.one_lost()
            except BusError as error:
                log.warning("log not scanned yet", error=str(error))
                await asyncio.sleep(1)

    async def _scan(self) -> None:
        """Read the pipelines that have not ended; those that have cost their names alone."""
        found = _unfinished(await self._bus.counts("pipeline.*.*"))
        for few in (found[i : i + READERS] for i in range(0, len(found), READERS)):
            await asyncio.gather(*(self._read(pipeline) for pipeline in few))
        log.info("log scanned", unfinished=len(found))


def _unfinished(subjects: Iterable[str]) -> list[str]:
    """The pipelines that may be open, by the subjects of what happened in their lives."""
    lives: dict[str, set[str]] = {}
    for each in subjects:
        event, _, pipeline = each.rpartition(".")
        lives.setdefault(pipeline, set()).add(event)
    return [
        pipeline
        for pipeline, events in lives.items()
        if STARTED in events and (not events & ENDS or OPENED_AGAIN in events)
    ]
