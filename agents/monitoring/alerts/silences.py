"""Silences: what nobody is told of for a while, why, and who wanted it so.

Alerts go on being kept; what is still wrong when a silence ends is told then. Whoever was told
that something began is told that it is over, silence or not.

Errors:
    ValueError  a silence that would end before it begins, or longer than `LONGEST`
    asyncpg's and OSError when the database cannot be reached
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from msgspec import Struct

from agents.monitoring import store
from bus.settings import Settings

LONGEST = 90 * 86_400.0
"""Seconds: what is silenced for longer should not be watched."""


class Silence(Struct, frozen=True, kw_only=True):
    """`app`, `environment` and `key` are "" for all; times are seconds since 1970."""

    silence: int
    app: str
    environment: str
    key: str
    since: float
    until: float
    why: str
    who: str


def silencing(
    silences: Sequence[Silence], app: str, environment: str, key: str, now: float
) -> Silence | None:
    """The silence that covers a thing and lasts longest; None when it may be told of. Pure."""
    found = [one for one in silences if _covers(one, app, environment, key, now)]
    return max(found, key=lambda one: one.until, default=None)


def _covers(one: Silence, app: str, environment: str, key: str, now: float) -> bool:
    return (
        one.since <= now < one.until
        and one.app in {"", app}
        and one.environment in {"", environment}
        and one.key in {"", key}
    )


_SILENCES = """
select id as silence, app, environment, key, since, until, why, who from monitoring.silences
where until > $1 order by until, id
"""


async def active(connection: asyncpg.Connection, now: float) -> list[Silence]:
    """Every silence that has not ended, the first to end first."""
    return [Silence(**dict(row)) for row in await connection.fetch(_SILENCES, now)]


async def silences(settings: Settings, *, now: float) -> list[Silence]:
    """Every silence that has not ended, the first to end first."""
    async with store.connected(settings.database_url.reveal()) as connection:
        return await active(connection, now)


async def silence(
    settings: Settings,
    app: str,
    until: float,
    why: str,
    who: str,
    *,
    now: float,
    environment: str = "",
    key: str = "",
) -> int:
    """Tell nobody of these until then; the silence's number. "" is all. Raises ValueError."""
    if not now < until <= now + LONGEST:
        raise ValueError("a silence ends later than now, and within 90 days")
    async with store.connected(settings.database_url.reveal()) as connection:
        number: int = await connection.fetchval(
            """insert into monitoring.silences (app, environment, key, since, until, why, who)
               values ($1, $2, $3, $4, $5, $6, $7) returning id""",
            app, environment, key, now, until, why.replace("\0", "")[:500], who[:100],
        )  # fmt: skip
    return number


async def end_silence(settings: Settings, number: int, *, now: float) -> bool:
    """End a silence now; False when there is none of that number that lasts."""
    async with store.connected(settings.database_url.reveal()) as connection:
        done = await connection.execute(
            "update monitoring.silences set until = $2 where id = $1 and until > $2", number, now
        )
    return done != "UPDATE 0"
