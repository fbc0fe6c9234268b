"""How long Vercel asks to wait, in each of the forms that it is known to use. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

_EPOCH = 1_000_000_000
"""A number from here on is a time since 1970, a smaller one seconds from now."""
_MILLISECONDS = 100_000_000_000
"""A time since 1970 from here on is in milliseconds."""
_SAID = re.compile(r"try again in (\d+) (second|minute|hour|day)")
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def seconds_to_wait(
    headers: Mapping[str, str], error: Mapping[str, Any], now: float | None = None
) -> float | None:
    """Seconds until another try is welcome, by an answer; None when it does not say.

    `error` is the envelope's. `Retry-After` is seconds or HTTP's date; `limit.reset` is seconds
    since 1970 by the OpenAPI file and milliseconds to the official client; a quota's message says
    "try again in 22 hours"; `X-RateLimit-Reset` is seconds since 1970.
    """
    at = time.time() if now is None else now
    small = {name.lower(): value for name, value in headers.items()}
    limit = error.get("limit")
    reset = limit.get("reset") or limit.get("resetMs") if isinstance(limit, dict) else None
    said = _SAID.search(str(error.get("message") or ""))
    waits = (
        _retry_after(small.get("retry-after"), at),
        _until(reset, at),
        float(said[1]) * _UNITS[said[2]] if said else None,
        _until(small.get("x-ratelimit-reset"), at),
    )
    known = [wait for wait in waits if wait is not None]
    return max(0.0, known[0]) if known else None


def _retry_after(text: str | None, now: float) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except ValueError:
        return None


def _until(number: Any, now: float) -> float | None:
    try:
        found = float(number)
    except (TypeError, ValueError):
        return None
    if found < _EPOCH:
        return found
    return (found / 1000 if found >= _MILLISECONDS else found) - now
