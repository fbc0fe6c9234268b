"""The HTTP server for signals: raw ASGI on uvicorn, in the process of the monitoring agent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
import uvicorn

from agents.monitoring.ingest.connections import Protocol
from agents.monitoring.ingest.exchange import Answer, Gone, Memory, Refused, Request
from agents.monitoring.ingest.limits import Limits
from agents.monitoring.ingest.parts import routes as all_routes
from agents.monitoring.ingest.projects import Projects
from agents.monitoring.ingest.routes import Found, Route, Services, Table
from agents.monitoring.ingest.writer import Writer
from bus import metering
from bus.settings import Settings

log = structlog.get_logger()

CONNECTIONS = 2_000
"""Connections at a time; more are told 503."""
KEEP_ALIVE = 30
PORT_AGAIN = 2.0
"""Seconds until a port that is taken is tried again."""
LAST_ANSWERS = 5
"""Seconds in which requests under way may end when the process does."""
NOWHERE = "nowhere"
"""What is counted for paths that lead to nothing, whatever they are."""
EXPOSED = "x-sentry-error, x-sentry-rate-limits, retry-after"

Send = Callable[[Mapping[str, object]], Awaitable[None]]


class App:
    """The ASGI application: a request to its handler, and what came of it to an answer."""

    def __init__(self, services: Services, routes: Sequence[Route], prefix: str = "") -> None:
        self._services = services
        self._table = Table(routes)
        self._prefix = prefix.rstrip("/")
        self._memory = Memory()

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        """Answer one request."""
        client = scope.get("client")
        request = Request(
            scope["method"],
            scope["path"].removeprefix(self._prefix),
            scope["query_string"],
            scope["headers"],
            client[0] if client else "",
            receive,
            self._memory,
        )
        found, began = self._table.find(request.path), time.monotonic()
        try:
            answer = await self._answer(request, found)
        except Gone:
            return
        finally:
            request.close()
        if (meter := metering.meter()) is not None:
            meter.asked(found.pattern or NOWHERE, answer.status, time.monotonic() - began)
        await _send(send, request, answer)

    async def _answer(self, request: Request, found: Found) -> Answer:
        methods, request.path_values = found.methods, found.values
        if not methods:
            return _said(404, "there is nothing here")
        if request.method == "OPTIONS":
            return _preflight(request, methods)
        handler = methods.get(request.method)
        if handler is None:
            return _said(405, "this is not how to ask", (("allow", ", ".join(methods)),))
        try:
            return await handler(request, self._services)
        except Refused as refused:
            return _said(refused.status, refused.text, refused.headers)
        except Gone:
            raise
        except Exception:
            log.exception("a signal's handler broke", path=request.path[:200])
            return _said(500, "it could not be taken")


def _said(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A refusal, where each kind of client looks for it."""
    plain = "".join(each if " " <= each <= "~" else "?" for each in text)
    return Answer(
        status,
        msgspec.json.encode({"detail": text}),
        (*headers, ("x-sentry-error", plain)),
    )


def _preflight(request: Request, methods: Mapping[str, Any]) -> Answer:
    asked = request.headers.get("access-control-request-headers", "")
    return Answer(
        200,
        headers=(
            ("access-control-allow-methods", ", ".join(methods)),
            ("access-control-allow-headers", asked or "*"),
            ("access-control-max-age", "86400"),
        ),
    )


async def _send(send: Send, request: Request, answer: Answer) -> None:
    headers = [
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers),
    ]
    if answer.body:
        headers.append((b"content-type", answer.content_type.encode()))
    if request.origin:
        # Whether an origin may send is said by the status; a page may always read why not.
        headers += [
            (b"access-control-allow-origin", request.origin.encode("latin-1")),
            (b"access-control-expose-headers", EXPOSED.encode()),
            (b"vary", b"origin"),
        ]
    if answer.status == HTTPStatus.REQUEST_TIMEOUT:
        # Of other refusals the rest of the body is read and dropped, so that they are heard.
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


class _Server(uvicorn.Server):
    """Ends when it is told to, and leaves the process' signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    *,
    routes: Sequence[Route] | None = None,
    limits: Limits | None = None,
    now: Callable[[], float] = time.time,
) -> None:
    """Take signals at MONITOR_LISTEN until `stop`; returns at once where none are to be taken.

    A port that is taken is a line in the log, and tried again: another replica has it, or the
    process that this one takes the place of.
    """
    if not settings.monitor_listen or not settings.monitor_secret:
        log.info("no signals are taken: MONITOR_LISTEN or MONITOR_SECRET is not set")
        return
    listener = await _awaited_listener(settings.monitor_listen, stop)
    if listener is None:
        return
    writer = Writer(settings.database_url.reveal(), now=now)
    services = Services(
        projects=Projects(settings), limits=limits or Limits(), writer=writer, now=now
    )
    taken = all_routes(settings) if routes is None else routes
    app = App(services, taken, urlsplit(settings.monitor_url).path)
    with listener:
        await _run(app, writer, listener, stop)


async def _awaited_listener(address: str, stop: asyncio.Event) -> socket.socket | None:
    """A socket that listens there as soon as nobody else does; None when `stop` came before."""
    told = False
    while not stop.is_set():
        try:
            return _listener(address)
        except OSError as error:
            if not told:
                log.warning("no signals are taken here yet", address=address, error=str(error))
            told = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PORT_AGAIN)
    return None


def _listener(address: str) -> socket.socket:
    """A socket that listens there. Raises OSError, also for what is no address."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise OSError(f"{address!r} is not host:port")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, int(port)), family=family, backlog=1024)


async def _run(app: App, writer: Writer, listener: socket.socket, stop: asyncio.Event) -> None:
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        # Request.sender says whose word is taken for where a request comes from.
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )
    server, all_answered = _Server(config), asyncio.Event()

    async def until_stopped() -> None:
        await stop.wait()
        server.should_exit = True

    async def answer() -> None:
        try:
            await server.serve(sockets=[listener])
        finally:
            all_answered.set()

    log.info("signals are taken", address="{}:{}".format(*listener.getsockname()[:2]))
    async with asyncio.TaskGroup() as group:
        ending = group.create_task(until_stopped())
        group.create_task(writer.run(all_answered))
        await group.create_task(answer())
        ending.cancel()
