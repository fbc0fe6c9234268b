"""Which noun a list of fields is about: the one in front of it, or one that it describes. Pure."""

from __future__ import annotations

from agents.scout import lexicon
from agents.scout.reading import JOINING, Chunk, Reading

HAVING = frozenset({
    "have", "contain", "include", "comprise", "store", "record", "need", "show", "hold", "carry",
})  # fmt: skip
KEEPING = frozenset({"keep", "know", "note", "save", "enter", "log", "see", "list", "write"})
WITH = frozenset({"with", "including", "containing", "having", "include", "includes", "contains"})
_BESIDE = frozenset({"in", "on", "between", "for", "at", "per", "from"})
FIELDS = frozenset({"attribute", "column", "detail", "field", "property"})
"""Words for fields, which say nothing of what has them."""
_VIEWS = frozenset({
    "board", "calendar", "chart", "graph", "list", "map", "overview", "page", "screen", "table",
    "timeline", "wall",
})  # fmt: skip
"""What things are shown on, which has none of their properties."""
_MADE_KNOWN = frozenset({
    "add", "advertise", "announce", "archive", "catalogue", "create", "describe", "display", "file",
    "index", "issue", "label", "offer", "open", "post", "present", "publish", "register", "report",
    "submit",
})  # fmt: skip
"""What is done to a record with all that it says: "a trial is announced with date and judge"."""
ARTICLE = 1
"""Where a noun begins that opens a sentence with its article."""
_PASSIVE = 3
"""Words of the shortest sentence in which something is done to something."""
_WHOEVER = frozenset({"people", "whoever", "those", "anybody", "anyone", "everybody", "everyone"})
_SIGNING = frozenset({"register", "sign", "enrol", "enroll", "apply", "come", "arrive", "join"})
_TIMES = frozenset({"hour", "minute", "day", "week", "month", "year", "season"})


def before_aside(reading: Reading, position: int) -> int:
    """The position in front of the parentheses that end at a position, else that position."""
    if reading.text(position - 1) != ")":
        return position
    return next((k for k in range(position - 1, -1, -1) if reading.text(k) == "("), position)


def in_front(reading: Reading, i: int, *, each: bool) -> Chunk | None:
    """What a list behind "with", or behind "each with", is about, of what stands before it."""
    owner = (
        reading.ending_at(before_aside(reading, i)) or _kept(reading, i) or _signs_up(reading, i)
    )
    if owner is not None and owner.head == "list" and (people := _on_list(reading, owner)):
        return people
    if each:
        return _several(reading, i) or owner
    return None if owner is None else _within(reading, owner)


def _on_list(reading: Reading, listed: Chunk) -> Chunk | None:
    """Who has the properties of “people who need one are on our list with their name”."""
    i = listed.start - 1
    while i > 0 and reading.tokens[i].kind in {"determiner", "adjective"}:
        i -= 1
    if reading.text(i) not in {"on", "to"}:
        return None
    for k in range(i, -1, -1):
        opens = k == 0 or reading.tokens[k - 1].kind in {"mark", "conjunction"}
        if opens and reading.text(k) in _WHOEVER:
            return Chunk(k, k + 1, ("people",), ("people",))
    return None


def _signs_up(reading: Reading, i: int) -> Chunk | None:
    """Who “registers with a name and a phone number”, “can sign up with”."""
    verb = i - 1 - (reading.text(i - 1) in {"up", "in"})
    if verb < 1 or reading.tokens[verb].lemma not in _SIGNING:
        return None
    while reading.tokens[verb - 1].kind in {"modal", "other"}:
        verb -= 1
    return reading.ending_at(verb)


def _kept(reading: Reading, i: int) -> Chunk | None:
    """What "clients are kept" and "a trial shall be announced" before a position speak of."""
    if i < _PASSIVE or reading.text(i - 2) not in {"is", "are", "be", "gets", "get"}:
        return None
    if reading.tokens[i - 1].lemma not in KEEPING | HAVING | _MADE_KNOWN:
        return None
    verb = i - 2
    while verb > 0 and reading.tokens[verb - 1].kind in {"modal", "other"}:
        verb -= 1
    return reading.ending_at(verb)


def _several(reading: Reading, i: int) -> Chunk | None:
    """Of what "each with" speaks behind a clause: of "passages I copy out of books" the first.

    Of "the sources used" the last; None where a noun stands just in front.
    """
    first = next((c for c in reading.chunks if c.plural and c.end < i), None)
    if first is not None and reading.tokens[first.end].kind in {"pronoun", "relative"}:
        return first
    near = reading.ending_at(i)
    if near is not None and (near.plural or reading.text(near.start - 1) in {"and", "or"}):
        return None
    return next((c for c in reading.last_before(i) if c.plural), None)


def _within(reading: Reading, owner: Chunk) -> Chunk:
    """Of "patients of the laboratory" the patients: the laboratory only says which."""
    of_the = (reading.text(owner.start - 2), reading.text(owner.start - 1)) == ("of", "the")
    before = reading.ending_at(owner.start - 2) if of_the and not owner.plural else None
    nouns = lexicon.words().nouns
    if before is None or not before.plural or before.head in nouns.stop | nouns.heads:
        return owner
    return before


def before_clause(reading: Reading, i: int) -> Chunk | None:
    """The noun of "the seeds they have" and "a dish they will bring" before a position."""
    verb = i - 1
    while verb > 0 and reading.tokens[verb].kind in {"verb", "modal", "to", "other"}:
        verb -= 1
    said = verb < i - 1 and reading.tokens[verb].kind == "pronoun"
    verb -= reading.text(verb - 1) in {"that", "which"}
    return reading.ending_at(before_aside(reading, verb)) if said else None


def over_somebody(reading: Reading, i: int) -> int:
    """Where the list goes on of “has somebody of the family who does it, a deadline”."""
    if reading.text(i) not in {"somebody", "someone"}:
        return i
    comma = next((k for k in range(i, len(reading.tokens)) if reading.tokens[k].text == ","), i)
    return comma + 1 if comma > i else i


def without_rhythm(reading: Reading, owner: Chunk) -> Chunk:
    """What is done in “exercises every day (minutes)”, “a test every 3 years (date)”."""
    i = owner.start - 1
    while i > 0 and reading.tokens[i].kind == "number":
        i -= 1
    every = owner.head in _TIMES and reading.text(i) in {"every", "each", "per"}
    return (reading.ending_at(i) or owner) if every else owner


def meant(reading: Reading, owner: Chunk) -> Chunk:
    """The noun that a list is about: not "details", but what they are details of."""
    nouns = lexicon.words().nouns
    if owner.head in _TIMES and reading.text(owner.start - 1) in {"a", "per", "each", "every"}:
        counted = reading.ending_at(owner.start - 1)
        return owner if counted is None else counted
    of_day = reading.ending_at(owner.start - 2) if owner.head in _TIMES else None
    if of_day is not None and reading.text(owner.start - 2) == "of":
        return of_day
    if owner.head in _VIEWS and (seen := _seen_on(reading, owner)) is not None:
        return seen
    if len(owner.words) == 1 and owner.head in nouns.heads | FIELDS:
        before = [c for c in reading.last_before(owner.start) if c.head not in nouns.stop]
        listed = owner.head not in FIELDS and reading.text(owner.start - 1) == ":"
        return before[0] if before and not listed else owner
    return owner


def _seen_on(reading: Reading, view: Chunk) -> Chunk | None:
    """What is shown on a map: of "every mural in town on a map, with its artist" the mural."""
    i = view.start - 1
    while i > 0 and reading.tokens[i].kind in {"determiner", "adjective", "number"}:
        i -= 1
    if reading.text(i) not in {"on", "in", "as"}:
        return None
    before = reading.ending_at(i)
    return None if before is None else about(reading, before)


def about(reading: Reading, owner: Chunk) -> Chunk:
    """What a list is about: of "damage in a flat: room, photo" the damage, not the flat."""
    i = owner.start - 1
    while i > 0 and reading.tokens[i].kind in {"determiner", "number", "adjective"}:
        i -= 1
    recorded = reading.text(i) == "of" and _of_record(reading, i)
    beside = reading.text(i) in _BESIDE
    before = reading.ending_at(i) if recorded or beside else None
    if beside and before is None:
        before = before_clause(reading, i)
    nouns = lexicon.words().nouns
    mine = owner.plural and reading.text(owner.start - 1) in {"my", "our"}
    if recorded and before is not None:
        return before
    if before is None or before.head in nouns.stop or (mine and reading.text(i) == "for"):
        return owner
    if before.head in lexicon.app_nouns():
        # The recipe cards for a school: about recipes.
        return before if len(before.words) > 1 and not owner.plural else owner
    return about(reading, before)


def _of_record(reading: Reading, i: int) -> bool:
    """“The result of an action: kilos, photos”: what is written down of something has the list."""
    whole, heads = reading.ending_at(i), lexicon.words().nouns.heads
    if whole is not None and len(whole.words) > 1 and whole.head in heads:
        # The sheet music archive of a quartet: about sheet music.
        return True
    one = reading.text(i + 1) in {"a", "an", "each", "every", "the"}
    kept = whole is not None and whole.head in lexicon.noun_classes().records - heads
    return one and kept


def is_item(reading: Reading, chunk: Chunk) -> bool:
    """Whether a phrase is one of a list, so that what is in parentheses says what it may be."""
    i = chunk.start - 1
    while i > 0 and reading.tokens[i].kind in {"determiner", "number"}:
        i -= 1
    return reading.text(i) in JOINING | WITH or reading.tokens[i].lemma in HAVING


def in_line(reading: Reading, i: int) -> bool:
    """Whether a word is in a list behind what begins the line: "soap: oils with percent, scent"."""
    first = next(iter(reading.chunks), None)
    if first is None or first.start > ARTICLE or reading.text(first.end) != ":":
        return False
    app = first.head in lexicon.app_nouns() or reading.text(i - 1) == ","
    return not app and "," in reading.lower[first.end : i]


def at_each(reading: Reading, owner: Chunk) -> Chunk:
    """“Contact persons in each parish, with role”, “a sign-up by members with”: not the last."""
    by = reading.ending_at(owner.start - 1) if reading.text(owner.start - 1) == "by" else None
    if by is not None and owner.head in lexicon.persons():
        return by
    each = reading.text(owner.start - 1) in {"each", "every"}
    before = reading.ending_at(owner.start - 2) if each else None
    near = before is not None and reading.text(owner.start - 2) in {"at", "in", "of", "on"}
    general = lexicon.app_nouns() | lexicon.words().nouns.stop
    return before if near and before is not None and before.head not in general else owner


def near_somebody(reading: Reading, i: int) -> Chunk | None:
    """The noun of “a waller near you: name, county”."""
    person = reading.text(i) == ":" and reading.tokens[i - 1].kind == "pronoun"
    near = person and i > 1 and reading.tokens[i - 2].kind == "preposition"
    return reading.ending_at(i - 2) if near else None


def told_of(reading: Reading, owner: Chunk) -> Chunk:
    """“A question about grafting with a title”, “downtime per hall with”: not the last of them."""
    before = reading.ending_at(owner.start - 1)
    app = reading.text(owner.start - 1) == "about" and before is not None and (
        before.head in lexicon.app_nouns()
    )  # fmt: skip
    return owner if before is None or app else before
