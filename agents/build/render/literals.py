"""Texts of a model as literals of another language: nothing in a title can end a string. Pure."""

from __future__ import annotations

import hashlib
import html
import json
import re

_IDENTIFIER_BYTES = 63
"""Longest name PostgreSQL keeps; it cuts longer ones silently, so that two may become one."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNQUOTED = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def clean(text: str) -> str:
    """Text that UTF-8 and PostgreSQL can hold: without NUL and halves of surrogate pairs."""
    return _SURROGATE.sub("\ufffd", text.replace("\0", ""))


def ts(value: object) -> str:
    """A value as a TypeScript literal on one line; texts are double-quoted."""
    if isinstance(value, str):
        text = json.dumps(clean(value), ensure_ascii=False)
        # A line separator ends a string in older engines, `</` a script element in a page.
        return (
            text.replace("\u2028", "\\u2028")
            .replace("\u2029", "\\u2029")
            .replace("</", "\\u003c/")
            .replace("<!--", "\\u003c!--")
        )
    if isinstance(value, dict):
        pairs = ", ".join(f"{ts_key(str(key))}: {ts(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(ts(item) for item in value)}]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, allow_nan=False)


def ts_key(key: str) -> str:
    """A property name, quoted where it must be."""
    return key if _UNQUOTED.fullmatch(key) and key != "__proto__" else ts(key)


def sql(text: str) -> str:
    """A text as an SQL literal on one line, so that no text can look like a line of the file."""
    text = clean(text)
    if not _CONTROL.search(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return "E'" + _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", escaped) + "'"


def name(identifier: str) -> str:
    """A quoted SQL identifier: any word may name a table or a column."""
    return '"' + identifier.replace('"', '""') + '"'


def short_name(*parts: str) -> str:
    """Parts joined by `_` into a name that PostgreSQL keeps whole and that stays distinct."""
    joined = "_".join(parts)
    if len(joined.encode()) <= _IDENTIFIER_BYTES:
        return joined
    digest = hashlib.sha256(joined.encode()).hexdigest()[:8]
    return f"{joined[: _IDENTIFIER_BYTES - 9]}_{digest}"


def text_html(text: str) -> str:
    """A text inside an HTML element or a quoted attribute."""
    return html.escape(clean(text), quote=True)


def markdown(text: str) -> str:
    """A text on one line of a Markdown document, with nothing that would be markup."""
    line = " ".join(clean(text).split())
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~])", r"\\\1", line)


def camel(key: str) -> str:
    """`order_item` as `orderItem`; distinct keys stay distinct."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), key)


def language_tag(text: str) -> str:
    """A language tag that `Intl` takes; it throws on anything else."""
    parts = text.replace("_", "-").split("-")
    plain = parts[0].isascii() and parts[0].isalpha() and 2 <= len(parts[0]) <= 3  # noqa: PLR2004
    if not plain:
        return "en"
    region = parts[1] if len(parts) > 1 and parts[1].isascii() and parts[1].isalpha() else ""
    return f"{parts[0].lower()}-{region.upper()}" if len(region) == 2 else parts[0].lower()  # noqa: PLR2004
