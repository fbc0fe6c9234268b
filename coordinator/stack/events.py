"""How `up` and `down` tell what happens while they wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from coordinator.stack.state import Phase, StackEvent

OnEvent = Callable[[StackEvent], None]


class Teller:
    """Tells events with the seconds since it was made; to nobody, if there is nobody."""

    def __init__(self, on_event: OnEvent | None) -> None:
        self._on_event = on_event
        self._began = time.monotonic()

    def __call__(self, service: str, phase: Phase, detail: str = "") -> None:
        if self._on_event is not None:
            seconds = time.monotonic() - self._began
            self._on_event(StackEvent(service=service, phase=phase, seconds=seconds, detail=detail))
