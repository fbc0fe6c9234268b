"""Maintenance windows as they are kept: which there are, which cover an app now."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import msgspec
from msgspec import Struct

from agents.monitoring.uptime.maintenance import Window, is_active

MOST = 500
"""Windows that may be kept at a time."""


class Kept(Struct, frozen=True, kw_only=True):
    """A window with its number; `app` and `environment` are "" for all of them."""

    number: int
    app: str
    environment: str
    window: Window
    why: str
    who: str


async def add(
    connection: asyncpg.Connection, app: str, environment: str, window: Window,
    *, why: str, who: str, now: float,
) -> int:  # fmt: skip
    """Keep a window; its number. Raises ValueError when there are too many."""
    number = await connection.fetchval(
        """insert into monitoring.maintenance (app, environment, the_window, why, who, created)
           select $1, $2, $3, $4, $5, to_timestamp($6)
           where (select count(*) from monitoring.maintenance) < $7 returning id""",
        app, environment, msgspec.json.encode(window).decode(), why.replace("\0", "")[:500],
        who[:100], now, MOST,
    )  # fmt: skip
    if number is None:
        raise ValueError(f"there are {MOST} windows already")
    return int(number)


async def remove(connection: asyncpg.Connection, number: int) -> bool:
    """Forget a window; whether there was one."""
    done = await connection.execute("delete from monitoring.maintenance where id = $1", number)
    return bool(done != "DELETE 0")


async def kept(connection: asyncpg.Connection) -> list[Kept]:
    """Every window, in the order in which they were added."""
    rows = await connection.fetch("select * from monitoring.maintenance order by id")
    return [
        Kept(
            number=row["id"], app=row["app"], environment=row["environment"],
            window=msgspec.json.decode(row["the_window"], type=Window),
            why=row["why"], who=row["who"],
        )
        for row in rows
    ]  # fmt: skip


async def active(connection: asyncpg.Connection, now: float) -> list[Kept]:
    """The windows that cover this moment."""
    return [each for each in await kept(connection) if is_active(each.window, now)]


def covers(active_: Sequence[Kept], app: str, environment: str) -> bool:
    """Whether one of these windows is an app's."""
    return any(each.app in ("", app) and each.environment in ("", environment) for each in active_)


async def forget_past(connection: asyncpg.Connection, now: float) -> None:
    """Forget windows that will never cover anything again."""
    await connection.execute(
        """delete from monitoring.maintenance
           where the_window->>'repeats' = 'once' and (the_window->>'ends')::float8 < $1""",
        now - 86_400,
    )  # fmt: skip
