"""What a process counts, in Prometheus' words, and whether it is ready for work.

genesis_messages_total{consumer,message,outcome}   what became of messages that came
genesis_message_seconds{consumer,message}          how long they were in hand
genesis_messages_in_hand{consumer}
genesis_dead_letters_total{consumer,message}
genesis_published_total{message,outcome}           what the log said to messages that were sent
genesis_publish_seconds{message}                   how long it took to say so
genesis_broker_connected                           1 or 0
genesis_broker_losses_total
genesis_requests_total{route,status}               signals of apps that came over HTTP
genesis_request_seconds{route}                     how long their answers took
genesis_rows_waiting, genesis_bytes_waiting        what of them waits for the database
genesis_rows_stored_total

`message` is the kind (`build.run`, `scout.completed`), never a pipeline, and `route` a pattern:
the number of series is that of the kinds. Besides there are the process' own numbers (memory,
processor time, files).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from bus.metering import Outcome, Published

WORK = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
"""Seconds: from a transition of the coordinator's to a whole build."""
APPENDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)


class Metrics:
    """A meter whose numbers `registry` has."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        which = ["consumer", "message"]
        self._messages = Counter(
            "genesis_messages", "Messages that came", [*which, "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "genesis_message_seconds", "Seconds in hand", which, buckets=WORK, registry=registry
        )
        self._in_hand = Gauge(
            "genesis_messages_in_hand", "Messages in hand", ["consumer"], registry=registry
        )
        self._dead = Counter("genesis_dead_letters", "Messages given up", which, registry=registry)
        self._published = Counter(
            "genesis_published", "Messages sent", ["message", "outcome"], registry=registry
        )
        self._publish_seconds = Histogram(
            "genesis_publish_seconds", "Seconds until the log answered", ["message"],
            buckets=APPENDS, registry=registry,
        )  # fmt: skip
        self._connected = Gauge(
            "genesis_broker_connected", "1 with a broker, 0 without", registry=registry
        )
        self._losses = Counter("genesis_broker_losses", "Lost connections", registry=registry)
        self._requests = Counter(
            "genesis_requests", "Signals over HTTP", ["route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "genesis_request_seconds", "Seconds until a signal was answered", ["route"],
            buckets=APPENDS, registry=registry,
        )  # fmt: skip
        self._rows = Gauge("genesis_rows_waiting", "Rows of signals in memory", registry=registry)
        self._bytes = Gauge("genesis_bytes_waiting", "What they hold", registry=registry)
        self._stored = Counter("genesis_rows_stored", "Rows of signals stored", registry=registry)
        self._is_up = False
        self._open: set[str] = set()

    def began(self, consumer: str) -> None:
        """A message is in hand."""
        self._in_hand.labels(consumer).inc()

    def handled(self, consumer: str, subject: str, outcome: Outcome, seconds: float) -> None:
        """It is not any more."""
        kind = _kind(subject)
        self._in_hand.labels(consumer).dec()
        self._messages.labels(consumer, kind, outcome).inc()
        self._seconds.labels(consumer, kind).observe(seconds)
        if outcome == "rejected":
            self._dead.labels(consumer, kind).inc()

    def published(self, subject: str, outcome: Published, seconds: float) -> None:
        """The log has answered, or did not."""
        kind = _kind(subject)
        self._published.labels(kind, outcome).inc()
        self._publish_seconds.labels(kind).observe(seconds)

    def consuming(self, consumer: str, *, is_open: bool) -> None:
        """The process takes a consumer's messages from now on, or not any more."""
        if is_open:
            self._open.add(consumer)
        else:
            self._open.discard(consumer)

    def connected(self, *, is_up: bool) -> None:
        """The broker is there, or was lost."""
        if self._is_up and not is_up:
            self._losses.inc()
        self._is_up = is_up
        self._connected.set(int(is_up))

    def asked(self, route: str, status: int, seconds: float) -> None:
        """A request over HTTP was answered."""
        self._requests.labels(route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def waiting(self, rows: int, size: int) -> None:
        """So much waits for the database now."""
        self._rows.set(rows)
        self._bytes.set(size)

    def kept(self, rows: int) -> None:
        """The database has so many more."""
        self._stored.inc(rows)

    def why_not_ready(self) -> str:
        """What is missing until the process works, "" when it does."""
        if not self._is_up:
            return "the broker is not reachable"
        return "" if self._open else "no messages are taken"


def _kind(subject: str) -> str:
    return ".".join(subject.split(".")[:2])
