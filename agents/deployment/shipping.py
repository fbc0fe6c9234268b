"""A bundle unpacked for a hosting platform, and what must answer once it is there.

Errors:
    AgentError `bad_bundle`   the bundle is none, or is of another app or build
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agents.deployment import probes, releases, surroundings
from agents.deployment.platform import Order
from agents.deployment.port import Shipment, Variable
from bus.archive import ArchiveError, unpack
from bus.settings import Secret, Settings


@asynccontextmanager
async def unpacked(
    order: Order, settings: Settings, place: Path
) -> AsyncIterator[tuple[Shipment, probes.Expected]]:
    """The order as a platform takes it, in a folder that is there while the context is open."""
    folder = place / "work"
    await asyncio.to_thread(_unpack, order, folder)
    try:
        with_server = (folder / "server.mjs").is_file()
        if not with_server:
            folder = folder / "public"
            about = json.dumps({"build": order.build_id}) + "\n"
            (folder / probes.VERSION_PATH.lstrip("/")).write_text(about, encoding="utf-8")
        yield (
            Shipment(
                pipeline=order.pipeline, app=order.app, environment=order.environment,
                build_id=order.build_id, folder=folder, branch=order.branch,
                expected_live=order.expected_live,
                variables=variables(settings, order) if with_server else {},
            ),
            expected(order.build_id, with_server=with_server),
        )  # fmt: skip
    finally:
        await asyncio.to_thread(shutil.rmtree, place / "work", ignore_errors=True)


def expected(build_id: str, *, with_server: bool) -> probes.Expected:
    """What must answer: the server says its build itself, a site by a file."""
    path = probes.HEALTH_PATH if with_server else probes.VERSION_PATH
    return probes.Expected(build_id, path)


def variables(settings: Settings, order: Order) -> dict[str, Variable]:
    """What the app must know there; what else is set at the platform stays."""
    url = surroundings.database_url(settings, order.app, order.environment)
    told = surroundings.receivers(settings, order.app, order.environment, elsewhere=True)
    known = {"DATABASE_URL": url} if url else {}
    return {name: Variable(Secret(value)) for name, value in (known | told).items()}


def _unpack(order: Order, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        unpack(order.content, folder)
    except ArchiveError as error:
        raise releases.bad_bundle(str(error)) from error
    releases.check(folder, ("public/index.html",), app=order.app, build_id=order.build_id)
