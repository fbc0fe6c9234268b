"""The Object Store: content by its own sha256, in the layout that every NATS client reads.

An object's name is its digest, so storing the same content twice stores it once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import uuid
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from bus import topology
from bus.appender import Appender
from bus.connection import Connection
from bus.errors import ArtifactDamaged, ArtifactMissing
from bus.log import Reader
from contracts.messages import Artifact

CHUNK = 128 * 1024
"""Bytes of content in one message."""
BUCKET = topology.ARTIFACTS
STREAM = f"OBJ_{BUCKET}"


class _Meta(Struct):
    """As much of an object's description as finds its chunks."""

    nuid: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]+$")]


class ObjectStore:
    """`bus.port.Artifacts` over JetStream."""

    def __init__(self, connection: Connection, appender: Appender) -> None:
        self._appender = appender
        self._reader = Reader(connection, STREAM)

    async def put(self, content: bytes, name: str = "") -> Artifact:
        """Store content unless it is there. Raises BusUnavailable."""
        digest = hashlib.sha256(content)
        artifact = Artifact(sha256=digest.hexdigest(), size=len(content), name=name)
        if await self._reader.batch(start=1, pattern=_meta_subject(artifact.sha256)):
            return artifact
        nuid = uuid.uuid4().hex
        chunks = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
        subject = f"$O.{BUCKET}.C.{nuid}"
        # One at a time: the order of the chunks in the stream is the order of the content.
        for chunk in chunks:
            await self._appender.append(subject, chunk, {})
        meta = {
            "name": artifact.sha256,
            "description": name,
            "bucket": BUCKET,
            "nuid": nuid,
            "size": len(content),
            "mtime": datetime.now(UTC).isoformat(),
            "chunks": len(chunks),
            "digest": f"SHA-256={base64.urlsafe_b64encode(digest.digest()).decode()}",
        }
        await self._appender.append(
            _meta_subject(artifact.sha256), msgspec.json.encode(meta), {"Nats-Rollup": "sub"}
        )
        return artifact

    async def get(self, artifact: Artifact) -> bytes:
        """The content, checked against its digest. Raises ArtifactMissing, ArtifactDamaged."""
        metas = await self._reader.all(pattern=_meta_subject(artifact.sha256))
        if not metas:
            raise ArtifactMissing(f"nothing is stored under sha256 {artifact.sha256}")
        damaged = ArtifactDamaged(f"what is stored under sha256 {artifact.sha256} is damaged")
        try:
            chunks_of = msgspec.json.decode(metas[-1].body, type=_Meta).nuid
        except msgspec.DecodeError:
            raise damaged from None
        chunks = await self._reader.all(pattern=f"$O.{BUCKET}.C.{chunks_of}")
        content = b"".join(chunk.body for chunk in chunks)
        digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        if digest != artifact.sha256:
            raise damaged
        return content


def _meta_subject(name: str) -> str:
    return f"$O.{BUCKET}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"
