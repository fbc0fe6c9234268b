"""Names of pages and of where visitors come from, made safe to count: few, short and of nobody.

What differs from record to record (numbers, identifiers, addresses of e-mail) becomes `:id`, so
that a thousand orders are one page and no person is in its name. Queries and fragments are gone.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

ID = ":id"
LONGEST = 100
"""Characters of a name that is kept …"""
LONGEST_BYTES = 200
"""… and its bytes in UTF-8."""
DEEPEST = 8
"""Parts of a path that are kept."""
_URL = 4096
"""Characters of an address that are looked at."""
_IDENTIFIER = re.compile(
    r"""\d+
    | [0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}
    | (?=[0-9a-f]*\d)[0-9a-f]{8,}               # a digest or a part of one
    | [0-9A-HJKMNP-TV-Z]{26}                    # a ULID
    | (?=\D*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_-]{20,}  # a token of any other kind
    | [A-Za-z]{0,8}[-_]?\d{4,}                  # INV-20417
    | \d{4}-\d{2}-\d{2}(T.*)?
    | [^@]*@.*""",
    re.VERBOSE | re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves a cursor, turns text round or cannot be stored."""


def page(address: str) -> str | None:
    """The page of a whole address or of a path; None when it is neither of them."""
    parts = _split(address)
    if parts is None or (parts.scheme and parts.scheme not in {"http", "https"}):
        return None
    if not parts.path.startswith("/") and (parts.path or not parts.netloc):
        return None
    segments = [_masked(each) for each in parts.path.split("/") if each]
    if len(segments) > DEEPEST:
        segments = [*segments[:DEEPEST], "…"]
    return _short("/" + "/".join(segments))


def host(address: str) -> str:
    """The host of an address, with its port when it has one; "" without."""
    parts = _split(address)
    return _short(parts.netloc.rpartition("@")[2].lower()) if parts else ""


def referrer(address: str, own: str) -> str:
    """The site a visitor comes from, "" for none or for the app's own pages.

    A site is its host without `www.` and port; `own` is the app's, with or without its port.
    """
    parts = _split(address)
    if parts is None or parts.scheme not in {"http", "https", "android-app"}:
        return ""
    site = _site(parts.netloc)
    return "" if site == _site(own) else _short(site)


def label(text: str) -> str:
    """A name of an event as it is kept: one line, with nothing that cannot be stored."""
    return _short(" ".join(_clean(text[:_URL]).split()))


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address[:_URL])
    except ValueError:
        return None


def _site(netloc: str) -> str:
    bare = netloc.rpartition("@")[2].lower()
    name = bare.partition("]")[0].lstrip("[") if bare.startswith("[") else bare.partition(":")[0]
    try:
        return str(ip_address(name))
    except ValueError:
        return name.removeprefix("www.").rstrip(".")


def _masked(segment: str) -> str:
    plain = _clean(unquote(segment, errors="replace"))
    return ID if _IDENTIFIER.fullmatch(plain) else plain


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def _short(text: str) -> str:
    clean = _clean(text)
    if len(clean) > LONGEST:
        clean = clean[: LONGEST - 1] + "…"
    encoded = clean.encode()
    if len(encoded) > LONGEST_BYTES:
        clean = encoded[: LONGEST_BYTES - 3].decode(errors="ignore") + "…"
    return clean
