"""`POST /api/<project>/vitals?key=<key>`: beacons of web-vitals, answered when they are stored."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from uuid import uuid4

from agents.monitoring.ingest.exchange import KIB, Answer, Refused, Request
from agents.monitoring.ingest.projects import number
from agents.monitoring.ingest.routes import Route, Services
from agents.monitoring.traffic.hits import Unreadable, Vital
from agents.monitoring.traffic.senders import sender
from agents.monitoring.vitals import beacon
from agents.monitoring.vitals.metrics import NAMES, Device
from agents.monitoring.vitals.store import Recent, keep
from agents.signals import Project

MOST = 64 * KIB
"""Bytes of a beacon: browsers send no more than that."""
_PROCESS = uuid4().hex
_ROW = 300
"""About what a row holds in memory, in bytes."""
_fresh = (f"{_PROCESS}-{number}" for number in itertools.count())


async def take(request: Request, services: Services) -> Answer:
    """Keep the metrics of a beacon; those of programs are taken and not kept."""
    project = await _project(request, services)
    services.limits.take(project, "request", 1)
    try:
        vitals = beacon.read(await request.body(MOST), request.headers.get("referer", ""))
    except Unreadable as error:
        raise Refused(400, str(error)) from None
    who = sender(request)
    if not who.is_program and not await keep_vitals(services, project, vitals, who.device):
        raise Refused(400, f"no metric of {', '.join(NAMES)} with a value that it can have")
    return Answer(204)


async def keep_vitals(
    services: Services, project: Project, vitals: Iterable[Vital], device: Device
) -> int:
    """Keep what of them can be counted; says how many. Raises Refused."""
    name = f"{project.app}/{project.environment}"
    samples = beacon.samples(vitals, device, name, _fresh)
    if samples:
        services.limits.take(project, "vitals", len(samples))
        rows = [
            Recent(app=project.app, environment=project.environment, sample=sample)
            for sample in samples
        ]
        await services.writer.store(keep, rows, _ROW * len(rows))
    return len(samples)


async def _project(request: Request, services: Services) -> Project:
    query = request.query
    key = query.get("key") or query.get("sentry_key", "")
    named = number(request.path_values["project"])
    return await services.projects.keyed(named, key, request.origin)


ROUTES = (Route("POST", "/api/{project}/vitals", take),)
