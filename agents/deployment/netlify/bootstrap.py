"""Netlify's own code that calls a function's handler: fetched once from npm, held to its digest.

It is the file that the official bundler puts into each function; the package is MIT-licensed.

Errors:
    AgentError `bootstrap`   it cannot be fetched, or is not what it was
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import tarfile

import httpx

from agents.work import AgentError
from bus.node import NodeMissing, find_node, find_npm
from bus.settings import Settings

VERSION = "2.18.0"
PACKAGE = "@netlify/serverless-functions-api"
SHA512 = "Uo5XyMFZOinq6AonHu6dUOkLvVydn+SaldoVkB4yQSpDrtqYWi56CoA26IIOur1EMJqRdt6JIzjzIe4jpzYdhQ=="
"""Of the package's archive, as npm's registry states it."""
MEMBER = "package/dist/index.js"


async def bootstrap(settings: Settings) -> bytes:
    """The code, from GENESIS_HOME once it was fetched. Raises AgentError."""
    kept = settings.genesis_home / "cache" / "netlify" / f"bootstrap-{VERSION}.tgz"
    content = kept.read_bytes() if kept.is_file() else b""
    if not _is_right(content):
        content = await _fetch(settings)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(content)
        unfinished.replace(kept)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None, "the digest names an archive that holds it"
        return member.read()


async def _registry(settings: Settings) -> str:
    """The address that npm is set to on this machine. Raises AgentError."""
    if chosen := os.environ.get("NPM_CONFIG_REGISTRY"):
        return chosen
    try:
        node = find_node(settings)
    except NodeMissing as error:
        raise _failed(f"cannot be fetched ({error})") from error
    npm = find_npm(node)
    if npm is None:
        raise _failed(f"cannot be fetched ({node} has no npm beside it)")
    process = await asyncio.create_subprocess_exec(
        node, npm, "config", "get", "registry",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    answer, _ = await process.communicate()
    if process.returncode:
        raise _failed("cannot be fetched (npm does not say from where)")
    return answer.decode().strip()


async def _fetch(settings: Settings) -> bytes:
    registry = await _registry(settings)
    url = f"{registry.rstrip('/')}/{PACKAGE}/-/{PACKAGE.partition('/')[2]}-{VERSION}.tgz"
    try:
        async with httpx.AsyncClient(timeout=60, follow_redirects=True) as http:
            answer = await http.get(url)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise _failed(f"cannot be fetched ({str(error) or type(error).__name__})") from error
    if not _is_right(answer.content):
        raise _failed("is not what it was when this version of Genesis was made")
    return answer.content


def _is_right(content: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(content).digest()).decode() == SHA512


def _failed(why: str) -> AgentError:
    return AgentError(
        "bootstrap",
        f"what Netlify needs to run functions ({PACKAGE} {VERSION} of npm) {why}; nothing was sent",
        hint="see whether npm's registry can be reached, or set NPM_CONFIG_REGISTRY to another",
        retryable=True,
    )
