"""What stands around a colour word and shows whether it is how the app is to look. Pure.

A cue is a short text: “l1:be” is a form of “be” right before the colour, “c:wish” a word of wishing
in its clause. What each is worth is in `colour_weights.json`.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.colour_classes import COLOUR, THING, classes_of
from agents.scout.denials import is_denied, is_refused, is_state
from agents.scout.likened import PLAIN, Colour
from agents.scout.parts import is_beside_ui, is_settled

_BREAKS = frozenset({",", ";", ":", ".", "!", "?", "(", ")", "-", "but", "because", "so", "while"})
"""Where a clause ends."""
_SKIPPED = frozenset({"det", "mood", "shade", "adv", "all"})
"""Classes of words between a colour and what it hangs on: “in a calm blue”."""
_LINKS = frozenset({"be", "modal", "prep", "neg", "like", "join"})
_JOINING = frozenset({",", "and", "&", "/", "+", "a", "some"})
_SPELT = frozenset({"mark", "prep", "join", "like"})
"""Classes in which each word is a cue of its own as what links."""
_BESIDE = 3
"""Words on either side of which the class is a cue."""
_NEXT = 2
"""Words on either side that are cues themselves."""
_FAR = 3
_MANY = 4
_SHORT = 8
"""Words and marks of a sentence that says little else."""
_APPS = frozenset({"app", "site", "website", "webapp", "theme", "interface", "ui", "homepage"})
_LOOKS = frozenset(
    {"look", "looks", "theme", "palette", "style", "design", "branding", "appearance", "visual",
     "visuals"}
)  # fmt: skip
_IF = frozenset({("if", "you"), ("if", "possible"), ("if", "u")})
"""“Crimson if you can.”"""
_LABEL = 6
"""Pieces in which a label ends: “Look:”, “**Look:**”."""
_LABELLED = 9
"""Pieces in which its colours begin."""
_PAIR = 2
"""Words of the longest label."""
_SEVERAL = 3
_THINGS = 6


class Place(Struct, frozen=True):
    """Where in the idea a sentence stands, of which there are `coloured` that have a colour."""

    first: bool
    last: bool
    coloured: int


class Around(Struct, frozen=True):
    """A sentence, the classes of its pieces and its colours."""

    pieces: list[str]
    classes: list[str]
    found: list[Colour]
    place: Place


def around(pieces: list[str], found: list[Colour], place: Place) -> Around:
    return Around(pieces, classes_of(pieces, found), found, place)


def cues(here: Around, at: int, part: str) -> frozenset[str]:
    """All cues of the colour number `at` of a sentence, which is said to be for `part`."""
    colour = here.found[at]
    return frozenset(
        (
            *_beside(here, colour),
            *_governed(here, colour.start),
            *_listed(here, at),
            *_followed(here, colour.end),
            *_clauses(here, colour),
            *_company(here, at),
            *_placed(here),
            *_itself(here, colour),
            *_judged(here, colour, part),
        )
    )


def _beside(here: Around, colour: Colour) -> list[str]:
    found, classes = [], here.classes
    for k in range(1, _BESIDE + 1):
        for side, i in (("l", colour.start - k), ("r", colour.end + k - 1)):
            inside = 0 <= i < len(classes)
            found.append(f"{side}{k}:{classes[i] if inside else 'edge'}")
            if inside and classes[i] != THING and k <= _NEXT:
                found.append(f"{side}{k}={here.pieces[i]}")
    left = classes[colour.start - 1] if colour.start else "edge"
    right = classes[colour.end] if colour.end < len(classes) else "edge"
    return [*found, f"lr:{left}/{right}"]


def _governed(here: Around, start: int) -> list[str]:
    """What the colour hangs on: “the app should be”, “our boats are”, “in”."""
    classes = here.classes
    i = start - 1
    while i >= 0 and classes[i] in _SKIPPED:
        i -= 1
    if i < 0:
        return ["link:edge"]
    link = here.pieces[i] if classes[i] in _SPELT else classes[i]
    wished = ""
    i -= link == ":"
    while i >= 0 and classes[i] in _SKIPPED | _LINKS:
        if classes[i] == "modal":
            wished = "+modal"
        i -= 1
    head = classes[i] if i >= 0 else "edge"
    return [f"link:{link}", f"head:{head}", f"gov:{link}{wished}/{head}"]


def _listed(here: Around, at: int) -> list[str]:
    """What the list hangs on that this colour is in: “the theme: white, navy and cream”."""
    found, first = here.found, at
    while first and all(
        p in _JOINING for p in here.pieces[found[first - 1].end : found[first].start]
    ):
        first -= 1
    return [f"list {cue}" for cue in _governed(here, found[first].start)] if first < at else []


def _followed(here: Around, end: int) -> list[str]:
    """What the colour is said of or for: “navy buttons”, “navy for the site”."""
    pieces, classes = here.pieces, here.classes
    i = end + 1 if pieces[end : end + 1] == ["-"] else end
    if i >= len(pieces):
        return ["next:edge"]
    link = pieces[i] if classes[i] in _SPELT else classes[i]
    while i < len(pieces) and classes[i] in _SKIPPED | _LINKS:
        i += 1
    head = classes[i] if i < len(pieces) else "edge"
    return [f"next:{link}", f"then:{head}", f"of:{link}/{head}"]


def _clauses(here: Around, colour: Colour) -> list[str]:
    """The classes of words in the colour's clause, and in those before and after it."""
    pieces, classes = here.pieces, here.classes
    first, last = _start(pieces, colour.start), _end(pieces, colour.end)
    left, right = classes[first : colour.start], classes[colour.end : last]
    own = {*left, *right}
    before = set(classes[_start(pieces, first - 1) : first - 1]) if first else set[str]()
    after = set(classes[last + 1 : _end(pieces, last + 1)])
    opens = pieces[first - 1] if first else "edge"
    closes = pieces[last] if last < len(pieces) else "edge"
    things = left.count(THING) + right.count(THING)
    found = [f"opens:{opens}", f"closes:{closes}", f"things:{min(things, _FAR)}"]
    for name, here_said in (
        ("cl", set(left)), ("cr", set(right)), ("c", own),
        ("before", before), ("after", after), ("s", set(classes)),
    ):  # fmt: skip
        found += [f"{name}:{each}" for each in here_said]
    found += [f"cw={pieces[i]}" for i in range(first, last) if classes[i] not in (THING, COLOUR)]
    if not things:
        found += ["talk only"] if "app" not in own else []
        found += ["app and no thing"] if "app" in classes or "ui" in classes else []
    if not own:
        found.append("alone")
    if opens == "but" or "contrast" in left:
        found.append("contrasted")
    return found


def _start(pieces: Sequence[str], i: int) -> int:
    while i > 0 and pieces[i - 1] not in _BREAKS:
        i -= 1
    return max(0, i)


def _end(pieces: Sequence[str], i: int) -> int:
    while i < len(pieces) and pieces[i] not in _BREAKS:
        i += 1
    return i


def _company(here: Around, at: int) -> list[str]:
    """The other colours of the sentence: how many, and how joined to this one."""
    found, pieces = here.found, here.pieces
    result = [f"colours:{min(len(found), _MANY)}"]
    for name, k in (("joined", at - 1), ("joins", at)):
        if 0 <= k < len(found) - 1:
            between = pieces[found[k].end : found[k + 1].start]
            far = "far" if len(between) > _FAR else "near"
            result.append(f"{name}:{between[0] if len(between) == 1 else far}")
    last = "last colour" if at == len(found) - 1 else "middle colour"
    return [*result, last if at else "first colour"]


def _placed(here: Around) -> list[str]:
    place, pieces = here.place, here.pieces
    told = {
        "only sentence": place.first and place.last,
        "first sentence": place.first and not place.last,
        "last sentence": place.last and not place.first,
        "short": len(pieces) < _SHORT,
        "!": pieces[-1] == "!",
        "?": pieces[-1] == "?",
    }
    things = min(here.classes.count(THING), _THINGS) // 2
    return [
        f"coloured:{min(place.coloured, _SEVERAL)}",
        f"sentence things:{things}",
        *(name for name, so in told.items() if so),
    ]


def _itself(here: Around, colour: Colour) -> list[str]:
    """How sure the word is to be a colour: “navy”, “rose”, “chestnuts”."""
    word = here.pieces[colour.start]
    table = lexicon.colours()
    if word[0] == "#":
        return ["hex"]
    sure = "is:plain" if word in PLAIN or colour.sure else "is:ambiguous"
    only_thing = word in table.materials and word not in table.spoken | table.css
    result = ["is:material" if only_thing else sure]
    if colour.loose:
        result.append("is:loose")
    if colour.end - colour.start > 1:
        result.append("is:several words")
    return result


def _judged(here: Around, colour: Colour, part: str) -> list[str]:
    pieces = here.pieces
    told = {
        "denied": is_denied(pieces, colour.start),
        "refused": is_refused(pieces, colour),
        "state": is_state(pieces, colour),
    }
    if not colour.loose and not any(told.values()):
        told |= _told_for_sure(pieces, colour, part)
    return [f"part:{part}", *(name for name, so in told.items() if so)]


def _told_for_sure(pieces: list[str], colour: Colour, part: str) -> dict[str, bool]:
    """What leaves little doubt that a colour is one of the app's."""
    after = pieces[colour.end : colour.end + 1]
    asked = after == ["please"] or tuple(pieces[colour.end : colour.end + 2]) in _IF
    return {
        "please": colour.sure and asked,
        "settled": colour.sure and is_settled(pieces, colour.start),
        "labelled": _is_labelled(pieces, colour),
        "of app": after != [] and after[0] in _APPS,
        "of ui": is_beside_ui(pieces, colour),
        "clear part": part in {"background", "primary"} and after != ["or"],
    }


def _is_labelled(pieces: list[str], colour: Colour) -> bool:
    """“Look: white; our royal blue for the rest”; a list of many is what something comes in."""
    marks = [i for i, piece in enumerate(pieces[:_LABEL]) if piece == ":"]
    said = [piece for piece in pieces[: marks[0]] if piece.isalpha()] if marks else []
    return colour.start < _LABELLED and 0 < len(said) <= _PAIR and said[-1] in _LOOKS
