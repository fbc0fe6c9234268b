"""When something happened, by our clock. Pure."""

from __future__ import annotations

from agents.monitoring.errors.shapes import number

DRIFT = 60.0
"""Seconds by which a sender's clock may be off before it is corrected."""
OLDEST = 30 * 86_400.0
"""Seconds after which nothing is believed to come."""


def happened(timestamp: object, sent_at: object, now: float) -> float:
    """The time of something that was sent just now, in seconds since 1970.

    A sender that says when it sent shows how far its clock is off. Without that, what is yet to
    come, or long past, happened now.
    """
    at, sent = number(timestamp), number(sent_at)
    if at is None:
        return now
    if sent is not None and abs(now - sent) > DRIFT:
        at += now - sent
    if at > now + DRIFT or at < now - OLDEST:
        return now
    return min(at, now)
