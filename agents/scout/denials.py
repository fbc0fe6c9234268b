"""Colours that are not wanted, or that only show a state: “nothing blue”, “red when late”."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.scout.likened import Colour

_NEGATIONS = frozenset(
    {"not", "no", "never", "nothing", "without", "neither", "nor", "than", "avoid", "hate",
     "dislike", "cannot", "dont", "isnt"}
)  # fmt: skip
_ENDS = frozenset({",", ";", ".", ":", "!", "?", "(", ")", "but", "with"})
_SOFTENING = frozenset({"only", "just", "merely"})
_REACH = 5
_EXCEPTING = frozenset({"but", "except", "bar", "besides", "excepting"})
_ALL_SHADES = frozenset({"colour", "color", "colours", "colors", "shade", "shades"})
_CHANGING = frozenset(
    {"turn", "turns", "turned", "turning", "become", "becomes", "flash", "flashes", "mark",
     "marks", "marked", "flag", "flags", "flagged", "glow", "glows", "blink", "blinks", "goes",
     "gets", "shown", "shows"}
)  # fmt: skip
"""“Overdue loans turn red” is no colour of the theme."""
_STATES = frozenset(
    {"overdue", "late", "expired", "missing", "cancelled", "canceled", "urgent", "unpaid", "paid",
     "failed", "wrong", "done", "finished", "full", "empty", "free", "taken", "occupied", "broken",
     "outdated", "delayed", "low", "high", "today", "weekends", "holidays", "warnings", "errors"}
)  # fmt: skip
_WHEN = frozenset({"when", "if", "once", "until", "unless", "whenever"})
_UNLESS = frozenset({"it", "the", "app", "site", "is", "isn", "not", "t", "'", "’", "in", "be"})
"""“If it isn't pink, we won't use it.”"""
_ASKING = frozenset(
    {"possible", "please", "you", "may", "i", "we", "nobody", "there", "at", "were", "mine",
     "u", "ever", "asked"}
)  # fmt: skip
_ALLOWED = frozenset(
    tuple(each.split())
    for each in (
        "other than", "nothing but", "why not", "colour than", "color than", "else than",
        "rest than", "t mind", "not mind", "t resist", "do without", "forget :", "forget the",
        "t forget",
    )
)  # fmt: skip
"""“No colour other than navy.”"""
_FAMILIAR = frozenset({"the", "this", "that", "our", "usual", "boring", "old", "present", "a"})
_OTHERS_SAY = re.compile(
    r"\b(?:somebody|someone|some|others|everyone|everybody|people|nobody|all the others|most)"
    r"(?: else)?(?: would| will| may| might| always| already)?"
    r" (?:said|says?|wants?|wanted|suggest(?:s|ed)?|expects?|expected|has|have"
    r"|uses?|does|takes?|likes?|thinks? of)(?: (?:it|in|a|the|of|for))* $"
)
_OLD = re.compile(
    r"\b(?:old|previous|former|existing|last)"
    r" (?:tool|app|site|system|website|one|version|software)\b"
)
_KEPT = re.compile(r"\b(?:keep|kept|same|as|like|match|stay|again)\b")
"""“Green buttons were in the old tool”, but “the same green as our old site”."""
_TOO_MUCH = re.compile(
    r"^ (?:must|may|should|can|shall|is|are|might)(?: not|n ' t| ' t)(?: \w+)?"
    r" (?:appear|be|allowed|used|use|wanted|welcome|okay|ok|please|show|shown|option)\b"
    r"|^ ones?\b"
    r"|^ too (?!please|for|in|on|if|as)[a-z]"
    r"|^ (?:is|are|was|would be|' s|feels|seems)(?: a (?:bit|little))?(?: (?:what|so|too|much|far"
    r"|already|rather|really|just|such|for|the|a|very|way))* (?:too|obvious|boring|everybody"
    r"|everyone|expected(?! of us)"
    r"|taken|overdone|dull|ugly|out|old|sad|loud|gloomy|clich|hospitals?|others"
    r"|kids|girls|boys|children|rival|rivals|competition|police|dark|bright|one expects)\b"
)


def is_refused(pieces: Sequence[str], colour: Colour) -> bool:
    """“Somebody said grey”, “pink is a bit obvious”."""
    left = "".join(f"{piece} " for piece in pieces[max(0, colour.start - _REACH) : colour.start])
    right = "".join(f" {piece}" for piece in pieces[colour.end : colour.end + 2 * _REACH])
    clause = f"{left}|{right}"
    old = _OLD.search(clause) and not _KEPT.search(clause)
    return bool(old or _OTHERS_SAY.search(left) or _TOO_MUCH.search(right))


def is_denied(pieces: Sequence[str], start: int) -> bool:
    """“Not too pink”, “rather than blue”, “anything but green”, of what piece `start` begins."""
    allowed = tuple(pieces[max(0, start - 2) : start]) in _ALLOWED
    if allowed or (pieces[:1] == ["if"] and set(pieces[1:start]) <= _UNLESS):
        return False
    i = start - 1
    while i > 1 and pieces[i] in _FAMILIAR:
        i -= 1
    if _excepts(pieces, i) or list(pieces[max(0, i - 1) : i + 1]) == ["instead", "of"]:
        return not any(_denies(pieces, k) for k in range(max(0, i - _REACH), i - 1))
    for i in range(start - 1, max(0, start - _REACH) - 1, -1):
        if pieces[i] in _ENDS and list(pieces[i - 1 : i + 1]) != ["nothing", "with"]:
            return False
        if _denies(pieces, i):
            return pieces[i + 1] not in _SOFTENING
    return False


def _excepts(pieces: Sequence[str], i: int) -> bool:
    """“Anything but”, “any colour except”, “everything bar”; `i` is the last word's."""
    whole = pieces[i - 1 : i] if pieces[i] != "for" else pieces[i - 2 : i - 1]
    at = i if pieces[i] != "for" else i - 1
    if at < 1 or pieces[at] not in _EXCEPTING:
        return False
    of_all = bool(whole) and whole[0] in _ALL_SHADES and pieces[at - 2] in {"any", "every", "all"}
    return of_all or (bool(whole) and whole[0] in {"anything", "everything", "all"})


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
