"""How long a platform asks to wait, in each of the forms that Netlify was seen to use. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

_EPOCH = 1_000_000_000
"""A number from here on is a time since 1970, a smaller one seconds from now."""


def seconds_to_wait(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds until another try is welcome, by an answer's headers; None when they do not say.

    `X-RateLimit-Reset` is a time since 1970 by the documentation and came as
    `2022-01-27 22:20:17 UTC` in practice, `Retry-After` as that, as seconds, or as HTTP's date.
    """
    small = {name.lower(): value for name, value in headers.items()}
    at = time.time() if now is None else now
    waits = [
        _wait(small[name], at) for name in ("retry-after", "x-ratelimit-reset") if name in small
    ]
    known = [wait for wait in waits if wait is not None]
    return max(0.0, known[0]) if known else None


def _wait(text: str, now: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        moment = _moment(text.strip())
        return None if moment is None else moment - now
    return number - now if number >= _EPOCH else number


def _moment(text: str) -> float | None:
    try:
        named = datetime.strptime(text.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
        return named.timestamp()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
