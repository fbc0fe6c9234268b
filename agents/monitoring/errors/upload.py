"""Releases and source maps from sentry-cli: the part of Sentry's web API that it uses for them.

The organisation is the app, the project its environment; the bearer token is
`signals.upload_token`. An archive comes in chunks named by their SHA-1, is put together when all
are there, and its maps are kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, get_args

import asyncpg
import msgspec

from agents import signals
from agents.monitoring.errors import bundle, chunks, maps, releases
from agents.monitoring.errors.bundle import BadBundle, Bundle, Map
from agents.monitoring.errors.envelope import Malformed, decode
from agents.monitoring.errors.frames import DEBUG_ID, plain_debug_id
from agents.monitoring.errors.shapes import items, mapping, number, text
from agents.monitoring.errors.sourcemap import SourceMap, Unreadable
from agents.monitoring.ingest.exchange import MIB, Answer, Refused, Request
from agents.monitoring.ingest.routes import Services
from agents.monitoring.ingest.writer import PASSING
from bus.settings import Settings
from contracts.messages import Environment

MOST_REQUEST = 32 * MIB
MOST_JSON = MIB
SCOPES = ("org:read", "project:read", "project:releases")


class Uploads:
    """The handlers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._assembling = asyncio.Semaphore(1)

    async def about(self, request: Request, services: Services) -> Answer:
        """GET /api/0/: whether the token is known."""
        await self._project(request, services, "")
        return _json(200, {"version": "0", "auth": {"scopes": SCOPES}, "user": None})

    async def options(self, request: Request, services: Services) -> Answer:
        """GET chunk-upload: how to upload."""
        app = request.path_values["app"]
        await self._project(request, services, app)
        address = self._settings.monitor_url or f"http://{request.headers.get('host', '')}"
        return _json(
            200,
            {
                "url": f"{address.rstrip('/')}/api/0/organizations/{app}/chunk-upload/",
                "chunkSize": chunks.MOST_CHUNK,
                "chunksPerRequest": 3,
                "maxFileSize": chunks.MOST_ARCHIVE,
                "maxRequestSize": MOST_REQUEST,
                "maxWait": 60,
                "hashAlgorithm": "sha1",
                "concurrency": 1,
                "compression": ["gzip"],
                "accept": ["release_files", "artifact_bundles", "artifact_bundles_v2"],
            },
        )

    async def chunks(self, request: Request, services: Services) -> Answer:
        """POST chunk-upload: pieces of an archive."""
        project = await self._project(request, services, request.path_values["app"])
        body = await request.body(MOST_REQUEST + MIB, packed=MOST_REQUEST + MIB)
        try:
            found = await asyncio.to_thread(
                chunks.read, request.headers.get("content-type", ""), body
            )
        except chunks.BadChunk as error:
            raise Refused(400, str(error)) from None
        async with self._database() as connection:
            if not await chunks.keep(connection, project, found, services.now()):
                raise Refused(413, f"more than {chunks.MOST_WAITING} bytes wait already")
        return _json(200, {})

    async def assemble(self, request: Request, services: Services) -> Answer:
        """POST assemble: what is missing of an archive, or that it is kept."""
        project = await self._project(request, services, request.path_values["app"])
        asked = await _asked(request, project)
        wanted = [text(one, 40) for one in items({"values": asked.get("chunks")})][:1000]
        checksum = text(asked.get("checksum"), 40)
        async with self._assembling, self._database() as connection:
            data, missing = await chunks.joined(connection, project, wanted)
            if missing:
                return _json(200, {"state": "not_found", "missingChunks": missing})
            try:
                found = await asyncio.to_thread(_opened, data, checksum)
            except BadBundle as error:
                said = {"state": "error", "missingChunks": [], "detail": str(error)}
                return _json(200, said)
            release = text(asked.get("version"), 200) or found.release
            async with connection.transaction():
                for one in found.maps:
                    await maps.keep(
                        connection, project.app, project.environment, release, one, services.now()
                    )
                await chunks.drop(connection, project, wanted)
        return _json(200, {"state": "ok", "missingChunks": []})

    async def release(self, request: Request, services: Services) -> Answer:
        """POST releases: a release that is to come; 208 when it is there."""
        project = await self._project(request, services, request.path_values["app"])
        version = text((asked := await _asked(request, project)).get("version"), 200)
        if not version:
            raise Refused(400, "the release has no version")
        name = (project.app, project.environment, version)
        now = services.now()
        async with self._database() as connection:
            born = await releases.born(connection, [name], now)
            if released := number(asked.get("dateReleased")):
                await releases.finalize(connection, name, released)
        return _json(201 if born[name] == now else 208, _release(project, version, born[name]))

    async def finalize(self, request: Request, services: Services) -> Answer:
        """PUT a release: it is done, since when it says or now."""
        project = await self._project(request, services, request.path_values["app"])
        asked = await _asked(request, project)
        name = (project.app, project.environment, request.path_values["release"][:200])
        url = text(asked.get("url"), 500)
        async with self._database() as connection:
            if released := number(asked.get("dateReleased")):
                await releases.finalize(connection, name, released, url)
            born = await releases.born(connection, [name], services.now())
        return _json(200, _release(project, name[2], born[name], asked.get("dateReleased")))

    async def deploy(self, request: Request, services: Services) -> Answer:
        """POST a release's deploys: it is live, since when it says or now."""
        project = await self._project(request, services, request.path_values["app"])
        asked = await _asked(request, None)
        if asked.get("environment") != project.environment:
            raise Refused(400, f"this token is for the environment {project.environment}")
        name = (project.app, project.environment, request.path_values["release"][:200])
        at = number(asked.get("dateFinished")) or services.now()
        async with self._database() as connection:
            await releases.deployed(connection, name, at, text(asked.get("url"), 500))
        said = {key: asked.get(key) for key in ("name", "url", "dateStarted", "dateFinished")}
        return _json(
            201, {"id": f"{name[2]}@{int(at)}", "environment": project.environment, **said}
        )

    async def source_map(self, request: Request, services: Services) -> Answer:
        """PUT /api/0/projects/{app}/{environment}/source-maps/{debug_id}/: one map, as JSON."""
        values = request.path_values
        project = await self._project(request, services, values["app"])
        debug_id = values["debug_id"].lower()
        if project.environment != values["environment"] or not DEBUG_ID.fullmatch(debug_id):
            raise Refused(404, "there is no such project, or it is no debug id")
        one = Map(plain_debug_id(debug_id), "", await request.body(bundle.MOST_FILE))
        try:
            await asyncio.to_thread(SourceMap, one.content)
        except Unreadable as error:
            raise Refused(400, str(error)) from None
        release = text(request.query.get("release"), 200)
        async with self._database() as connection:
            await maps.keep(
                connection, project.app, project.environment, release, one, services.now()
            )
        return _json(201, {})

    async def _project(self, request: Request, services: Services, app: str) -> signals.Project:
        """The project whose token the request bears. Raises Refused.

        It need not be monitored yet: source maps come before an app is live.
        """
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        named = (
            [(app, environment) for environment in get_args(Environment)]
            if app
            else [
                (known.project.app, known.project.environment)
                for known in await services.projects.known()
            ]
        )
        for name in named:
            project = signals.project(self._settings, *name)
            if project is None or kind.lower() != "bearer":
                continue
            right = signals.upload_token(self._settings, project)
            if hmac.compare_digest(right.encode(), token.encode()):
                services.limits.take(project, "upload", 1)
                return project
        raise Refused(401, "the token is not one of this app's")

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await asyncpg.connect(
                self._settings.database_url.reveal(), timeout=10, command_timeout=60
            )
            try:
                yield connection
            finally:
                connection.terminate()
        except PASSING:
            raise Refused(503, "the database is away", (("retry-after", "10"),)) from None


async def _asked(request: Request, project: signals.Project | None) -> Mapping[str, Any]:
    """The request's JSON; when it names projects, the token's is one of them."""
    try:
        asked = mapping(decode(await request.body(MOST_JSON)))
    except Malformed as error:
        raise Refused(400, str(error)) from None
    named = items({"values": asked.get("projects")})
    if project is not None and named and project.environment not in named:
        raise Refused(404, f"this token is for the project {project.environment}")
    return asked


def _opened(data: bytes, checksum: str) -> Bundle:
    if hashlib.sha1(data, usedforsecurity=False).hexdigest() != checksum:
        raise BadBundle("the chunks together do not have its checksum")
    return bundle.read(data)


def _release(
    project: signals.Project, version: str, born: float, released: object = None
) -> dict[str, object]:
    return {
        "version": version,
        "shortVersion": version,
        "dateCreated": datetime.fromtimestamp(born, UTC).isoformat().replace("+00:00", "Z"),
        "dateReleased": released,
        "url": None,
        "newGroups": 0,
        "projects": [{"slug": project.environment, "name": project.environment}],
    }


def _json(status: int, said: object) -> Answer:
    return Answer(status, msgspec.json.encode(said))
