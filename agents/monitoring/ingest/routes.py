"""Which request goes to which handler; parts.py has the routes of all parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from agents.monitoring.ingest.exchange import Answer, Request
from agents.monitoring.ingest.limits import Limits
from agents.monitoring.ingest.projects import Projects
from agents.monitoring.ingest.writer import Writer


class Services(Struct, frozen=True, kw_only=True):
    """What handlers share; see the package's docstring."""

    projects: Projects
    limits: Limits
    writer: Writer
    now: Callable[[], float]


Handler = Callable[[Request, Services], Awaitable[Answer]]


class Route(Struct, frozen=True):
    """A method and a path; `{name}` in it is one segment. A final slash may be missing."""

    method: str
    path: str
    handler: Handler


class Found(Struct, frozen=True):
    """Where a path leads: whose pattern it has, the handlers by method, its values.

    Without handlers there is nothing, and the pattern is "".
    """

    pattern: str = ""
    methods: Mapping[str, Handler] = {}
    values: Mapping[str, str] = {}


class Table:
    """Routes by the segments of their paths."""

    def __init__(self, routes: Sequence[Route]) -> None:
        by_path: dict[str, dict[str, Handler]] = {}
        for route in routes:
            by_path.setdefault(route.path.strip("/"), {})[route.method] = route.handler
        self._whole = {path: Found(path, some) for path, some in by_path.items() if "{" not in path}
        self._by_length: dict[int, list[tuple[list[str], Found]]] = {}
        for path, methods in by_path.items():
            if "{" in path:
                parts = path.split("/")
                self._by_length.setdefault(len(parts), []).append((parts, Found(path, methods)))

    def find(self, path: str) -> Found:
        """What is there."""
        path = path.strip("/")
        if path in self._whole:
            return self._whole[path]
        segments = path.split("/")
        for parts, found in self._by_length.get(len(segments), ()):
            values = _values(parts, segments)
            if values is not None:
                return Found(found.pattern, found.methods, values)
        return Found()


def _values(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    values = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            values[part[1:-1]] = segment
        elif part != segment:
            return None
    return values
