"""A real HTTP/1.1 server on 127.0.0.1 for emulators of platforms: faults, a journal, and speed.

An emulator gives a function from `Request` to `Reply`, called in the server's own thread. It
parses HTTP itself, since a general server would be what a benchmark of uploads measures.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

import msgspec

KEPT_BODY = 64 * 1024
"""Bytes of a body that the journal keeps."""


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """As it was sent, percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def parts(self) -> list[str]:
        """The path's parts, each decoded once; `+` is a plus sign."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def json(self) -> object:
        return msgspec.json.decode(self.body) if self.body else None


@dataclass
class Reply:
    """`body` goes out as it is when it is bytes, as JSON otherwise; None is no body at all."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What happens to the next `times` requests that fit, instead of an answer.

    `what` is a pattern for "METHOD /path?query". `cut` ends the connection: "during" the body,
    "before" anything was done, or "after" it was done and not said. With `delay` alone the answer
    only comes later. With `done` the request is carried out, and answered as if it had not been.
    """

    what: str
    status: int = 0
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    delay: float = 0.0
    done: bool = False
    times: float = 1

    def fits(self, request: Request) -> bool:
        return self.times > 0 and bool(re.search(self.what, f"{request.method} {request.target}"))


@dataclass(frozen=True)
class Entry:
    """A request and what became of it; `status` 0 for a connection that was cut."""

    request: Request
    status: int
    body: object


class Server:
    """Serves `answer` in a thread of its own from `start` to `close`."""

    def __init__(self, answer: Callable[[Request], Reply], *, journal: bool = True) -> None:
        self.answer = answer
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self.faults: list[Fault] = []
        self.journal: list[Entry] = []
        self.keeps_journal = journal
        self._loop = asyncio.new_event_loop()
        self._connections: set[_Connection] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="platform", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(10), "the emulator does not listen"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def fail(self, what: str, status: int = 0, **how: object) -> Fault:
        """Let the next request that fits fail; see `Fault`."""
        fault = Fault(what, status, **how)  # type: ignore[arg-type]
        self.faults.append(fault)
        return fault

    def requests(self, what: str = "") -> list[Request]:
        """The requests so far that fit the pattern, oldest first."""
        asked = [entry.request for entry in list(self.journal)]
        return [one for one in asked if re.search(what, f"{one.method} {one.target}")]

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: _Connection(self), "127.0.0.1", self.port, ssl=self.tls
            )
        )
        self.port = listening.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        listening.close()
        for connection in list(self._connections):
            connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


class _Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = bytearray()
        self.busy = False
        self.told_to_go_on = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.server._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.server._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._go_on()

    def _go_on(self) -> None:
        while not self.busy and (request := self._next()) is not None:
            self._handle(request)

    def _next(self) -> Request | None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect") and not self.told_to_go_on:
            self.told_to_go_on = True
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        start = end + 4
        if self._cut_during(lines[0], headers):
            return None
        if headers.get("transfer-encoding") == "chunked":
            read = _chunks(self.buffer, start)
            if read is None:
                return None
            body, used = read
        else:
            used = start + int(headers.get("content-length", "0"))
            if len(self.buffer) < used:
                return None
            body = bytes(self.buffer[start:used])
        del self.buffer[:used]
        self.told_to_go_on = False
        method, target, _ = lines[0].split(" ", 2)
        return Request(method, target, headers, body)

    def _cut_during(self, first: str, headers: dict[str, str]) -> bool:
        method, target, _ = first.split(" ", 2)
        request = Request(method, target, headers, b"")
        fault = self._fault(request, during=True)
        if fault is None:
            return False
        fault.times -= 1
        self.buffer.clear()
        self._cut(request)
        return True

    def _fault(self, request: Request, *, during: bool) -> Fault | None:
        faults = [one for one in self.server.faults if (one.cut == "during") == during]
        return next((one for one in faults if one.fits(request)), None)

    def _handle(self, request: Request) -> None:
        server = self.server
        fault = self._fault(request, during=False)
        if fault is None:
            self._send(request, server.answer(request))
            return
        fault.times -= 1
        if fault.cut == "before":
            self._cut(request)
        elif fault.cut:
            server.answer(request)
            self._cut(request)
        else:
            if fault.done:
                server.answer(request)
            reply = Reply(fault.status, fault.body, fault.headers) if fault.status else None
            self.busy = True
            server._loop.call_later(fault.delay, self._later, request, reply)

    def _later(self, request: Request, reply: Reply | None) -> None:
        self.busy = False
        self._send(request, reply or self.server.answer(request))
        self._go_on()

    def _cut(self, request: Request) -> None:
        self._note(request, 0, None)
        self.transport.abort()

    def _note(self, request: Request, status: int, body: object) -> None:
        if self.server.keeps_journal:
            kept = Request(
                request.method, request.target, request.headers, request.body[:KEPT_BODY]
            )
            self.server.journal.append(Entry(kept, status, body))

    def _send(self, request: Request, reply: Reply) -> None:
        self._note(request, reply.status, reply.body)
        headers = {"content-length": "0"} | reply.headers
        body = b""
        if isinstance(reply.body, bytes):
            body = reply.body
        elif reply.body is not None:
            body = msgspec.json.encode(reply.body)
            headers.setdefault("content-type", "application/json; charset=utf-8")
        if reply.status == HTTPStatus.NO_CONTENT or headers.get("transfer-encoding") == "chunked":
            del headers["content-length"]
        else:
            headers["content-length"] = str(len(body))
        if request.method == "HEAD":
            body = b""
        lines = [f"HTTP/1.1 {reply.status} {_reason(reply.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        if request.headers.get("connection", "").lower() == "close":
            self.transport.close()


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in _KNOWN else "Unknown"


_KNOWN: Iterable[int] = frozenset(HTTPStatus)


def _chunks(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    """A chunked body and where it ends, when all of it is there."""
    body = b""
    while True:
        end = buffer.find(b"\r\n", start)
        if end < 0:
            return None
        size = int(bytes(buffer[start:end]).partition(b";")[0], 16)
        start = end + 2
        if len(buffer) < start + size + 2:
            return None
        body += buffer[start : start + size]
        start += size + 2
        if size == 0:
            return body, start
