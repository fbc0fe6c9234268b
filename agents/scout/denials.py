"""Colours that are not wanted, or that only show a state: “nothing blue”, “red when late”."""

from __future__ import annotations

from collections.abc import Sequence

from agents.scout.colours import Colour

_NEGATIONS = frozenset(
    {"not", "no", "never", "nothing", "without", "neither", "nor", "than", "avoid", "hate",
     "dislike", "cannot", "dont", "isnt"}
)  # fmt: skip
_ENDS = frozenset({",", ";", ".", ":", "!", "?", "(", ")", "but", "with"})
_SOFTENING = frozenset({"only", "just", "merely"})
_REACH = 5
_CHANGING = frozenset(
    {"turn", "turns", "turned", "turning", "become", "becomes", "flash", "flashes", "mark",
     "marks", "marked", "flag", "flags", "flagged", "glow", "glows", "blink", "blinks", "goes",
     "gets", "shown", "shows"}
)  # fmt: skip
"""“Overdue loans turn red” is no colour of the theme."""
_STATES = frozenset(
    {"overdue", "late", "expired", "missing", "cancelled", "canceled", "urgent", "unpaid", "paid",
     "failed", "wrong", "done", "finished", "full", "empty", "free", "taken", "occupied", "broken",
     "outdated", "delayed", "low", "today", "weekends", "holidays", "warnings", "errors"}
)  # fmt: skip
_WHEN = frozenset({"when", "if", "once", "until", "unless", "whenever"})


_ASKING = frozenset({"possible", "please", "you", "may", "i", "we"})


def is_denied(pieces: Sequence[str], start: int) -> bool:
    """“Not too pink”, “rather than blue”, “anything but green”, of what piece `start` begins."""
    i, least = start - 1, max(0, start - _REACH)
    if list(pieces[max(0, i - 1) : i + 1]) in (["anything", "but"], ["instead", "of"]):
        return True
    while i >= least and pieces[i] not in _ENDS:
        if _denies(pieces, i):
            return pieces[i + 1] not in _SOFTENING
        i -= 1
    return False


def _denies(pieces: Sequence[str], i: int) -> bool:
    contracted = pieces[i] == "t" and i > 0 and pieces[i - 1] in {"'", "’"}
    return contracted or pieces[i] in _NEGATIONS


def is_state(pieces: Sequence[str], colour: Colour) -> bool:
    """“Turns red”, “late ones in red”, “green when free”."""
    before = list(pieces[max(0, colour.start - 3) : colour.start])
    if ":" in before:
        before = before[before.index(":") + 1 :]
    if not _CHANGING.isdisjoint(before):
        return True
    if pieces[0] in _WHEN and "," in pieces[: colour.start] and _ASKING.isdisjoint(pieces):
        return True
    after = pieces[colour.end : colour.end + 2]
    if not _WHEN.isdisjoint(after[:1]) and _ASKING.isdisjoint(after):
        return True
    start = colour.start
    while start > 0 and pieces[start - 1] not in _ENDS - {"with"}:
        start -= 1
    return not _STATES.isdisjoint(pieces[start : colour.start])
