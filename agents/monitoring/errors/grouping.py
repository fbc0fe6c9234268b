"""Which errors are the same one. Pure.

By the fingerprint that the sender gives; else by what was thrown and where in the app; else by
what it says, with its numbers and names of things masked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from agents.monitoring.errors.event import ErrorEvent, Exception_, Frame

DEFAULT = re.compile(r"\{\{\s*default\s*\}\}")
UUID = r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
MASKS = (
    (re.compile(rf"\b{UUID}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(\.[\w-]{1,64})+"), "<email>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\d+"), "<n>"),
)
HASHED = re.compile(r"(?<=[.\-_])(?=[A-Za-z_-]*\d)[0-9A-Za-z_-]{8,}(?=\.[a-z]{1,4}$)")
"""What bundlers put into a file's name so that it changes with its content."""
SCHEME = re.compile(r"^[a-z+-]+://[^/]*/", re.IGNORECASE)
NARROW = 5
WIDE = 200
"""A column beyond this on one of the first lines is of a minified file."""


def group_key(event: ErrorEvent, fingerprint: Iterable[str], template: str) -> str:
    """32 hex digits, the same for errors that are one."""
    given = [part for part in fingerprint if part]
    if given and not all(DEFAULT.fullmatch(part) for part in given):
        parts = [DEFAULT.sub("\0".join(_default(event, template)), part) for part in given]
        return _hash(["given", *parts])
    return _hash(_default(event, template))


def title(event: ErrorEvent) -> str:
    """One line that says what it is."""
    main = event.exceptions[0] if event.exceptions else None
    said = _line(main.value if main and main.value else event.message)
    kind = _line(main.kind) if main else ""
    if kind:
        return f"{kind}: {said}"[:300] if said else kind
    return said[:300] or "(no message)"


def culprit(event: ErrorEvent) -> str:
    """The call of the app's own that is nearest to where it was thrown."""
    for one in event.exceptions:
        own = next((frame for frame in one.frames if frame.in_app), None)
        found = own or next(iter(one.frames), None)
        if found is not None:
            place = found.file if found.line is None else f"{found.file}:{found.line}"
            named = found.function and found.function != "?"
            return _line(f"{found.function} in {place}" if named else place)[:300]
    return _line(event.transaction)


def masked(value: str) -> str:
    """A message without what differs each time."""
    for pattern, word in MASKS:
        value = pattern.sub(word, value)
    return value


def _default(event: ErrorEvent, template: str) -> list[str]:
    if not event.exceptions:
        return ["message", masked(_line(template or event.message))]
    return [part for one in event.exceptions for part in _exception(one)]


def _exception(one: Exception_) -> Iterator[str]:
    yield f"kind {one.kind}"
    own = [frame for frame in one.frames if frame.in_app] or list(one.frames)
    places = list(dict.fromkeys(_place(frame) for frame in own if not _minified(frame)))
    if places:
        yield from places
    else:
        # Names in a minified file are of one build only.
        yield f"value {masked(_line(one.value))}"


def _place(frame: Frame) -> str:
    file = frame.module or HASHED.sub("<hash>", _short(frame.file))
    # Without a name the line is what tells two of them apart.
    named = frame.function not in {"", "?", "<anonymous>", "<unknown>"}
    return f"at {file} {frame.function if named else f'line {frame.line}'}"


def _short(file: str) -> str:
    """A file and its folder: what comes before differs between machines and releases."""
    path = SCHEME.sub("", file.partition("?")[0]).replace("\\", "/")
    return "/".join(path.split("/")[-2:])


def _minified(frame: Frame) -> bool:
    on_first_lines = frame.line is not None and frame.line <= NARROW
    return on_first_lines and frame.column is not None and frame.column > WIDE


def _line(value: str) -> str:
    return next((line.strip() for line in value.splitlines() if line.strip()), "")


def _hash(parts: Iterable[str]) -> str:
    text = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:32]
