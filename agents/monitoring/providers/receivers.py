"""Where an app may send besides: what providers said when it was set up there, for the app to ask.

An app is deployed before it is set up at providers, so it cannot have their addresses from its
environment; it asks here, `GET /api/<project>/receivers?key=<key>`, and gets variables by name.
What its environment says itself comes first.
"""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
import msgspec

from agents.monitoring.ingest.exchange import Answer, Refused, Request
from agents.monitoring.ingest.projects import number
from agents.monitoring.ingest.routes import Route, Services
from agents.monitoring.providers.port import Target
from agents.monitoring.store import TRANSIENT
from bus.settings import Settings

_KEEP = """
insert into monitoring.receivers (pipeline, app, environment, provider, variables)
values ($1, $2, $3, $4, $5)
on conflict (pipeline, provider) do update set variables = excluded.variables
"""
_NEWEST = """
select distinct on (provider) variables from monitoring.receivers
where app = $1 and environment = $2 order by provider, number desc
"""


async def keep(
    connection: asyncpg.Connection, target: Target, provider: str, variables: Mapping[str, str]
) -> None:
    """Tell the app from now on, as this pipeline found it."""
    text = msgspec.json.encode(variables).decode()
    where = (target.pipeline, target.app, target.environment, provider)
    await connection.execute(_KEEP, *where, text)


async def drop(connection: asyncpg.Connection, pipeline: str) -> None:
    """Tell it what was told before this pipeline."""
    await connection.execute("delete from monitoring.receivers where pipeline = $1", pipeline)


async def of(connection: asyncpg.Connection, app: str, environment: str) -> dict[str, str]:
    """The variables of all providers, by name."""
    found: dict[str, str] = {}
    for row in await connection.fetch(_NEWEST, app, environment):
        found |= msgspec.json.decode(row["variables"], type=dict[str, str])
    return found


def routes(settings: Settings) -> tuple[Route, ...]:
    """The route by which an app asks."""
    database = settings.database_url.reveal()

    async def tell(request: Request, services: Services) -> Answer:
        named = number(request.path_values["project"])
        key = request.query.get("key", "")
        project = await services.projects.keyed(named, key, request.origin)
        services.limits.take(project, "request", 1)
        try:
            connection = await asyncpg.connect(database, timeout=5, command_timeout=5)
            try:
                found = await of(connection, project.app, project.environment)
            finally:
                connection.terminate()
        except TRANSIENT:
            raise Refused(503, "the database is away", (("retry-after", "5"),)) from None
        return Answer(200, msgspec.json.encode(found))

    return (Route("GET", "/api/{project}/receivers", tell),)
