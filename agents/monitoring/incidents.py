"""When a row of looks is an incident. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

DOWN_AFTER = 2
"""Looks in a row that must fail before an app counts as down."""
UP_AFTER = 2
"""Looks in a row that must succeed before an incident is resolved."""

Verdict = Literal["opens", "resolves", "stays"]


def judge(newest_first: Sequence[bool], *, is_open: bool) -> Verdict:
    """What the last looks (True for up, newest first) do to the app's incident."""
    if is_open:
        enough = newest_first[:UP_AFTER]
        return "resolves" if len(enough) == UP_AFTER and all(enough) else "stays"
    enough = newest_first[:DOWN_AFTER]
    return "opens" if len(enough) == DOWN_AFTER and not any(enough) else "stays"
