"""Names that two agents must arrive at without asking each other."""

from __future__ import annotations

import base64
import hashlib
import hmac


def pipeline_id(request_key: str) -> str:
    """The pipeline of a request: 16 lower-case characters, the same for the same key.

    The key is the request's `request_id`, or its place in the stream when it has none.
    """
    digest = hashlib.sha256(request_key.encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def database_name(app: str, environment: str) -> str:
    """The PostgreSQL database of an app in an environment; also its login role's name."""
    return f"app_{app.replace('-', '_')}_{environment}"


def role_password(secret: str, role: str) -> str:
    """The password of a database role, derived so that it is never stored or sent.

    `secret` is the one that the migration and deployment agents each read for themselves.
    """
    # HMAC pads its key with zeros, so that two secrets could be one: it gets their digest.
    key = hashlib.sha256(secret.encode()).digest()
    return hmac.new(key, role.encode(), hashlib.sha256).hexdigest()
