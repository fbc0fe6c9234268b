"""Source maps of a bundle, handed to whoever takes the app's errors before it goes live.

The monitoring agent takes them over HTTP, with a token that both derive from one secret. It reads
them from the bundle too, but only once the release was watched: the first errors of a bad one come
before, and would be grouped by their places in minified code. A deploy goes on without them.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import tarfile
from collections.abc import Iterator

import httpx
import structlog

from agents import signals
from agents.deployment.platform import Order
from bus.settings import Settings

log = structlog.get_logger()

FOLDER = "sourcemaps/"
MOST = 64 * 1024 * 1024
"""Bytes of one map that the monitoring agent takes."""
PATIENCE = 30.0
"""Seconds for all of them."""


async def hand_over(settings: Settings, order: Order) -> str:
    """Hand the maps over; says how it went, "" when there are none or nobody takes them."""
    project = signals.project(settings, order.app, order.environment)
    if project is None or not settings.monitor_url:
        return ""
    try:
        maps = await asyncio.to_thread(lambda: list(_maps(order.content)))
        if not maps:
            return ""
        async with asyncio.timeout(PATIENCE):
            await _put(settings, project, order.build_id, maps)
    except (httpx.HTTPError, TimeoutError, tarfile.TarError, OSError, EOFError) as error:
        why = str(error) or type(error).__name__
        log.warning("source maps were not handed over", app=order.app, why=why)
        return f"errors will show minified code, as source maps were not taken: {why}"
    return f"{len(maps)} source map{'s' if len(maps) != 1 else ''} handed to monitoring"


async def _put(
    settings: Settings, project: signals.Project, build_id: str, maps: list[tuple[str, bytes]]
) -> None:
    base = f"{settings.monitor_url.rstrip('/')}/api/0/projects/{project.app}/{project.environment}"
    headers = {
        "authorization": f"Bearer {signals.upload_token(settings, project)}",
        "content-type": "application/json",
        "content-encoding": "gzip",
    }
    async with httpx.AsyncClient(timeout=PATIENCE, headers=headers, trust_env=False) as http:
        for debug_id, content in maps:
            packed = await asyncio.to_thread(gzip.compress, content, 6)
            answer = await http.put(
                f"{base}/source-maps/{debug_id}/", params={"release": build_id}, content=packed
            )
            answer.raise_for_status()


def _maps(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The debug id and the bytes of every map that has one."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            wanted = member.name.startswith(FOLDER) and member.name.endswith(".map")
            if not wanted or member.size > MOST or (file := tar.extractfile(member)) is None:
                continue
            data = file.read()
            try:
                debug_id = json.loads(data)["debug_id"]
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(debug_id, str):
                yield debug_id, data
