"""Which releases there are, and which of two is newer: the one first heard of later."""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

Release = tuple[str, str, str]
"""App, environment, release."""


async def born(
    connection: asyncpg.Connection, releases: Collection[Release], now: float
) -> dict[Release, float]:
    """When each was first heard of, which is now for those that are not there."""
    named = sorted(release for release in releases if release[2])
    if not named:
        return {}
    columns = list(zip(*named, strict=True))
    found = await _select(connection, columns)
    if len(found) < len(named):
        await connection.execute(
            """insert into monitoring.app_releases (app, environment, release, born)
               select *, to_timestamp($4) from unnest($1::text[], $2::text[], $3::text[])
               on conflict do nothing""",
            *columns, now,
        )  # fmt: skip
        found = await _select(connection, columns)
    return found


async def newest_born(connection: asyncpg.Connection, app: str, environment: str) -> float | None:
    """When the app's newest release was first heard of."""
    found: float | None = await connection.fetchval(
        """select extract(epoch from max(born))::float8 from monitoring.app_releases
           where app = $1 and environment = $2""",
        app, environment,
    )  # fmt: skip
    return found


async def finalize(
    connection: asyncpg.Connection, release: Release, at: float, url: str = ""
) -> None:
    """A release is done; says so also when it was never heard of."""
    await born(connection, [release], at)
    await connection.execute(
        """update monitoring.app_releases set finalized = to_timestamp($4),
               url = case when $5 = '' then url else $5 end
           where app = $1 and environment = $2 and release = $3""",
        *release, at, url,
    )  # fmt: skip


async def deployed(
    connection: asyncpg.Connection, release: Release, at: float, url: str = ""
) -> None:
    """A release is live since then."""
    await born(connection, [release], at)
    await connection.execute(
        """update monitoring.app_releases set deployed = to_timestamp($4),
               url = case when $5 = '' then url else $5 end
           where app = $1 and environment = $2 and release = $3""",
        *release, at, url,
    )  # fmt: skip


async def _select(
    connection: asyncpg.Connection, columns: list[tuple[str, ...]]
) -> dict[Release, float]:
    rows = await connection.fetch(
        """select app, environment, release, extract(epoch from born)::float8 as born
           from monitoring.app_releases
           where (app, environment, release) in (
               select * from unnest($1::text[], $2::text[], $3::text[]))""",
        *columns,
    )
    return {(row["app"], row["environment"], row["release"]): row["born"] for row in rows}
