"""Values of strangers' JSON as what they should be, or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NUMBERS = (int, float)
SCALARS = (str, int, float)


def text(value: object, most: int) -> str:
    """A text or a number as text that PostgreSQL can keep, at most so many characters."""
    # Nearly all of it, two hundred times for an event.
    if type(value) is str and len(value) <= most and value.isascii() and "\0" not in value:
        return value
    if isinstance(value, bool) or not isinstance(value, SCALARS):
        return ""
    if not isinstance(value, str):
        # A number of a thousand digits would be refused as text.
        return str(value)[:most] if isinstance(value, float) or abs(value) < 10**30 else ""
    cut = value[:most]
    if "\0" in cut or not cut.isascii():
        cut = cut.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return cut


def mapping(value: object) -> Mapping[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list, also one wrapped as `{"values": […]}`."""
    if isinstance(value, dict):
        value = value.get("values")
    return value if isinstance(value, list) else []


def whole(value: object) -> int | None:
    """A number from 0 to 2,147,483,647, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, NUMBERS) or not 0 <= value < 2**31:
        return None
    return int(value)


def number(value: object) -> float | None:
    """A time as seconds since 1970, from a number, such a number's text, or ISO 8601."""
    if isinstance(value, bool):
        return None
    if isinstance(value, NUMBERS):
        return float(value) if math.isfinite(value) and 0 < value < 2**40 else None
    if not isinstance(value, str) or len(value) > 64:  # noqa: PLR2004  more than any time has
        return None
    try:
        parsed = datetime.fromisoformat(_seconds(value))
    except ValueError:
        try:
            return number(float(value))
        except ValueError:
            return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _seconds(value: str) -> str:
    """Without more than six digits of a second, which Python does not read."""
    head, dot, rest = value.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return f"{head}{dot}{digits[:6]}{rest[len(digits) :]}" if dot else value
