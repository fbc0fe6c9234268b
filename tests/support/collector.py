"""Somebody who takes an app's signals, on this machine: keeps what comes and takes everything.

with collecting() as collector:
    start_an_app(SENTRY_DSN=collector.dsn)
    collector.wait_for("error", lambda: collector.events())
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct

from tests.support.processes import wait_until

KEY = "0123456789abcdef0123456789abcdef"
WEBSITE = "01234567-89ab-cdef-0123-456789abcdef"


class Taken(Struct, frozen=True):
    """One request, with its body as text."""

    path: str
    headers: Mapping[str, str]
    body: str


class Collector:
    """`taken` is everything that has come, oldest first."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the standard library calls it so
                size = int(self.headers.get("content-length", 0))
                body = self.rfile.read(size).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                taken.append(Taken(self.path, headers, body))
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def do_GET(self) -> None:  # an app asks who else takes signals
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.dsn = f"http://{KEY}@{self.host}/7"

    def events(self) -> list[dict[str, Any]]:
        """The errors, as Sentry's protocol has them."""
        envelopes = [each.body for each in self.taken if "/api/7/envelope/" in each.path]
        return [json.loads(envelope.split("\n")[2]) for envelope in envelopes]

    def counts(self, kind: str) -> list[dict[str, Any]]:
        """Page views (`event`) or Web Vitals (`performance`), as Umami's protocol has them."""
        sent = [json.loads(each.body) for each in self.taken if each.path == "/api/send"]
        return [each["payload"] for each in sent if each["type"] == kind]

    def wait_for(self, what: str, there: Callable[[], object]) -> None:
        """Wait until something has come. Raises AssertionError when it does not."""
        wait_until(lambda: bool(there()), what)


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        collector.server.server_close()
        thread.join()
