"""Reading a form that somebody sent: bounded, and only with the session's own token.

Errors:
    starlette's HTTPException   403 for a wrong token, 413 for a body that is too large
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from coordinator.web.sessions import Session

MOST_BYTES = 256 * 1024
MOST_FIELDS = 40


async def read(request: Request) -> dict[str, str]:
    """The fields of a form by name, without surrounding white space."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "The form is too large; nothing was done.")
    text = body.decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(413, "The form has too many fields; nothing was done.") from None
    return {name: value.replace("\r\n", "\n").strip() for name, value in pairs}


async def signed(request: Request) -> tuple[Session, dict[str, str]]:
    """The session and the form of one that its own page has sent."""
    session: Session | None = request.scope["session"]
    form = await read(request)
    given = form.pop("csrf", "")
    if session is None or not hmac.compare_digest(session.csrf.encode(), given.encode()):
        raise HTTPException(403, "The form is from another session; nothing was done. Go back,"
                                 " reload the page and send it again.")  # fmt: skip
    return session, form
