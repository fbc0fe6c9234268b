"""Messages for any other program: JSON, signed as Standard Webhooks says.

Headers are `webhook-id` (the same in every attempt of a message), `webhook-timestamp` and, with a
secret, `webhook-signature`: "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body". See
standardwebhooks.com, specification 1.0.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

import httpx
import msgspec

from agents.monitoring.alerts import notices, sending
from agents.monitoring.alerts.notices import Notice
from agents.monitoring.alerts.rules import Channel
from agents.monitoring.alerts.sending import Answer, Outcome


async def send(
    http: httpx.AsyncClient, channel: Channel, notice: Notice, *, identity: str, now: float
) -> Outcome:
    """One attempt; `identity` is the message's own."""
    body = msgspec.json.encode(payload(notice, identity))
    headers = {
        "content-type": "application/json",
        **signature(channel.signing.reveal(), identity, int(now), body),
    }
    answer = await sending.post(http, channel, body, headers)
    return answer if isinstance(answer, Outcome) else judged(channel, answer)


def judged(channel: Channel, answer: Answer) -> Outcome:
    """What an answer means: 2xx took it, 410 wants no more, what may pass is tried again."""
    error = sending.reason(channel, answer)
    pause = sending.asked_pause(answer.headers.get("retry-after"), least=0.0)
    match answer.status:
        case status if 200 <= status < 300:  # noqa: PLR2004
            return Outcome(result="sent")
        case 410:
            return Outcome(result="dead", error=error)
        case 401 | 403 | 404 | 408 | 425 | 429:
            # A receiver that is deployed anew answers so for a while.
            return Outcome(result="again", error=error, pause=pause)
        case status if 300 <= status < 400:  # noqa: PLR2004
            error += " (redirects are not followed: give its own address)"
            return Outcome(result="refused", error=error)
        case status if 400 <= status < 500:  # noqa: PLR2004
            return Outcome(result="refused", error=error)
    return Outcome(result="again", error=error, pause=pause)


def payload(notice: Notice, identity: str) -> dict[str, Any]:
    """The message as an object: times are seconds since 1970, `over` null while it lasts."""
    return {
        "type": "genesis.alert",
        "version": 1,
        "id": identity,
        "at": notice.at,
        "text": notices.clip(notices.headline(notice), 1000),
        "alerts": [msgspec.to_builtins(one) for one in notice.entries],
        "more": notice.more,
        "summary": notice.bound > 0,
    }


def signature(secret: str, identity: str, at: int, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows who sent it, and when."""
    headers = {"webhook-id": identity, "webhook-timestamp": str(at)}
    if secret:
        signed = hmac.digest(_key(secret), f"{identity}.{at}.".encode() + body, "sha256")
        headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
    return headers


def _key(secret: str) -> bytes:
    """A secret's bytes: base64 after "whsec_", as the specification has it, else its text."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
