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


class Table:
    """Routes by the segments of their paths."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._whole: dict[str, dict[str, Handler]] = {}
        self._by_length: dict[int, list[tuple[tuple[str, ...], dict[str, Handler]]]] = {}
        for route in routes:
            path = route.path.strip("/")
            if "{" not in path:
                self._whole.setdefault(path, {})[route.method] = route.handler
                continue
            parts = tuple(path.split("/"))
            same = self._by_length.setdefault(len(parts), [])
            methods = next((known for known_parts, known in same if known_parts == parts), None)
            if methods is None:
                methods = {}
                same.append((parts, methods))
            methods[route.method] = route.handler

    def find(self, path: str) -> tuple[Mapping[str, Handler], Mapping[str, str]]:
        """The handlers by method and the path's values; no handlers where there is nothing."""
        path = path.strip("/")
        if path in self._whole:
            return self._whole[path], {}
        segments = path.split("/")
        for parts, methods in self._by_length.get(len(segments), ()):
            values = _values(parts, segments)
            if values is not None:
                return methods, values
        return {}, {}


def _values(parts: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    values = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            values[part[1:-1]] = segment
        elif part != segment:
            return None
    return values
