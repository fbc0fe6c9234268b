"""What the benchmark of the ingest sends: whole requests, and what is answered to them."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import secrets
import time

KINDS = 20
FRAMES = 12


def event(kind: int) -> bytes:
    """An error as sentry-sdk sends it: about 5 KB."""
    frames = [
        {
            "filename": f"shop/module_{kind}_{at}.py",
            "abs_path": f"/srv/shop/module_{kind}_{at}.py",
            "function": f"step_{at}",
            "module": f"shop.module_{kind}_{at}",
            "lineno": 10 * at,
            "in_app": True,
            "pre_context": ["    # a line of source before it"] * 5,
            "context_line": f"    return step_{at + 1}(order, customer)",
            "post_context": ["    # a line of source after it"] * 5,
            "vars": {"order": "<Order 17>", "customer": "<Customer 4>"},
        }
        for at in range(FRAMES)
    ]
    value = f"cannot pay order {random.randrange(10**6)}"
    return json.dumps(
        {
            "event_id": secrets.token_hex(16),
            "timestamp": time.time(),
            "platform": "python",
            "level": "error",
            "release": "shop@1",
            "environment": "production",
            "user": {"id": str(random.randrange(1000))},
            "exception": {
                "values": [
                    {"type": f"Problem{kind}", "value": value, "stacktrace": {"frames": frames}}
                ]
            },
            "sdk": {"name": "sentry.python", "version": "2.75.0"},
        }
    ).encode()


def envelope(path: str, number: int) -> bytes:
    """A whole request; every second one is packed."""
    payload = event(number % KINDS)
    head = json.dumps({"event_id": json.loads(payload)["event_id"]}).encode()
    item = json.dumps({"type": "event", "length": len(payload)}).encode()
    body = b"\n".join((head, item, payload, b""))
    packed = number % 2 == 0
    return request(path, gzip.compress(body, 6) if packed else body, packed=packed)


def beacon(path: str, number: int) -> bytes:
    """A metric as web-vitals sends it."""
    metric = {
        "name": ("LCP", "INP", "CLS", "FCP", "TTFB")[number % 5],
        "value": random.random() if number % 5 == 2 else random.randrange(4000),
        "rating": "good",
        "delta": 1,
        "id": f"v6-{int(time.time() * 1000)}-{random.randrange(10**13):013}",
        "navigationType": "navigate",
        "page": f"/page/{number % 50}",
    }
    return request(path, json.dumps(metric).encode(), packed=False)


def request(path: str, body: bytes, *, packed: bool) -> bytes:
    encoding = "content-encoding: gzip\r\n" if packed else ""
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain;charset=UTF-8\r\n"
        "user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0\r\n"
        f"referer: http://shop.test/page\r\n{encoding}content-length: {len(body)}\r\n\r\n"
    ).encode() + body


async def load(port: int, requests: list[bytes], seconds: float, width: int) -> list[float]:
    """How long each answer took that says it is stored; over so many connections."""
    taken: list[float] = []
    end = time.monotonic() + seconds
    left = iter(requests)

    async def one() -> None:
        reader = writer = None
        for sent in left:
            if time.monotonic() > end:
                break
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            begun = time.monotonic()
            writer.write(sent)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            status = int(head.split()[1])
            if status not in {200, 204}:
                raise RuntimeError(f"it answered {status}")
            taken.append(time.monotonic() - begun)
            if b"connection: close" in head:
                writer.close()
                writer = None
        if writer is not None:
            writer.close()

    await asyncio.gather(*(one() for _ in range(width)))
    return taken
