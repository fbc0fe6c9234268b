"""Messages for an incoming webhook of Slack's: Block Kit within its limits, and its answers.

Limits are those that slack_sdk 3.48 checks; answers are plain text, see Slack's "Handling errors"
of incoming webhooks.
"""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from agents.monitoring.alerts import notices, sending
from agents.monitoring.alerts.notices import Entry, Notice
from agents.monitoring.alerts.rules import RANK, Channel
from agents.monitoring.alerts.sending import Answer, Outcome

HEADER = 150
SECTION = 3000
CONTEXT = 2000
TEXT = 4000
"""Units of the fallback text; Slack takes ten times as many and shows one line."""
PACE = 1.1
"""Seconds between two messages to one webhook; Slack takes about one in a second."""
DEAD = frozenset({
    "action_prohibited", "posting_to_general_channel_denied", "invalid_token",
    "channel_not_found", "no_service", "no_team", "no_active_hooks", "channel_is_archived",
})  # fmt: skip
"""What says that the webhook will not take any message until somebody makes another."""
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


async def send(
    http: httpx.AsyncClient, channel: Channel, notice: Notice, *, plain: bool
) -> Outcome:
    """One attempt; `plain` after Slack refused the blocks."""
    body = {"text": _fallback(notice, whole=True)} if plain else payload(notice)
    answer = await sending.post(
        http, channel, msgspec.json.encode(body), {"content-type": "application/json"}
    )
    return answer if isinstance(answer, Outcome) else judged(channel, answer)


def judged(channel: Channel, answer: Answer) -> Outcome:
    """What an answer of Slack's means."""
    said = answer.body.strip()
    error = sending.reason(channel, answer)
    match answer.status:
        case 200 if said == "ok":
            return Outcome(result="sent", pause=PACE)
        case 429:
            pause = sending.asked_pause(answer.headers.get("retry-after"))
            return Outcome(result="again", error=error, pause=pause)
        case 400 | 403 | 404 | 410 if said in DEAD:
            return Outcome(result="dead", error=error)
        case 400 | 413 | 422:
            return Outcome(result="refused", error=error, plainer=True, pause=PACE)
    # Also 200 with another body, or a page that says 404: whatever stands before Slack, such as a
    # proxy that wants somebody to sign in, has not posted anything and may be gone soon.
    return Outcome(result="again", error=error)


def payload(notice: Notice) -> dict[str, Any]:
    """The message as Block Kit."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(f"{_mark(notice)} {notices.headline(notice)}", HEADER)}
    ]
    for one in notice.entries:
        blocks += _entry(one, alone=len(notice.entries) == 1 and not notice.bound)
    if notice.more:
        blocks.append(_context(f"… and {notice.more} more"))
    return {
        "text": _fallback(notice, whole=False),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _mark(notice: Notice) -> str:
    """How bad it is at a glance, as Slack's blocks have no colour."""
    if all(one.what in notices.OVER for one in notice.entries):
        return "✅"
    worst = max(RANK[one.severity] for one in notice.entries if one.what not in notices.OVER)
    return ("🔵", "🟠", "🔴")[worst]


def _entry(entry: Entry, *, alone: bool) -> list[dict[str, Any]]:
    lines = [] if alone else [f"*{escaped(notices.one_line(notices.heading(entry), 300), 600)}*"]
    detail = notices.clip(entry.detail, notices.DETAIL).strip()
    if detail:
        lines.append(escaped(detail, SECTION - 1400))
    if url := notices.safe_url(entry.url):
        lines.append(f"<{escaped(url, 700)}|Open>" if len(url) <= 600 else "")  # noqa: PLR2004
    text = "\n".join(line for line in lines if line)
    section = [{"type": "section", "text": _mrkdwn(text)}] if text else []
    return [*section, _context(notices.facts(entry))]


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_plain(text, CONTEXT)]}


def _plain(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": notices.one_line(text, longest) or "–", "emoji": False}


def _mrkdwn(text: str) -> dict[str, Any]:
    # Verbatim: what looks like a link, a channel or a mention is not made into one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fallback(notice: Notice, *, whole: bool) -> str:
    return escaped(notices.plain(notice) if whole else notices.headline(notice), TEXT)


def escaped(text: str, longest: int) -> str:
    """Text in which Slack sees no link, mention or command, in at most so many units."""
    return notices.escaped(text, longest, lambda one: _ESCAPES.get(one, one))
