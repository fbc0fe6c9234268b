"""Which of the colours in a sentence are how the app looks: “a red list” is only a list."""

from __future__ import annotations

from itertools import pairwise

from agents.scout import lexicon
from agents.scout.asides import in_passing
from agents.scout.colours import PLAIN, Colour, colours_in
from agents.scout.denials import is_denied, is_refused, is_state
from agents.scout.materials import coloured_parts, is_likeness
from agents.scout.palettes import is_palette
from agents.scout.parts import PHYSICAL, REACH, STOPS, WHOLE, part_of
from agents.scout.speaking import speaks

_SPOKEN = STOPS | {
    "!", "?", "please", "of", "course", "obviously", "naturally", "maybe", "perhaps", "ideally",
    "preferably", "thanks", "thank", "you", "if", "possible", "everything", "all", "mostly",
    "in", "be", "should", "the", "just", "ask", "me", "i", "think", "imo", "what", "else",
}  # fmt: skip
"""What may stand beside colours in a sentence that says nothing but them: "Yellow, of course!"."""
_INTRODUCING = frozenset(
    {"in", "use", "using", "with", "be", "it", ":", "so", "therefore", "obviously", "naturally",
     "ideally", "preferably", "maybe", "perhaps"}
)  # fmt: skip
_NEAR = 6
_AFTER = frozenset(
    {"a", "again", "all", "also", "an", "are", "around", "as", "at", "be", "because", "before",
     "behind", "both", "by", "can", "everywhere", "everything", "feels", "fits", "first", "for",
     "from", "goes", "i", "if", "in", "instead", "is", "it", "like", "looks", "may", "mostly",
     "must", "not", "on", "only", "or", "our", "please", "plus", "rather", "second", "should",
     "since", "so", "suit", "suits", "than", "that", "the", "then", "there", "they", "throughout",
     "to", "too", "under", "upon", "we", "when", "where", "which", "will", "would", "you", "ones",
     "one", "over", "against", "of", "here", "without", "rest", "was", "were", "has", "pls",
     "plz", "thx", "perhaps", "maybe", "possibly", "indeed", "always", "nice", "best", "better",
     "most", "more", "fine", "well", "lovely", "seems", "sounds", "means", "stands", "thanks",
     "cheers", "though", "tho", "could", "might", "shall", "being", "just", "but", "either",
     "wherever", "whatever", "nothing", "however", "matches", "works", "somewhere", "anywhere",
     "even", "ever", "inside", "outside", "today", "tonight", "now", "still", "already", "alone",
     "together", "enough", "else", "yes", "no", "okay", "ok", "right", "sure", "off", "up",
     "down", "out", "u", "any", "some", "my", "your", "his", "her", "its", "their", "this",
     "these", "those", "what", "who", "how", "why", "while", "until", "unless", "whether",
     "after", "during", "between", "within", "across", "next", "near", "towards", "did", "do",
     "does", "had", "have", "got", "came", "went", "made", "makes", "gives", "give", "gave",
     "stays", "remains", "belongs", "appears", "comes", "wins", "reminds", "helps", "said", "say",
     "says", "he", "she", "him", "them", "me", "us", "everybody", "everyone", "nobody", "never",
     "often"}
)  # fmt: skip
"""Words that may follow a colour that is nobody's attribute; “a red list” is a list."""
_PEOPLE = frozenset({"me", "us", "him", "her", "them", "everybody", "everyone"})
"""“Blue calms her.”"""
_ONES = (["one", "with"], ["ones", "with"])
"""“The purple one with gold buttons.”"""
_JOINS = frozenset({"and", "or", ",", "/", "-", "&", "to"})
_TOGETHER = (["and"], ["&"], ["with"], ["on"], ["/"], ["+"])
_WISHED = frozenset(
    {"want", "like", "make", "keep", "should", "have", "app", "site", "website", "everything",
     "page", "pages", "screen", "must", "paint", "please", "whole"}
)  # fmt: skip
_BETWEEN = frozenset(
    {"in", "be", "is", "should", "all", "mostly", "stay", "stays", "a", "the", "must", "of"}
)
_WORN = frozenset(
    {"play", "plays", "sing", "sings", "dress", "dressed", "come", "comes", "available", "printed",
     "knitted", "painted", "sold", "run", "walk", "dance", "wrapped", "filmed", "bound"}
)  # fmt: skip
"""“We play in red and white.”"""
_LOOKING = frozenset(
    {"airy", "bright", "calm", "clean", "clear", "elegant", "fresh", "friendly", "minimal",
     "modern", "plain", "quiet", "simple", "tidy", "warm"}
)  # fmt: skip
"""How an app looks beside its colour."""


_NIGHTLY = frozenset({"theme", "look", "design", "style", "scheme", "colours", "colors"})


def looks_in(pieces: list[str], *, first: bool = False) -> list[Colour]:
    """The colours that the app is said to have; the first sentence may be a name: “Salmon.”."""
    found = colours_in(pieces)
    if not found:
        return []
    denied = {c.value for c in found if is_denied(pieces, c.start)}
    own = [c for c in _unattached(pieces, found) if c.value not in denied]
    if not first and pieces[-1] in {".", "!"} and _says_only(pieces, own, _parts()):
        return own
    said = in_passing(pieces, found, own, first=first)
    context = [i for i, piece in enumerate(pieces) if speaks(pieces, i, piece)]
    told = context or is_dark(pieces)
    if told or _joined(pieces, own) or _of_the_whole(pieces, own) or _parted(pieces, own):
        return _looking(pieces, own, context, said)
    return [
        c for i, c in enumerate(own)
        if c in said or pieces[c.start].startswith("#") or _is_beside(pieces, own, i, said)
    ]  # fmt: skip


def _is_beside(pieces: list[str], own: list[Colour], i: int, said: list[Colour]) -> bool:
    """“So navy it is, with cream”: joined to one that is the app's."""
    return any(
        (a in said or b in said) and own[i] in (a, b) and pieces[a.end : b.start] in _TOGETHER
        for a, b in pairwise(own)
    )


def _looking(
    pieces: list[str], own: list[Colour], context: list[int], said: list[Colour]
) -> list[Colour]:
    """The sure ones, those near a word of looks, and what is joined to such a one."""
    kept: list[Colour] = []
    for colour in own:
        joined = kept and pieces[kept[-1].end : colour.start] in _TOGETHER
        if joined or colour.sure or colour in said or _near_context(pieces, colour, own, context):
            kept.append(colour)
    return kept


def is_dark(pieces: list[str]) -> bool:
    """“A dark theme”, “it should be dark”, “night mode”; not “no dark mode”."""
    if any(piece in {"dark", "night"} and is_denied(pieces, i) for i, piece in enumerate(pieces)):
        return False
    mode = "mode" in pieces and not {"dark", "night"}.isdisjoint(pieces)
    if mode or any(a == "night" and b in _NIGHTLY for a, b in pairwise(pieces)):
        return True
    return "dark" in pieces and _is_wished_dark(pieces, pieces.index("dark"))


def _is_wished_dark(pieces: list[str], i: int) -> bool:
    """“Dark, with amber buttons”, “I want the app dark”; “it dark green” is green."""
    found = colours_in(pieces)
    if any(colour.start <= i < colour.end for colour in found):
        return False
    after, before = pieces[i + 1 : i + 2], pieces[max(0, i - 4) : i]
    if after and after[0] in lexicon.colours().context.looks:
        return True
    if i == 0 and after and after[0] in {",", "and", "with"}:
        return any(c.sure and STOPS.issuperset(pieces[1 : c.start]) for c in found)
    ends = not after or after[0] in STOPS or after[0] == "!"
    wished = not WHOLE.isdisjoint(before) and not _WISHED.isdisjoint(before)
    return (ends and wished) or before[-1:] == ["it"] or (i == 0 and after == ["please"])


def _unattached(pieces: list[str], found: list[Colour]) -> list[Colour]:
    """Without those of other things: “red wine”, “black and white photographs”, “turns red”."""
    own: list[Colour] = []
    foreign_at = -1
    for colour in reversed(found):
        between = pieces[colour.end : foreign_at] if foreign_at >= 0 else ["."]
        joined = between in _ONES or set(between) <= _JOINS
        owned = pieces[max(0, colour.start - 2) : colour.start] in _ONES
        if joined or owned or _is_attribute(pieces, colour) or _is_no_look(pieces, colour):
            foreign_at = colour.start
        else:
            own.insert(0, colour)
            foreign_at = -1
    return own


def _is_attribute(pieces: list[str], colour: Colour) -> bool:
    table = lexicon.colours()
    if pieces[colour.start].startswith("#") or pieces[colour.start + 1 : colour.end][:1] == ["of"]:
        return False
    chosen = pieces[colour.end : colour.end + 1] in (["one"], ["ones"])
    if chosen and pieces[max(0, colour.start - 1)] == "the":
        return True
    i = colour.end + 1 if pieces[colour.end : colour.end + 1] == ["-"] else colour.end
    if i >= len(pieces) or not pieces[i].isalpha() or pieces[i] in _AFTER | STOPS:
        return False
    if is_likeness(pieces, colour.start) or not coloured_parts().isdisjoint(pieces[i + 1 : i + 2]):
        return False
    follows = pieces[i]
    if follows.endswith("s") and not _PEOPLE.isdisjoint(pieces[i + 1 : i + 2]):
        return False
    context = table.context
    known = context.words | context.background | context.primary | context.text | context.looks
    return not (
        follows in known or follows.endswith("ly") or follows in PLAIN or follows in table.modifiers
        or follows in {"coloured", "colored", "leave", "rest"}
    )  # fmt: skip


def _is_no_look(pieces: list[str], colour: Colour) -> bool:
    """“Turns red”, “not red”; the wine of “red wine”."""
    before = pieces[max(0, colour.start - 1) : colour.start]
    if not colour.sure and before[-1:] and before[-1] in PLAIN:
        return True
    if pieces[colour.end : colour.end + 2] in (["or", "colour"], ["or", "color"]):
        return True
    if is_refused(pieces, colour):
        return True
    return is_state(pieces, colour) or is_denied(pieces, colour.start)


def _joined(pieces: list[str], found: list[Colour]) -> bool:
    """“in blue and white”, “use navy and white”: two colours joined, and a word before.

    Or a sentence of nothing but colours.
    """
    if _says_only(pieces, found):
        return len(found) > 1 or any(colour.sure for colour in found)
    if is_palette(pieces, found) or any(
        colour.sure and _is_look(pieces, colour) for colour in found
    ):
        return True
    return any(
        b.start - a.end == 1 and (
            (pieces[a.end] == "on" and (a.sure or b.sure or _ends(pieces, b)))
            or (
                pieces[a.end] == "and" and a.sure and b.sure
                and a.start > 0 and pieces[a.start - 1] in _INTRODUCING
                and not (pieces[a.start - 1] == "in" and pieces[a.start - 2] in _WORN)
            )
        )
        for a, b in pairwise(found)
    )  # fmt: skip


def _parts() -> frozenset[str]:
    context = lexicon.colours().context
    return frozenset(context.background | context.primary)


def _says_only(pieces: list[str], found: list[Colour], parts: frozenset[str] = frozenset()) -> bool:
    taken = {i for colour in found for i in range(colour.start, colour.end)}
    if any(pieces[colour.end : colour.end + 1] == [":"] for colour in found):
        return False
    spoken = _SPOKEN | lexicon.colours().context.moods | parts | {"a", "an"}
    return bool(found) and all(p in spoken or i in taken for i, p in enumerate(pieces))


def _ends(pieces: list[str], colour: Colour) -> bool:
    return colour.end >= len(pieces) or pieces[colour.end] in STOPS


def _is_look(pieces: list[str], colour: Colour) -> bool:
    """“Recipe book, moss green and simple”: how an app looks, between commas."""
    before, after = pieces[max(0, colour.start - 1) : colour.start], pieces[colour.end :]
    plain = after[:1] == ["and"] and after[1:2] != [] and after[1] in _LOOKING
    return plain and before in ([], [","]) and (after[2:3] == [] or not after[2].isalnum())


def _of_the_whole(pieces: list[str], found: list[Colour]) -> bool:
    """“Everything in maroon”, “I want it in navy”, “the app should be purple”."""
    for colour in found:
        i = colour.start - 1
        while i >= 0 and pieces[i] in _BETWEEN:
            i -= 1
        if i < 0 or pieces[i] not in WHOLE or pieces[i] == "screen" or "if" in pieces[:i]:
            continue
        wished = pieces[max(0, i - 2) : colour.start]
        if pieces[i] != "it" or not _WISHED.isdisjoint(wished):
            return True
    return False


def _parted(pieces: list[str], found: list[Colour]) -> bool:
    parts = {"background", "primary", "text"}
    return any(
        colour.sure and part_of(pieces, colour, found) in parts
        and PHYSICAL.isdisjoint(pieces[colour.end : colour.end + 1])
        and pieces[max(0, colour.start - 1)] not in {"over", "against"}
        for colour in found
    )  # fmt: skip


def _near_context(
    pieces: list[str], colour: Colour, found: list[Colour], context: list[int]
) -> bool:
    table = lexicon.colours().context
    wide = pieces[max(0, colour.start - _NEAR) : colour.end + _NEAR]
    if not (table.background | table.primary).isdisjoint(wide):
        return True
    if pieces[max(0, colour.start - 1)] in table.text:
        return True
    beside = any(other.sure and 0 < abs(other.start - colour.start) <= REACH for other in found)
    near = any(
        colour.start - (5 if pieces[i] in {"colour", "color"} else 3) <= i < colour.end + 3
        for i in context
    )
    whole = _of_the_whole(pieces, [colour]) or _joined(pieces, found)
    return beside or near or whole
