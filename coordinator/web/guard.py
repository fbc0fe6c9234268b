"""What stands in front of every page: whose name we answer to, who is signed in, what may run.

Cookies do not know ports, and apps that Genesis deploys listen on 127.0.0.1 too: a cookie for that
name would be sent to each of them. So the dashboard has a name of its own, which browsers resolve
to this machine by themselves, and takes no sign-in under another one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coordinator.web.sessions import COOKIE, Door

NAME = "genesis.localhost"
OTHER_NAMES = ("127.0.0.1", "localhost")
PUBLIC = ("/sign-in", "/static/", "/status/", "/healthz")
"""What is answered without a session; a status page asks for itself whether it is switched on."""
SAFE = ("GET", "HEAD")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def origin(port: int) -> str:
    """Where the dashboard is, without a path."""
    return f"http://{NAME}:{port}"


class Guard:
    """ASGI middleware; `scope["session"]` of what it lets through is a Session or None."""

    def __init__(
        self, app: ASGIApp, *, door: Door, port: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._app = app
        self._door = door
        self._clock = clock
        self._origin = origin(port)
        self._name = f"{NAME}:{port}"
        self._others = {f"{name}:{port}" for name in OTHER_NAMES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through with the headers that every answer carries."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        refusal = self._misdirected(scope) or self._unknown(scope)
        await (refusal or self._app)(scope, receive, guarded)

    def _misdirected(self, scope: Scope) -> Response | None:
        """What is answered to a request that was not meant for us, or not by our own pages."""
        headers, path = Headers(scope=scope), scope["path"]
        host = headers.get("host", "").lower()
        if host not in {self._name, *self._others}:
            # Another name that points here is how a foreign page would read us.
            return PlainTextResponse("The dashboard does not answer to this name.", 421)
        safe = scope["method"] in SAFE
        if path != "/healthz" and host != self._name:
            if safe:
                url = URL(scope=scope).replace(netloc=self._name, scheme="http")
                return RedirectResponse(url, 307)
            return PlainTextResponse(f"Use {self._origin}", 421)
        return None if safe else self._foreign(headers)

    def _unknown(self, scope: Scope) -> Response | None:
        """What is answered to whoever is not signed in; None when they need not be."""
        headers, path = Headers(scope=scope), scope["path"]
        scope["session"] = self._door.find(token_of(headers), self._clock())
        if scope["session"] is not None or path.startswith(PUBLIC):
            return None
        if scope["method"] in SAFE:
            return RedirectResponse("/sign-in", 303)
        return PlainTextResponse("You are not signed in; run: genesis dashboard", 403)

    def _foreign(self, headers: Headers) -> Response | None:
        """What is answered to a form of another origin, as far as the browser says whose it is."""
        site, sender = headers.get("sec-fetch-site"), headers.get("origin")
        ours = sender == self._origin if sender is not None else site == "same-origin"
        if ours and site in (None, "same-origin"):
            return None
        return PlainTextResponse("This did not come from the dashboard's own pages.", 403)


def token_of(headers: Headers) -> str:
    """The session's token in a request's cookie, "" for none."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
