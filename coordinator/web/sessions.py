"""Who is signed in: a code that is good once, exchanged for a session in this process's memory.

A code proves that whoever made it could read the secret, a file that only the person can. A
session ends with the process; a new code costs one command. Pure but for randomness.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict

from msgspec import Struct

CODE_LIFE = 120.0
"""Seconds in which a code can be used."""
IDLE = 12 * 3600.0
LONGEST = 7 * 86_400.0
"""Seconds after which a session ends however busy it is."""
MOST = 64
"""Sessions at a time; one more ends the one that was idle longest."""
COOKIE = "genesis_session"


class Session(Struct, kw_only=True):
    """A browser that is signed in; `csrf` stands in each of its forms."""

    person: str
    csrf: str
    began: float
    seen: float


def make_code(secret: str, person: str, now: float) -> str:
    """A code with which the person can sign in once, at `now` in seconds since 1970."""
    issued, nonce = f"{int(now):x}", secrets.token_hex(16)
    return f"{issued}.{nonce}.{_proof(secret, person, issued, nonce)}"


def _proof(secret: str, person: str, issued: str, nonce: str) -> str:
    text = f"sign-in/{person}/{issued}/{nonce}".encode()
    return hmac.digest(secret.encode(), text, "sha256").hex()


class Door:
    """Lets a person in by a code, and knows them again by their cookie.

    Codes from before `opened` are not taken: whether they were used is not known any more.
    """

    def __init__(self, secret: str, person: str, opened: float) -> None:
        self.person = person
        self._secret = secret
        self._opened = int(opened)
        self._used: OrderedDict[str, float] = OrderedDict()
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def enter(self, code: str, now: float) -> str | None:
        """The token of a new session; None for a code that is wrong, used or too old."""
        issued, _, rest = code.strip().partition(".")
        nonce, _, proof = rest.partition(".")
        right = _proof(self._secret, self.person, issued, nonce)
        if not hmac.compare_digest(right.encode(), proof.encode()):
            return None
        at = int(issued, 16)
        if not max(self._opened, now - CODE_LIFE) <= at <= now + 5 or nonce in self._used:
            return None
        self._forget_codes(now)
        self._used[nonce] = now
        token = secrets.token_urlsafe(32)
        self._sessions[_key(token)] = Session(
            person=self.person, csrf=secrets.token_urlsafe(24), began=now, seen=now
        )
        while len(self._sessions) > MOST:
            self._sessions.popitem(last=False)
        return token

    def find(self, token: str, now: float, *, used: bool = True) -> Session | None:
        """The session of a cookie; `used` says that a person does something with it now."""
        key = _key(token)
        session = self._sessions.get(key)
        if session is None:
            return None
        if now - session.seen > IDLE or now - session.began > LONGEST:
            del self._sessions[key]
            return None
        if used:
            session.seen = now
            self._sessions.move_to_end(key)
        return session

    def leave(self, token: str) -> None:
        """End a session."""
        self._sessions.pop(_key(token), None)

    def _forget_codes(self, now: float) -> None:
        while self._used and next(iter(self._used.values())) < now - 2 * CODE_LIFE:
            self._used.popitem(last=False)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
