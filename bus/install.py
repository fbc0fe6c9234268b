"""Creates the streams and consumers of `bus.topology` on a broker, and checks that it is strict.

Safe to run again: what exists is brought to the wanted configuration, and data stays.
"""

from __future__ import annotations

import asyncio
import sys

import httpx
import structlog

from bus import topology
from bus.connection import Connection, connect
from bus.errors import BusError, BusMisconfigured, BusUnavailable
from bus.settings import Settings, SettingsError, load

log = structlog.get_logger()

DAY = 86_400 * 10**9
"""Nanoseconds, as JetStream counts."""


def streams(replicas: int = 1) -> tuple[dict[str, object], ...]:
    """The configuration of every stream, as JetStream's API takes it."""
    common = {"storage": "file", "num_replicas": replicas, "allow_direct": True}
    return (
        {
            **common, "name": topology.LOG, "subjects": list(topology.LOG_SUBJECTS),
            "allow_atomic": True, "deny_delete": True, "deny_purge": True, "discard": "new",
            "duplicate_window": DAY,
        },
        {
            **common, "name": topology.TELEMETRY, "subjects": ["progress.*.*"],
            "persist_mode": "async", "max_age": DAY // 4, "max_bytes": 64 * 1024 * 1024,
            "discard": "old",
        },
        {
            **common, "name": topology.INCIDENTS, "subjects": ["incident.*.*"],
            "max_age": 90 * DAY, "max_bytes": 256 * 1024 * 1024, "discard": "old",
            "duplicate_window": DAY,
        },
        {
            **common, "name": topology.DEAD_LETTERS, "subjects": ["deadletter.*"],
            "max_age": 90 * DAY, "max_bytes": 256 * 1024 * 1024, "discard": "old",
        },
        {
            **common, "name": f"OBJ_{topology.ARTIFACTS}",
            "subjects": [f"$O.{topology.ARTIFACTS}.C.>", f"$O.{topology.ARTIFACTS}.M.>"],
            "allow_rollup_hdrs": True, "discard": "new",
        },
    )  # fmt: skip


def consumers() -> tuple[dict[str, object], ...]:
    """The configuration of every durable consumer on the log."""
    return tuple(
        {
            "durable_name": consumer.name,
            "filter_subjects": list(consumer.subjects),
            "ack_policy": "explicit",
            "ack_wait": int(topology.ACK_WAIT * 1e9),
            "deliver_policy": "all",
            "max_deliver": -1,
            "max_ack_pending": 10_000,
            "max_waiting": 512,
        }
        for consumer in topology.CONSUMERS
    )


async def install(settings: Settings, *, replicas: int = 1) -> None:
    """Create or update everything, as the account in the settings. Raises BusError."""
    connection = await connect(settings, name="install")
    try:
        for stream in streams(replicas):
            await _ensure_stream(connection, stream)
        for consumer in consumers():
            name = consumer["durable_name"]
            await connection.api(
                f"CONSUMER.CREATE.{topology.LOG}.{name}",
                {"stream_name": topology.LOG, "config": consumer},
            )
    finally:
        await connection.close()
    log.info("broker installed", streams=len(streams()), consumers=len(consumers()))


async def _ensure_stream(connection: Connection, stream: dict[str, object]) -> None:
    name = stream["name"]
    try:
        await connection.api(f"STREAM.CREATE.{name}", stream)
    except BusMisconfigured as error:
        if "already in use" not in str(error):
            raise
        await connection.api(f"STREAM.UPDATE.{name}", stream)


async def require_strict(settings: Settings) -> None:
    """Refuse a broker that may lose what it acknowledged.

    JetStream fsyncs every two minutes unless told `sync_interval: always`; the setting is
    visible only on the monitoring endpoint. Raises BusMisconfigured, or BusUnavailable when
    nobody answers there.
    """
    if settings.unsafe_fast:
        log.warning("durability is off: acknowledged messages can be lost on power failure")
        return
    way_out = "set `jetstream { sync_interval: always }`, or accept the risk with UNSAFE_FAST=1"
    if not settings.nats_monitor_url:
        raise BusMisconfigured(f"NATS_MONITOR_URL is not set, so durability is unknown; {way_out}")
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(f"{settings.nats_monitor_url}/jsz")
        answer.raise_for_status()
    except httpx.HTTPError as error:
        kind = BusUnavailable if isinstance(error, httpx.TransportError) else BusMisconfigured
        problem = str(error) or type(error).__name__
        raise kind(
            f"durability is unknown: {settings.nats_monitor_url}/jsz: {problem}; {way_out}"
        ) from error
    if not answer.json().get("config", {}).get("sync_always"):
        raise BusMisconfigured(f"the broker does not fsync every message; {way_out}")


def main() -> int:
    """`python -m bus.install`: exit 0 when everything exists, 1 with the reason otherwise."""
    try:
        asyncio.run(install(load()))
    except (BusError, SettingsError) as error:
        sys.stderr.write(f"not installed: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
