"""Errors as SDKs send them, made by hand."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.support.ingest import Sending


def event(**more: Any) -> dict[str, Any]:
    """A Python event with one exception in the app's own code."""
    return {
        "event_id": secrets.token_hex(16),
        "level": "error",
        "platform": "python",
        "release": "shop@1",
        "exception": {
            "values": [
                {
                    "type": "ZeroDivisionError",
                    "value": "division by zero",
                    "stacktrace": {
                        "frames": [
                            {"filename": "shop/main.py", "function": "main", "lineno": 4},
                            {
                                "filename": "shop/cart.py",
                                "function": "average",
                                "lineno": 12,
                                "pre_context": ["def average(prices):"],
                                "context_line": "    return sum(prices) / len(prices)",
                                "post_context": [""],
                            },
                        ]
                    },
                    "mechanism": {"type": "generic", "handled": False},
                }
            ]
        },
        **more,
    }


def message(text: str, **more: Any) -> dict[str, Any]:
    """An event that is a message alone."""
    return {**event(**more), "exception": None, "logentry": {"message": text}}


def envelope(*items: tuple[str, Any], length: bool = True, **header: Any) -> bytes:
    """Items of a type and a payload as one envelope."""
    lines = [json.dumps(header).encode()]
    for kind, payload in items:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        described = {"type": kind, **({"length": len(data)} if length else {})}
        lines += [json.dumps(described).encode(), data]
    return b"\n".join(lines) + b"\n"


async def send(sending: Sending, *items: tuple[str, Any], **header: Any) -> Any:
    """The answer to an envelope."""
    return await sending.http.post(
        f"/api/{sending.project.number}/envelope/",
        params={"sentry_version": "7", "sentry_key": sending.project.key},
        content=envelope(*items, **header),
    )
