"""A connection to the broker that never gives up, and the requests that all else is made of."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import nats
import nats.errors
import structlog
from nats.aio.msg import Msg

from bus import metering, topology
from bus.client import Client
from bus.errors import BusMisconfigured, BusUnavailable
from bus.settings import Settings

log = structlog.get_logger()

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for the broker to answer one request."""

Listener = Callable[[], None]
_REFUSED = re.compile(r'permissions violation for publish to "([^"]+)"', re.IGNORECASE)


class Connection:
    """A NATS client with the settings that Genesis needs, and its own reply subjects.

    `client` is None-safe only between `connect` and `close`. `on_up` and `on_down` listeners
    run at each reconnect and disconnect, `on_refused` ones with each subject that the
    account was not permitted to publish on.
    """

    def __init__(self, client: Client, account: str) -> None:
        self.client = client
        self.account = account
        self.on_up: list[Listener] = []
        self.on_down: list[Listener] = []
        self.on_refused: list[Callable[[str], None]] = []
        self._up = asyncio.Event()
        self._closing = False

    async def wait_until_up(self) -> None:
        """Return as soon as the broker is connected. Raises BusUnavailable after a while."""
        if self._up.is_set():
            return
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._up.wait()
        except TimeoutError:
            raise BusUnavailable("the broker is not reachable; nothing was published") from None

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Wait inside for an answer: TimeoutError after a while, or once the broker is lost."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(ANSWER_TIMEOUT) as limit:

            def give_up() -> None:
                limit.reschedule(loop.time())

            self.on_down.append(give_up)
            try:
                yield
            finally:
                self.on_down.remove(give_up)

    async def request(self, subject: str, body: bytes = b"") -> Msg:
        """One request, one answer. Raises BusUnavailable or BusMisconfigured."""
        await self.wait_until_up()
        try:
            async with self.answering():
                # Its own timeout would be `asyncio.wait_for`, which before Python 3.12 swallows
                # a cancellation that arrives together with the answer.
                return await self.client.request(subject, body, timeout=None)  # type: ignore[arg-type]
        except nats.errors.NoRespondersError:
            raise BusMisconfigured(
                f"nobody answers on {subject}: the streams are not installed, or JetStream is off"
            ) from None
        except (nats.errors.Error, OSError) as error:
            problem = str(error) or "the broker was lost, or is too slow"
            raise BusUnavailable(f"no answer on {subject}: {problem}") from error

    async def api(self, subject: str, body: object = None) -> dict[str, Any]:
        """A request to JetStream's API. Raises BusMisconfigured with the server's own words."""
        payload = b"" if body is None else msgspec.json.encode(body)
        answer = await self.request(f"$JS.API.{subject}", payload)
        content: dict[str, Any] = msgspec.json.decode(answer.data)
        if error := content.get("error"):
            raise BusMisconfigured(f"{subject}: {error.get('description', error)}")
        return content

    async def close(self) -> None:
        """Send what is pending and hang up."""
        self._closing = True
        if self.client.is_connected:
            await self.client.flush()
        await self.client.close()

    def _went_up(self) -> None:
        self._up.set()
        if (meter := metering.meter()) is not None:
            meter.connected(is_up=True)
        for listener in self.on_up:
            listener()

    def _was_refused(self, subject: str) -> None:
        for listener in self.on_refused:
            listener(subject)

    def _went_down(self) -> None:
        self._up.clear()
        if (meter := metering.meter()) is not None:
            meter.connected(is_up=False)
        # Whoever waits for an answer is told now that there is none: it must not happen later.
        self.client.drop_pending()
        if not self._closing:
            log.warning("broker lost, reconnecting")
        for listener in self.on_down:
            listener()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings.nats_ca) if settings.nats_ca else None


async def connect(settings: Settings, *, name: str, wait: bool = False) -> Connection:
    """Connect as the account in the settings. Raises BusUnavailable or BusMisconfigured.

    With `wait`, keep trying for ever: what a long-lived process does at its start.
    """
    client = Client()
    account = settings.nats_account or "guest"
    connection = Connection(client, account)

    async def up() -> None:
        connection._went_up()  # noqa: SLF001  the callbacks are part of this class
        log.info("broker connected", url=settings.nats_url)

    async def down() -> None:
        connection._went_down()  # noqa: SLF001

    async def problem(error: Exception) -> None:
        if refused := _REFUSED.search(str(error)):
            connection._was_refused(refused[1])  # noqa: SLF001
        if not isinstance(error, nats.errors.UnexpectedEOF | ConnectionError | OSError):
            log.warning("broker", error=str(error) or type(error).__name__)

    options: dict[str, Any] = {
        "servers": [settings.nats_url],
        "name": f"{name}:{os.getpid()}",
        "inbox_prefix": topology.inbox(account).encode(),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.1,
        "ping_interval": 5,
        "max_outstanding_pings": 2,
        "connect_timeout": 2,
        "pending_size": 64 * 1024 * 1024,
        # Subjects are made of checked fields; the client would look at each a second time.
        "skip_subject_validation": True,
        "reconnected_cb": up,
        "disconnected_cb": down,
        "error_cb": problem,
    }
    if settings.nats_seed:
        options["nkeys_seed_str"] = settings.nats_seed.reveal()
    if tls := _tls(settings):
        options["tls"] = tls
    await _first_connect(client, options, settings.nats_url, wait=wait)
    connection._went_up()  # noqa: SLF001
    return connection


async def _first_connect(client: Client, options: dict[str, Any], url: str, *, wait: bool) -> None:
    connecting: Awaitable[None] = client.connect(**options)
    try:
        if wait:
            await connecting
        else:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await connecting
    except (TimeoutError, OSError, nats.errors.NoServersError) as error:
        await client.close()
        raise BusUnavailable(
            f"the broker at {url} cannot be reached: {error or 'no answer'};"
            " start the local stack with `genesis up`, or set NATS_URL"
        ) from None
    except nats.errors.Error as error:
        await client.close()
        raise BusMisconfigured(f"the broker at {url} refused this account: {error}") from None
