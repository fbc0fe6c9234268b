"""The tokens of hosting platforms: set, stored, or missing, and said so without showing them.

Errors:
    AgentError   with the platform's own code: there is none, it cannot be read, or it is no token
"""

from __future__ import annotations

import re

from agents.work import AgentError
from bus.settings import KEYRING, Secret, SettingsError

UNTOUCHED = "what is live stays live"


def reveal(secret: Secret, *, platform: str, code: str, variable: str, made: str) -> str:
    """SECRET: the token; `made` is where a person makes one. Raises AgentError."""
    try:
        token = secret.reveal()
    except SettingsError as error:
        raise AgentError(
            code, f"{error}; {UNTOUCHED}", hint=f"unlock it, or set {variable}", retryable=True
        ) from error
    if not token:
        raise AgentError(
            code, f"there is no token for {platform}; {UNTOUCHED}",
            hint=f"make one at {made}, and set {variable}, or {variable}_FILE to a file that holds"
            f" it, or store it: keyring set {KEYRING} {variable}",
        )  # fmt: skip
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise AgentError(
            code, f"the token for {platform} holds a sign that no token has; {UNTOUCHED}",
            hint=f"set {variable} again",
        )  # fmt: skip
    return token
