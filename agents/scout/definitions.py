"""Fields as short pieces: “Machine: name, hall, year built, status (idle, down)”. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise

from msgspec import Struct

from agents.scout.asked import YES_NO, answered, phrase_of, question_end
from agents.scout.carriers import WITH
from agents.scout.lists import DATED, MOST_ITEMS, Attribute, field_type, parenthesis
from agents.scout.reading import JOINING, Chunk, Reading
from agents.scout.scales import scale_behind, scaled
from agents.scout.tokens import Token

_FEW = 2
_LONGEST = 4
"""Words of the longest piece that names a field."""
_CUTS = frozenset({
    "in", "from", "between", "where", "which", "that", "because", "for", "instead", "i", "we",
    "how", "you", "it", "they",
})  # fmt: skip
"""Words from which a piece only describes what it has named: "weight in grams"."""
_THEN = frozenset({"after", "before"})
_STATES = frozenset({"AJ0", "VVN", "VVD", "VDN", "VVG", "VDG"})
_LIMITS = frozenset({"from", "to", "until", "since"})
"""Pieces by themselves: "from, to, price"."""


class _Piece(Struct, frozen=True):
    """Tokens `start` to before `end`, and what stands in parentheses or answers behind them."""

    start: int
    end: int
    told: tuple[str, ...] = ()
    scale: tuple[int, ...] = ()
    states: bool = False


def definition(
    reading: Reading,
    position: int,
    *,
    of: int = -1,
    stop: int | None = None,
    sure: bool = False,
) -> list[Attribute]:
    """The fields that are listed from a position on, up to `stop`; none where it is no list.

    `of` is where the list's owner begins, `sure` says that what is listed are fields.
    """
    each = of > 0 and reading.text(of - 1) == "each"
    pieces = _pieces(reading, position, len(reading.tokens) if stop is None else stop)
    if pieces is None:
        return []
    named = [p for p in pieces if not _tells(reading, p) and not _says_nothing(reading, p)]
    found = [piece for each in named if (piece := _piece(reading, each)) is not None]
    typed = [piece for piece in found if _typed(piece)]
    opens = each or of == 0
    whole = len(found) == len(named) or len(typed) * 3 >= len(named) * 2
    whole = whole or (opens and len(found) * 4 >= len(named) * 3)
    # What begins a line is defined there, so that one field that is known will do.
    share = len(found) / (3 if len(found) == len(named) else 2)
    enough = 1 if opens and len(found) > _FEW else share
    if len(found) > 1 and (sure or (whole and len(typed) >= enough)):
        return list(islice(found, MOST_ITEMS))
    return []


def _typed(piece: Attribute) -> bool:
    """Whether a piece is surely a field; a participle alone may be a state as well."""
    alone = piece.phrase[0] == "whether" and piece.end == piece.item.start + 1
    limit = len(piece.phrase) == 1 and piece.phrase[0] in _LIMITS
    return limit or (not alone and field_type(piece.phrase) is not None)


def _pieces(reading: Reading, position: int, stop: int) -> list[_Piece] | None:
    """The pieces between two places; None where parentheses stand where a name should."""
    pieces: list[_Piece] = []
    start = i = position
    while i <= stop:
        word = reading.text(i) if i < stop else ""
        bracket = word == "("
        if i > start and (end := answered(reading, i + bracket)) > i + bracket:
            pieces.append(_Piece(start, i, YES_NO))
            start = i = end + bracket
            continue
        if bracket:
            if i == start:
                return None
            end, scale = scale_behind(reading, i)
            told, end = ((), end) if scale else parenthesis(reading, i)
            pieces.append(_Piece(start, i, told, scale))
            start = i = end
            continue
        if i == stop or word in JOINING | {".", ";", "|", "!"}:
            if i > start:
                pieces.append(_Piece(start, i))
            start = i + 1
        i += 1
    return _states(reading, pieces)


def _states(reading: Reading, pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces, where "alive or dead" and "open / sold" are one: what a thing may be."""
    found: list[_Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if (
            last is not None
            and last.end + 1 == piece.start
            and reading.text(last.end) in {"or", "/"}
            and _is_state(reading, piece)
            and (last.states or _is_state(reading, last))
        ):
            told = (*(last.told or (reading.text(last.start),)), reading.text(piece.start))
            found[-1] = _Piece(last.start, piece.end, told, states=True)
        else:
            found.append(piece)
    return found


def _is_state(reading: Reading, piece: _Piece) -> bool:
    tag = reading.tokens[piece.start].tag
    return piece.end == piece.start + 1 and not piece.told and tag in _STATES


def _tells(reading: Reading, piece: _Piece) -> bool:
    """Whether a piece says what happens, rather than naming a field: "belongs to a hall"."""
    words = piece.end - piece.start
    if piece.states:
        return False
    dated = words in {DATED, DATED + 1} and reading.text(piece.end - 1) in {"on", "at", "until"}
    first = reading.tokens[piece.start]
    joined = reading.text(piece.end) in {"or", "and"}
    state = words == 1 and first.tag in {"VVN", "VVD", "VDN"} and not joined
    return first.kind in {"verb", "modal"} and not dated and not state and piece.told != YES_NO


def _says_nothing(reading: Reading, piece: _Piece) -> bool:
    """Whether a piece asks what every record tells: "what it is"."""
    asks = question_end(reading, piece.start) > piece.start
    return asks and not phrase_of(reading, piece.start, piece.end)


def _piece(reading: Reading, piece: _Piece) -> Attribute | None:
    """A field named by the words between two commas, without articles; None when it says more."""
    start, end = piece.start, piece.end
    if piece.states:
        item = Chunk(start, end, ("status",), ("status",))
        return Attribute(None, item, ("status",), "item", piece.told, end)
    if question_end(reading, start) > start:
        phrase = phrase_of(reading, start, end)
        item = Chunk(start, end, phrase, phrase)
        scale = scaled(reading, end)[1]
        told = piece.told if reading.text(start) == "which" else ()
        scale = scale or piece.scale
        return Attribute(None, item, phrase, "item", told, end, scale=scale) if phrase else None
    if ":" in reading.lower[start:end] or reading.text(start) in {"per", "for"}:
        return None
    end = next((k for k in range(start + 1, end) if reading.text(k) in _CUTS), end)
    # "Due back after 3 weeks", but "best before".
    end = next((k for k in range(start + 1, end - 1) if reading.text(k) in _THEN), end)
    end, scale = scaled(reading, end)
    if reading.tokens[end - 1].kind == "number" and end > start + 1:
        end -= 1
    start += piece.told == YES_NO and reading.text(start) in {"if", "whether"}
    words = [t for t in reading.tokens[start:end] if t.kind not in {"determiner", "mark"}]
    limit = len(words) == 1 and words[0].text.lower() in _LIMITS
    # "Parking yes/no": what could be done is a thing that there is or is not.
    doing = piece.told == YES_NO and words[-1:] and words[-1].tag == "VVG"
    if not 0 < len(words) <= _LONGEST or not (limit or doing or _is_name(words)):
        return None
    chunk = next((c for c in reading.chunks if start <= c.start and c.end <= end), None)
    counts = words[0].lemma == "number" and len(words) > _FEW
    last = words[-1].text.lower() if words[-1].kind == "verb" or counts else words[-1].lemma
    phrase = (*(t.text.lower() for t in words[:-1]), last)
    if chunk is None or len(words) > len(chunk.phrase):
        chunk = Chunk(start, end, phrase, phrase, plural=words[-1].plural)
    if piece.told == YES_NO or (len(words) == 1 and words[0].tag in {"VVN", "VVD", "VDN"}):
        return Attribute(None, chunk, ("whether", *phrase), "item", (), piece.end)
    scale = scale or piece.scale
    return Attribute(None, chunk, phrase, "item", piece.told, piece.end, scale=scale)


def _is_name(words: Sequence[Token]) -> bool:
    """Whether words name one thing: nobody does anything in them, and only the last is several."""
    *first, last = words
    if last.text.lower() in {"on", "at", "until"}:
        back = len(first) == DATED and first[0].kind == "verb" and first[1].kind == "other"
        return len(first) == 1 or back
    still = all(
        (t.kind not in {"verb", "modal", "pronoun"} or (t.tag == "VVG" and after.kind == "noun"))
        and not (t.plural and (after.kind == "noun" or after.text.lower() in WITH))
        for t, after in pairwise(words)
    )
    participle = last.tag in {"VVN", "VVD", "VDN"}
    # "Next check": behind what describes it, a word that could be a verb is a noun.
    noun = bool(first) and last.tag in {"VVB", "VVI"} and first[-1].kind in {"adjective", "other"}
    return still and (last.kind not in {"verb", "modal"} or participle or noun)
