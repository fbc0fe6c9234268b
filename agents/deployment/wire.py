"""One kept-alive connection to a platform for many small uploads: blocking, for a thread.

A general client spends several times longer on a small file than its transfer takes, and a pool
shared by all gets slower with every request that waits (10,000 files: tests/bench/uploads.py).

Errors:
    Broken   nobody answered, or not in HTTP; the request may have arrived
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from msgspec import Struct

WHOLE = 256 * 1024
"""Files up to this many bytes are read at once; of larger ones this much is in memory."""
CONNECT = 10.0
"""Seconds to wait for a connection."""
MAX_LINE = 64 * 1024
MAX_ANSWER = 4 * 1024 * 1024
_EMPTY = (204, 304)


class Broken(Exception):
    """The connection did not bring an answer."""


class Answer(Struct, frozen=True):
    """What came back; the names of `headers` are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whom TLS trusts: as httpx does, read once, since reading takes longer than a call."""
    return httpx.create_ssl_context()


class Wire:
    """A connection to the host of `url`, opened when first used and again when it broke.

    TLS is verified. A proxy that the environment names is used, as httpx does.
    """

    def __init__(self, url: str, *, seconds: float = 60.0) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self._reader: BinaryIO | None = None
        self._ended = False

    def put(self, target: str, headers: dict[str, str], path: Path, method: str = "PUT") -> Answer:
        """Send a file to `target`, a path with its query. Raises Broken, OSError for the file."""
        with path.open("rb") as file:
            size = path.stat().st_size
            head = self._head(method, target, headers, size)
            first = file.read(WHOLE)
            reused = self._socket is not None
            try:
                return self._exchange(head, first, file, size)
            except Broken:
                # The other side closes what was idle for long; the file is as good sent twice.
                if not reused or self._ended:
                    raise
                file.seek(len(first))
                return self._exchange(head, first, file, size)

    def close(self) -> None:
        """End it for good; a thread that waits for an answer gets Broken."""
        self._ended = True
        self._drop()

    def _drop(self) -> None:
        found, reader = self._socket, self._reader
        self._socket = self._reader = None
        if found is not None and reader is not None:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)
            reader.close()
            found.close()

    def _head(self, method: str, target: str, headers: dict[str, str], size: int) -> bytes:
        known = {"host": self._url.netloc.rpartition("@")[2], "content-length": str(size)}
        lines = [f"{method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in (known | headers).items()]
        head = "\r\n".join(lines)
        if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1:
            raise ValueError("a header holds a line break")
        return f"{head}\r\n\r\n".encode("latin-1")

    def _exchange(self, head: bytes, first: bytes, rest: BinaryIO, size: int) -> Answer:
        try:
            connection, reader = self._opened()
            connection.sendall(head + first)
            for part in _parts(rest, size - len(first)):
                connection.sendall(part)
            answer, stays = _read(reader)
        except (OSError, ValueError) as error:
            self._drop()
            raise Broken(str(error) or type(error).__name__) from error
        except Broken:
            self._drop()
            raise
        if not stays:
            self._drop()
        return answer

    def _opened(self) -> tuple[socket.socket, BinaryIO]:
        if self._ended:
            raise Broken("it was ended here")
        connection, reader = self._socket, self._reader
        if connection is None or reader is None:
            connection = _connect(self._url, self._seconds)
            reader = connection.makefile("rb")
            self._socket, self._reader = connection, reader
        return connection, reader


def _parts(rest: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0:
        part = rest.read(min(WHOLE, left))
        if not part:
            raise Broken("the file became shorter while it was sent")
        yield part
        left -= len(part)


def _read(reader: BinaryIO) -> tuple[Answer, bool]:
    """An answer, and whether the connection stays open after it."""
    version, status, headers = _head_of(reader)
    while status // 100 == 1:
        version, status, headers = _head_of(reader)
    stays = version != "HTTP/1.0" and headers.get("connection", "").lower() != "close"
    if status in _EMPTY:
        return Answer(status, headers, b""), stays
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return Answer(status, headers, _chunks(reader)), stays
    if "content-length" in headers:
        return Answer(status, headers, _exactly(reader, int(headers["content-length"]))), stays
    return Answer(status, headers, reader.read(MAX_ANSWER)), False


def _head_of(reader: BinaryIO) -> tuple[str, int, dict[str, str]]:
    version, _, rest = _line(reader).decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise Broken("the answer is not HTTP/1")
    headers = {}
    while line := _line(reader):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return version, int(rest[:3]), headers


def _line(reader: BinaryIO) -> bytes:
    line = reader.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        raise Broken("the connection ended before the answer did")
    return line.rstrip(b"\r\n")


def _exactly(reader: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= MAX_ANSWER:
        raise Broken(f"the answer has {size} bytes")
    body = reader.read(size)
    if len(body) < size:
        raise Broken("the connection ended before the answer did")
    return body


def _chunks(reader: BinaryIO) -> bytes:
    body = b""
    while size := int(_line(reader).partition(b";")[0], 16):
        body += _exactly(reader, size)
        _line(reader)
        if len(body) > MAX_ANSWER:
            raise Broken(f"the answer has over {MAX_ANSWER} bytes")
    while _line(reader):
        pass
    return body


def _connect(url: SplitResult, seconds: float) -> socket.socket:
    secure = url.scheme == "https"
    host, port = url.hostname or "", url.port or (443 if secure else 80)
    proxy = "" if not secure or proxy_bypass(host) else getproxies().get("https", "")
    made = _tunnel(urlsplit(proxy), host, port) if proxy else None
    made = made or socket.create_connection((host, port), CONNECT)
    try:
        made.settimeout(seconds)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return trusted().wrap_socket(made, server_hostname=host) if secure else made
    except BaseException:
        made.close()
        raise


def _tunnel(proxy: SplitResult, host: str, port: int) -> socket.socket:
    made = socket.create_connection((proxy.hostname or "", proxy.port or 3128), CONNECT)
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"host: {host}:{port}"]
    if proxy.username:
        account = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"proxy-authorization: Basic {b64encode(account.encode()).decode()}")
    made.sendall("\r\n".join([*lines, "", ""]).encode())
    with made.makefile("rb") as reader:
        _, status, _ = _head_of(reader)
    if status not in range(200, 300):
        made.close()
        raise Broken(f"the proxy {proxy.hostname} refuses to connect to {host}")
    return made
