"""The calls of a stack trace, innermost first. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agents.monitoring.errors.event import Frame
from agents.monitoring.errors.shapes import items, mapping, text, whole

MOST_FRAMES = 100
MOST_TEXT = 300
"""Characters of a line of source."""
MOST_AROUND = 5
LIBRARY = re.compile(
    r"node_modules/|site-packages/|dist-packages/|/lib/python\d|^node:|^internal/|^<frozen "
    r"|(chrome|moz|safari-web)-extension://"
)
DEBUG_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(-\d+)?")


def frames(stacktrace: object, platform: str) -> tuple[Frame, ...]:
    """What is kept of a stack trace; SDKs put the innermost call last.

    Of a longer one the middle is left out.
    """
    given = mapping(stacktrace).get("frames")
    if not isinstance(given, list):
        return ()
    if len(given) > MOST_FRAMES:
        given = given[: MOST_FRAMES // 2] + given[-MOST_FRAMES // 2 :]
    return tuple(_frame(mapping(one), platform) for one in reversed(given))


def _frame(one: Mapping[str, Any], platform: str) -> Frame:
    file = text(one.get("filename"), 500) or text(one.get("abs_path"), 500)
    if platform in {"javascript", "node"}:
        # Maps are found by the whole address, which SDKs put in either.
        file = text(one.get("abs_path"), 500) or file
    in_app = one.get("in_app")
    return Frame(
        file=file,
        function=text(one.get("function"), 300),
        line=whole(one.get("lineno")),
        column=whole(one.get("colno")),
        in_app=in_app if isinstance(in_app, bool) else not LIBRARY.search(file),
        before=tuple(
            text(line, MOST_TEXT) for line in items(one.get("pre_context"))[-MOST_AROUND:]
        ),
        source=text(one.get("context_line"), MOST_TEXT),
        after=tuple(text(line, MOST_TEXT) for line in items(one.get("post_context"))[:MOST_AROUND]),
        module=text(one.get("module"), 300),
    )


def _lines(given: list[Any]) -> tuple[str, ...]:
    try:
        joined = "".join(given)
    except TypeError:
        joined = "\0"
    if joined.isascii() and "\0" not in joined and len(joined) <= MOST_TEXT:
        return tuple(given)
    return tuple(text(line, MOST_TEXT) for line in given)


def minified_files(payload: Mapping[str, Any]) -> dict[str, str]:
    """The debug ids of the files that have source maps, by their addresses."""
    found = {}
    for image in items(mapping(payload.get("debug_meta")).get("images"))[:200]:
        one = mapping(image)
        debug_id = text(one.get("debug_id"), 50).lower()
        file = text(one.get("code_file"), 500)
        if one.get("type") == "sourcemap" and file and DEBUG_ID.fullmatch(debug_id):
            found[file] = debug_id
    return found


def plain_debug_id(debug_id: str) -> str:
    """A debug id as it is kept: hex digits without dashes, 32 of them."""
    return debug_id.replace("-", "").lower()[:32]
