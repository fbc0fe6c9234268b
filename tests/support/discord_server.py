"""Discord's webhooks on 127.0.0.1: its limits, its JSON answers, its buckets.

`tests/agents/monitoring/alerts/test_emulators.py` holds it to a real client.
"""

from __future__ import annotations

import re
import time
from collections import deque
from typing import Any

import msgspec

from tests.support.platform_http import Reply, Request, Server

ID = "1100000000000000001"
TOKEN = "token-that-is-secret-token-that-is-secret"
_PING = re.compile(r"@everyone|@here|<@[!&]?\d+>")
_LIMITS = {
    ("title",): 256, ("description",): 4096, ("footer", "text"): 2048, ("author", "name"): 256,
}  # fmt: skip


class Discord:
    """The emulator; `messages` are those that were taken, `pings` whom they called up.

    A bucket takes `burst` messages in `window` seconds. `everywhere` is a number of seconds for
    which the whole account is asked to wait. `broken` answers everything while it is set.
    """

    def __init__(self) -> None:
        self.http = Server(self.answer)
        self.webhooks = {ID: TOKEN}
        self.messages: list[dict[str, Any]] = []
        self.pings: list[str] = []
        self.burst = 1000
        self.window = 2.0
        self.everywhere = 0.0
        self.broken: tuple[int, object] | None = None
        self._taken: deque[float] = deque()

    def start(self) -> Discord:
        self.http.start()
        return self

    def close(self) -> None:
        self.http.close()

    @property
    def url(self) -> str:
        return f"{self.http.url}/api/webhooks/{ID}/{TOKEN}"

    def answer(self, request: Request) -> Reply:
        parts = request.parts
        if len(parts) < 4 or parts[:2] != ["api", "webhooks"] or request.method != "POST":
            return Reply(404, {"message": "404: Not Found", "code": 0})
        if self.broken:
            return Reply(*self.broken)
        if parts[2] not in self.webhooks:
            return Reply(404, {"message": "Unknown Webhook", "code": 10015})
        if self.webhooks[parts[2]] != parts[3]:
            return Reply(401, {"message": "Invalid Webhook Token", "code": 50027})
        if limited := self._limited():
            return limited
        body = _body(request)
        if not isinstance(body, dict):
            return Reply(400, {"message": "The request body contains invalid JSON.", "code": 50109})
        if errors := _errors(body):
            return Reply(400, {"message": "Invalid Form Body", "code": 50035, "errors": errors})
        if not body.get("content") and not body.get("embeds"):
            return Reply(400, {"message": "Cannot send an empty message", "code": 50006})
        self.messages.append(body)
        self.pings += _pings(body)
        if request.query.get("wait", "false").lower() == "true":
            message = {"id": str(len(self.messages)), "type": 0, "webhook_id": parts[2]}
            return Reply(200, message | body, self._headers())
        return Reply(204, None, self._headers())

    def _limited(self) -> Reply | None:
        now = time.monotonic()
        while self._taken and self._taken[0] < now - self.window:
            self._taken.popleft()
        if self.everywhere:
            return _wait(self.everywhere, everywhere=True, headers={"x-ratelimit-global": "true"})
        if len(self._taken) >= self.burst:
            left = self._taken[0] + self.window - now
            return _wait(left, everywhere=False, headers=self._headers())
        self._taken.append(now)
        return None

    def _headers(self) -> dict[str, str]:
        now = time.monotonic()
        left = (self._taken[0] + self.window - now) if self._taken else self.window
        return {
            "x-ratelimit-limit": str(self.burst),
            "x-ratelimit-remaining": str(max(0, self.burst - len(self._taken))),
            "x-ratelimit-reset": f"{time.time() + left:.3f}",
            "x-ratelimit-reset-after": f"{left:.3f}",
            "x-ratelimit-bucket": "c0ffee",
        }


def _wait(seconds: float, *, everywhere: bool, headers: dict[str, str]) -> Reply:
    body = {
        "message": "You are being rate limited.", "retry_after": round(seconds, 3),
        "global": everywhere,
    }  # fmt: skip
    scope = "global" if everywhere else "user"
    # A client that finds no "via" takes the answer for one that is not Discord's own.
    more = {"via": "1.1 google", "retry-after": str(int(seconds) + 1), "x-ratelimit-scope": scope}
    return Reply(429, body, headers | more)


def _body(request: Request) -> object:
    raw = request.body
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        found = re.search(rb'name="payload_json"\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--', raw, re.DOTALL)
        raw = found[1] if found else b""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _errors(body: dict[str, Any]) -> dict[str, Any]:
    """What does not fit, nested as the message is."""
    found: dict[str, Any] = {}
    if _units(body.get("content")) > 2000:
        found["content"] = _too_long(2000)
    name = body.get("username")
    taken = isinstance(name, str) and re.search("discord|clyde", name.lower())
    if name is not None and (taken or not 1 <= _units(name) <= 80):
        found["username"] = _error("USERNAME_INVALID_CONTAINS", "Username cannot be used")
    embeds = body.get("embeds") or []
    if len(embeds) > 10:
        found["embeds"] = _error("BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
        return found
    wrong = {str(n): errors for n, one in enumerate(embeds) if (errors := _embed(one))}
    if sum(_size(one) for one in embeds) > 6000:
        text = "Embed size exceeds maximum size of 6000"
        wrong |= _error("MAX_EMBED_SIZE_EXCEEDED", text)
    if wrong:
        found["embeds"] = wrong
    return found


def _embed(embed: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, longest in _LIMITS.items():
        if _units(_at(embed, path)) > longest:
            found[path[0]] = _too_long(longest)
    fields = embed.get("fields", [])
    if len(fields) > 25:
        found["fields"] = _too_long(25)
    for number, one in enumerate(fields):
        for part, longest in (("name", 256), ("value", 1024)):
            if not _units(one.get(part)):
                found.setdefault("fields", {})[str(number)] = {
                    part: _error("BASE_TYPE_REQUIRED", "This field is required")
                }
            elif _units(one[part]) > longest:
                found.setdefault("fields", {})[str(number)] = {part: _too_long(longest)}
    colour = embed.get("color", 0)
    if not isinstance(colour, int) or not 0 <= colour <= 0xFFFFFF:
        found["color"] = _error("NUMBER_TYPE_MAX", "int value should be less than 16777216")
    url = embed.get("url")
    if url and not url.startswith(("http://", "https://")):
        found["url"] = _error("URL_TYPE_INVALID_URL", "Not a well formed URL.")
    return found


def _at(embed: dict[str, Any], path: tuple[str, ...]) -> object:
    value: Any = embed
    for part in path:
        value = (value or {}).get(part)
    return value


def _size(embed: dict[str, Any]) -> int:
    texts = [_at(embed, path) for path in _LIMITS]
    texts += [one.get(part) for one in embed.get("fields", []) for part in ("name", "value")]
    return sum(_units(text) for text in texts)


def _units(text: object) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0


def _too_long(longest: int) -> dict[str, Any]:
    return _error("BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")


def _error(code: str, message: str) -> dict[str, Any]:
    return {"_errors": [{"code": code, "message": message}]}


def _pings(body: dict[str, Any]) -> list[str]:
    """Whom a message calls up: its content does, its embeds never do."""
    allowed = body.get("allowed_mentions")
    if allowed is not None and not allowed.get("parse"):
        return []
    return _PING.findall(body.get("content") or "")
