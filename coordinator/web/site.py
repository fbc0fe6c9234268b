"""What every page is made with: what it may read, the bus it decides through, how it is drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

import asyncpg
from markupsafe import Markup
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from bus.errors import BusError
from bus.port import Bus
from coordinator.web.facts import NotReadable
from coordinator.web.reads import Reads
from coordinator.web.sessions import Door, Session
from coordinator.words import duration

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

T = TypeVar("T")


class Site(Struct, frozen=True, kw_only=True):
    """Injected once; `bus` connects at its first use, `port` is where the dashboard listens."""

    reads: Reads
    bus: Callable[[], Awaitable[Bus]]
    door: Door
    port: int
    clock: Callable[[], float]


class Section(Struct, Generic[T], frozen=True):
    """A part of a page: what it shows, or why it cannot be shown."""

    value: T | None
    problem: str = ""


AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
"""What reading raises while the database is away."""


def site_of(request: Request) -> Site:
    """What the application was made with."""
    site: Site = request.app.state.site
    return site


def person_of(request: Request) -> str:
    """Who is signed in; the guard lets nobody else come here."""
    session: Session = request.scope["session"]
    return session.person


async def section(reading: Awaitable[T]) -> Section[T]:
    """What a read came to; a part that fails leaves the rest of its page."""
    try:
        return Section(await reading)
    except NotReadable as error:
        return Section(None, str(error))
    except AWAY as error:
        return Section(None, f"The database cannot be read now ({type(error).__name__}).")


async def done(changing: Awaitable[T]) -> T:
    """What a change came to. Raises HTTPException 503 when it could not be made."""
    try:
        return await changing
    except NotReadable as error:
        raise HTTPException(503, f"Nothing was changed: {error}") from None
    except AWAY as error:
        raise HTTPException(
            503, f"The database cannot be reached ({type(error).__name__}); nothing was changed."
        ) from None


async def bus_of(request: Request) -> Bus:
    """The bus. Raises HTTPException 503 while the broker is away."""
    try:
        return await site_of(request).bus()
    except BusError as error:
        raise HTTPException(503, f"The bus cannot be reached: {error}") from None


def page(request: Request, template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """A whole page."""
    return HTMLResponse(fragment(request, template, **context), status)


def fragment(request: Request, template: str, /, **context: object) -> str:
    """HTML from a template, in which everything is escaped."""
    session: Session | None = request.scope.get("session")
    known = {
        "session": session,
        "csrf": session.csrf if session else "",
        "now": site_of(request).clock(),
        "path": request.url.path,
        "done": request.query_params.get("done", ""),
    }
    return templates().get_template(template).render(known | context)


@cache
def templates() -> Environment:
    """The templates, loaded when the first page is asked for."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  1.9 MiB

    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {
        "duration": duration, "ago": ago, "clock": clock, "number": number, "many": many,
        "words": words, "milliseconds": milliseconds, "per_cent": per_cent, "web": web,
    }  # fmt: skip
    made.globals["STATUSES"] = STATUSES
    return made


STATUSES = {
    "running": ("▸", "running", "busy"), "awaiting_approval": ("?", "waits for approval", "ask"),
    "rolling_back": ("↩", "taking back", "busy"), "stuck": ("!", "stuck", "bad"),
    "completed": ("✓", "completed", "good"), "failed": ("✗", "failed", "bad"),
    "rolled_back": ("↩", "rolled back", "off"), "unknown": ("·", "unknown", "off"),
}  # fmt: skip
"""A status's mark, its words, and how it is coloured."""


def ago(then: float, now: float) -> Markup:
    """How long since, with the exact time for whoever asks."""
    exact = datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{_long(max(0.0, now - then))} ago"
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(exact, text)


def _long(seconds: float) -> str:
    """A span of time, as exactly as somebody who looks back wants it."""
    for size, unit in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def clock(then: float) -> Markup:
    """A time of day and date, in UTC."""
    at = datetime.fromtimestamp(then, UTC)
    exact, text = at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.strftime("%d %b %Y, %H:%M:%S UTC")
    return Markup('<time datetime="{}">{}</time>').format(exact, text)


def number(value: float) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,.0f}"


def milliseconds(value: float | None) -> str:
    """A duration of a check; a dash where there was none."""
    if value is None:
        return "–"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.2f} s"  # noqa: PLR2004


def per_cent(value: float | None) -> str:
    """An uptime, which is never rounded up to a whole hundred."""
    if value is None:
        return "no checks"
    return "100 %" if value >= 100 else f"{min(value, 99.99):.2f} %"  # noqa: PLR2004


def many(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def words(text: str, most: int = 120) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def web(address: str | None) -> str:
    """An address that may stand in a link, "" for any that does more than lead somewhere."""
    try:
        scheme = urlsplit(address or "").scheme
    except ValueError:
        return ""
    return (address or "") if scheme in ("http", "https") else ""


def moved(path: str, **query: str) -> RedirectResponse:
    """To where it can be seen that something was done."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)
