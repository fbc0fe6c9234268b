"""Messages for a webhook of Discord's: embeds within its limits, and its answers.

Limits and answers: Discord's developer documents "Message", "Webhook" and "Rate Limits".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from agents.monitoring.alerts import notices, sending
from agents.monitoring.alerts.notices import Entry, Notice
from agents.monitoring.alerts.rules import Channel
from agents.monitoring.alerts.sending import Answer, Outcome

CONTENT = 2000
TITLE = 256
DESCRIPTION = 4096
FIELDS = 25
FIELD_NAME = 256
FIELD_VALUE = 1024
FOOTER = 2048
EMBEDS = 6000
"""Units of all titles, descriptions, fields and footers of a message together."""
SHUT_OUT = 600.0
"""Seconds between attempts while Discord does not let us in."""
_MARKS = frozenset("\\`*_~|>[]()#-+.!:<@")
"""What Discord's Markdown, mentions and emoji begin or end with."""


class _Limit(msgspec.Struct):
    """The body of an answer 429."""

    retry_after: float = 1.0
    is_global: bool = msgspec.field(default=False, name="global")


async def send(
    http: httpx.AsyncClient, channel: Channel, notice: Notice, *, plain: bool
) -> Outcome:
    """One attempt; `plain` after Discord refused the embed."""
    body = {"content": escaped(notices.plain(notice), CONTENT)} if plain else payload(notice)
    answer = await sending.post(
        http, channel,
        msgspec.json.encode({**body, "allowed_mentions": {"parse": []}}),
        {"content-type": "application/json"},
        # With it, Discord answers only when the message is there.
        parameters={"wait": "true"},
    )  # fmt: skip
    return answer if isinstance(answer, Outcome) else judged(channel, answer)


def judged(channel: Channel, answer: Answer) -> Outcome:
    """What an answer of Discord's means."""
    error = sending.reason(channel, answer)
    match answer.status:
        case 200 | 204:
            return Outcome(result="sent", pause=_left(answer))
        case 429:
            return _limited(answer, error)
        case 401 | 404:
            # Asking again and again would have Discord shut out this address altogether.
            return Outcome(result="dead", error=error)
        case 400 | 413 | 422:
            return Outcome(result="refused", error=error, plainer=True)
        case 403:
            return Outcome(result="again", error=error, pause=SHUT_OUT)
    return Outcome(result="again", error=error)


def _limited(answer: Answer, error: str) -> Outcome:
    try:
        body = msgspec.json.decode(answer.body, type=_Limit)
        pause = sending.asked_pause(body.retry_after, least=0.1)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Not Discord itself but what stands before it: its header is in whole seconds.
        body, pause = _Limit(), sending.asked_pause(answer.headers.get("retry-after"), least=5.0)
    wide = body.is_global or answer.headers.get("x-ratelimit-global", "").lower() == "true"
    return Outcome(result="again", error=error, pause=pause, wide=wide)


def _left(answer: Answer) -> float:
    """Seconds to wait after a message that was the last one for now."""
    if answer.headers.get("x-ratelimit-remaining") != "0":
        return 0.0
    return sending.asked_pause(answer.headers.get("x-ratelimit-reset-after"), least=0.1)


def payload(notice: Notice) -> dict[str, Any]:
    """The message as one embed; an alert alone is its description, several are fields."""
    embed: dict[str, Any] = {"color": notices.colour(notice)}
    room = EMBEDS
    embed["title"] = escaped(notices.one_line(notices.headline(notice), TITLE), TITLE) or "–"
    room -= notices.units(embed["title"])
    if stamp := _stamp(notice.at):
        embed["timestamp"] = stamp
    first = notice.entries[0]
    if len(notice.entries) == 1 and not notice.bound:
        if url := notices.safe_url(first.url):
            embed["url"] = url
        embed["footer"] = {"text": notices.one_line(notices.facts(first), FOOTER)}
        room -= notices.units(embed["footer"]["text"])
        if detail := escaped(notices.clip(first.detail, notices.DETAIL), min(DESCRIPTION, room)):
            embed["description"] = detail
        return {"embeds": [embed]}
    if notice.more:
        embed["footer"] = {"text": f"… and {notice.more} more"}
        room -= notices.units(embed["footer"]["text"])
    embed["fields"] = _fields(notice.entries, room)
    return {"embeds": [embed]}


def _fields(entries: tuple[Entry, ...], room: int) -> list[dict[str, Any]]:
    each = room // min(len(entries), FIELDS)
    fields = []
    for one in entries[:FIELDS]:
        longest = min(FIELD_NAME, each // 2)
        name = escaped(notices.one_line(notices.heading(one), longest), longest) or "–"
        value = _value(one, min(FIELD_VALUE, each - notices.units(name)))
        fields.append({"name": name, "value": value})
    return fields


def _value(entry: Entry, longest: int) -> str:
    said = escaped(notices.facts(entry), longest)
    left = longest - notices.units(said) - 1
    detail = escaped(notices.one_line(entry.detail, 300), left) if left > 20 else ""  # noqa: PLR2004
    return f"{said}\n{detail}" if detail else said


def _stamp(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def escaped(text: str, longest: int) -> str:
    """Text that Discord shows as it is, in at most so many units."""
    return notices.escaped(text, longest, lambda one: f"\\{one}" if one in _MARKS else one)
