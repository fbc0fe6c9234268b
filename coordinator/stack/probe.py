"""Whether a server on this machine answers; never raises."""

from __future__ import annotations

import asyncio

from coordinator.stack.ports import LOOPBACK

PATIENCE = 1.0


async def answers_http(port: int, path: str) -> bool:
    """Whether a GET is answered with status 200."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                request = f"GET {path} HTTP/1.0\r\nHost: {LOOPBACK}:{port}\r\n\r\n"
                writer.write(request.encode())
                await writer.drain()
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status
