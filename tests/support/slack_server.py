"""Slack's incoming webhooks on 127.0.0.1: its limits, its plain answers, its rate.

`tests/agents/monitoring/alerts/test_emulators.py` holds it to Slack's own clients.
"""

from __future__ import annotations

import re
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tests.support.platform_http import Reply, Request, Server

PATH = "/services/T0001/B0001/Xsecretsecretsecret"
TEXTS = {"header": 150, "section": 3000, "context": 2000}
TEXT_TYPES = ("plain_text", "mrkdwn")
_CONTROL = re.compile(r"<(!(?:here|channel|everyone)|@[UW]\w+)(?:\|[^>]*)?>")


class Slack:
    """The emulator; `messages` are those that were taken, `pings` what they would call up.

    `burst` messages are taken at once, and one in a second from then on; None is any number.
    `broken` is a status and a body that answer everything, as long as it is set.
    """

    def __init__(self) -> None:
        self.http = Server(self.answer)
        self.paths = {PATH}
        self.messages: list[dict[str, Any]] = []
        self.pings: list[str] = []
        self.burst: int | None = None
        self.broken: tuple[int, str] | None = None
        self._taken: deque[float] = deque()

    def start(self) -> Slack:
        self.http.start()
        return self

    def close(self) -> None:
        self.http.close()

    @property
    def url(self) -> str:
        return f"{self.http.url}{PATH}"

    def answer(self, request: Request) -> Reply:
        if request.path not in self.paths:
            return _plain(404, "no_service")
        if request.method != "POST":
            return _plain(405, "method_not_allowed")
        if self.broken:
            return _plain(*self.broken)
        if self._too_many():
            return _plain(429, "rate_limited", {"retry-after": "1"})
        body = _body(request)
        if not isinstance(body, dict):
            return _plain(400, "invalid_payload")
        if problem := _problem(body):
            return _plain(400, problem)
        self.messages.append(body)
        self.pings += _pings(body)
        return _plain(200, "ok")

    def _too_many(self) -> bool:
        now = time.monotonic()
        while self._taken and self._taken[0] < now - 1:
            self._taken.popleft()
        if self.burst is not None and len(self._taken) >= self.burst:
            return True
        self._taken.append(now)
        return False


def _plain(status: int, body: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, body.encode(), {"content-type": "text/html", **(headers or {})})


def _body(request: Request) -> object:
    raw = request.body
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raw = parse_qs(raw.decode()).get("payload", [""])[0].encode()
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _problem(body: dict[str, Any]) -> str:
    """What is wrong with a message, in Slack's words."""
    attachments = body.get("attachments") or []
    blocks = body.get("blocks")
    if len(attachments) > 100:
        return "too_many_attachments"
    if not (body.get("text") or blocks or attachments):
        return "no_text"
    if len(body.get("text") or "") > 40_000:
        return "invalid_payload"
    for each in [blocks, *(one.get("blocks") for one in attachments)]:
        if each is not None and not _fits(each):
            return "invalid_blocks"
    return ""


def _fits(blocks: object) -> bool:
    if not isinstance(blocks, list) or not 0 < len(blocks) <= 50:
        return False
    return all(_block_fits(one) for one in blocks)


def _block_fits(block: dict[str, Any]) -> bool:
    if len(block.get("block_id", "")) > 255:
        return False
    match block.get("type"):
        case "header":
            return _text_fits(block.get("text"), TEXTS["header"], ("plain_text",))
        case "section":
            fields = block.get("fields", [])
            texts = [block["text"]] if "text" in block else []
            return (
                bool(texts or fields)
                and len(fields) <= 10
                and all(_text_fits(one, TEXTS["section"], TEXT_TYPES) for one in texts)
                and all(_text_fits(one, 2000, TEXT_TYPES) for one in fields)
            )
        case "context":
            elements = block.get("elements", [])
            return 0 < len(elements) <= 10 and all(
                _text_fits(one, TEXTS["context"], TEXT_TYPES) for one in elements
            )
        case "divider":
            return True
    return False


def _text_fits(text: object, longest: int, kinds: tuple[str, ...]) -> bool:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        return False
    if "emoji" in text and text["type"] != "plain_text":
        return False
    if "verbatim" in text and text["type"] != "mrkdwn":
        return False
    said = text.get("text")
    # By UTF-16 units, which is never less than characters.
    return isinstance(said, str) and 0 < len(said.encode("utf-16-le")) // 2 <= longest


def _pings(value: object) -> list[str]:
    """What of a message calls people up or runs a command; plain text never does."""
    match value:
        case {"type": "plain_text"}:
            return []
        case dict():
            return [found for one in value.values() for found in _pings(one)]
        case list():
            return [found for one in value for found in _pings(one)]
        case str():
            return _CONTROL.findall(value)
    return []
