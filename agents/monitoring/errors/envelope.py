"""Sentry's envelopes, as SDKs send them: a line of JSON, then items of a line and a payload.

Pure. The grammar is that of Sentry's developer documentation ("Envelopes"). Errors:
    Malformed   it is no envelope, or ends in the middle of an item
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct

MOST_ITEMS = 1_000


class Malformed(Exception):
    """The bytes are not what they should be; the text says where."""


class Item(Struct, frozen=True):
    """One item: its type ("event", "session", …), its header, its payload as it came."""

    kind: str
    header: dict[str, Any]
    payload: bytes


class Envelope(Struct, frozen=True):
    """All of it. Types that nobody knows are there too."""

    header: dict[str, Any]
    items: tuple[Item, ...]


def parse(body: bytes) -> Envelope:
    """An envelope. What follows the last item and is none is left out. Raises Malformed."""
    end = _end_of_line(body, 0)
    header = _object(body[:end])
    if header is None:
        raise Malformed("the first line is no JSON object")
    items: list[Item] = []
    at = end + 1
    while at < len(body):
        end = _end_of_line(body, at)
        line = body[at:end]
        if not line.strip():
            at = end + 1
            continue
        described = _object(line)
        kind = described.get("type") if described is not None else None
        if described is None or not isinstance(kind, str):
            if items:
                break
            raise Malformed("the first item has no header")
        if len(items) == MOST_ITEMS:
            raise Malformed(f"there are more than {MOST_ITEMS} items")
        payload, at = _payload(body, min(end + 1, len(body)), described.get("length"))
        items.append(Item(kind, described, payload))
    return Envelope(header, tuple(items))


def _payload(body: bytes, at: int, length: object) -> tuple[bytes, int]:
    """A payload, and where the next item begins."""
    if length is None:
        end = _end_of_line(body, at)
        return body[at:end], end + 1
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise Malformed("an item's length is no number")
    end = at + length
    if end > len(body):
        raise Malformed("the last item is shorter than it says")
    return body[at:end], end + 1


def _end_of_line(body: bytes, at: int) -> int:
    end = body.find(b"\n", at)
    return len(body) if end < 0 else end


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = decode(line)
    except Malformed:
        return None
    return found if isinstance(found, dict) else None


def decode(data: bytes) -> Any:
    """JSON as SDKs write it: also with half a surrogate pair or NaN. Raises Malformed."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"it is no JSON: {error}"[:200]) from None
