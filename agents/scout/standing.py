"""Who stands in a sentence as one of several kinds of people, besides who is its subject."""

from __future__ import annotations

import re

from agents.scout import lexicon
from agents.scout.reading import JOINING, Chunk, Reading

REACH = 5
"""Words between a verb and to whom it hands something."""
_GIVING = frozenset(
    {"assign", "delegate", "escalate", "forward", "give", "go", "hand", "open", "pass", "report",
     "restrict", "route", "send", "show", "submit", "tell", "visible", "e-mail", "mail", "email"}
)  # fmt: skip
"""Who gets something from these is somebody with a part in it."""
_TELLING = frozenset({"alert", "inform", "notify", "remind", "tell", "warn", "ask"})
_LETTING = frozenset({"allow", "enable", "let"})
_CONSENT = frozenset(
    {"agreement", "approval", "blessing", "consent", "go-ahead", "nod", "ok", "okay", "permission",
     "signature", "sign-off"}
)  # fmt: skip
_VERDICT = frozenset({"say", "word", "decision"})
_US = frozenset({"me", "us"})
_NOBODY = frozenset(
    {"beginning", "bonus", "other", "consequence", "example", "extra", "first", "gift", "reminder",
     "result", "rule", "start", "whole", "user", "person", "visitor", "somebody", "someone", "club",
     "team", "group", "family", "school", "company", "society", "business", "charity", "community"}
)  # fmt: skip
"""What may stand after "as" and is nobody, or no one in particular."""
_KINDS = re.compile(
    r"^(?:roles?|users?|people|who|rights|logins?|(?:there are )?(?:two|three|four|several) "
    r"(?:kinds|sorts|types|groups) of (?:people|users?|accounts?|members?))(?: is who)? ?[:–-]"
)
_BODIES = frozenset(
    {"choir", "company", "farm", "firm", "guild", "house", "hotel",
     "venue", "band", "institute", "pharmacy", "studio", "ensemble"}
)  # fmt: skip
"""Bodies besides the lexicon's that act through somebody."""
_DOERS = ("er", "or", "ist", "man", "woman")
_MACHINES = frozenset(
    {"computer", "counter", "folder", "letter", "logger", "meter", "number", "order", "paper",
     "printer", "reader", "scanner", "sensor", "server", "tracker", "detector", "monitor"}
)  # fmt: skip
"""Words that end as if they were for people."""
_WRITING = frozenset(
    {"add", "apply", "enter", "hand", "post", "publish", "put", "send", "submit", "upload", "write"}
)
"""What only people do in an app."""
_FILLING = frozenset(
    {"add", "advertise", "announce", "enter", "list", "offer", "order", "post", "publish", "put",
     "register", "report", "request", "reserve", "see", "submit", "upload", "accept", "choose",
     "confirm", "book"}
)  # fmt: skip
"""What bodies do in an app; what they do elsewhere makes no role of them."""


def has_part(reading: Reading, chunk: Chunk) -> bool:
    """Whether somebody is said to do, get, see, decide or be let do something."""
    return (
        _is_perfect(reading, chunk)
        or _is_agent(reading, chunk)
        or _is_receiving(reading, chunk)
        or _is_let(reading, chunk)
        or _consents(reading, chunk)
        or _is_alone(reading, chunk)
        or _is_headed(reading, chunk)
        or _is_described(reading, chunk)
        or _KINDS.match(reading.source) is not None
    )


def _is_perfect(reading: Reading, chunk: Chunk) -> bool:
    """“Before our lawyer has released it”, “writers put in”, “stewards are seeing”."""
    after, next_ = _tag(reading, chunk.end), _tag(reading, chunk.end + 1)
    if after in {"VHZ", "VHB"}:
        done = next_ in {"VVN", "VVD"} and reading.text(chunk.end + 2) not in _US
        return done or _decides(reading, chunk.end + 1)
    if after == "VBB" and next_ == "VVG":
        return chunk.plural
    only = reading.text(chunk.end) == "only"
    at = chunk.end + only
    bare = at < len(reading.tokens) and reading.tokens[at].lemma == reading.text(at)
    return chunk.plural and bare and _tag(reading, at) in {"VVN", "VVD", "VVB"}


def _decides(reading: Reading, start: int) -> bool:
    """“Has the final say”, “has the last word”."""
    return any(reading.text(i) in _VERDICT for i in range(start, start + 4))


def _is_agent(reading: Reading, chunk: Chunk) -> bool:
    """“Texts are typed in by a teacher”: the verb may have a particle."""
    i = _before(reading, chunk)
    if reading.text(i) != "by" or i < 1:
        return False
    i -= 1 + (_tag(reading, i - 1) in {"AVP", "PRP"})
    return _tag(reading, i) in {"VVN", "VVD"}


def _is_receiving(reading: Reading, chunk: Chunk) -> bool:
    """“Passed on to the janitor”, “notify the foreman”, “visible to nurses”."""
    i = _before(reading, chunk)
    if i >= 0 and reading.tokens[i].lemma in _TELLING and reading.tokens[i].kind == "verb":
        return True
    if reading.text(i) != "to":
        return False
    return any(reading.tokens[k].lemma in _GIVING for k in range(max(0, i - REACH), i))


def _is_let(reading: Reading, chunk: Chunk) -> bool:
    """“Let tutors write”, “allow translators to upload”."""
    i = _before(reading, chunk)
    return i >= 0 and reading.tokens[i].lemma in _LETTING


def _consents(reading: Reading, chunk: Chunk) -> bool:
    """“The producer's okay”."""
    inside = range(chunk.end, min(chunk.end + 3, len(reading.tokens)))
    return _tag(reading, chunk.end) == "POS" and any(reading.text(i) in _CONSENT for i in inside)


def _is_alone(reading: Reading, chunk: Chunk) -> bool:
    """“Only nurses”, “only for the bursar”, “for the bursar only”, and of a list of them."""
    if reading.text(chunk.end) == "only":
        return reading.text(_before(reading, chunk)) in {"to", "for", "by"}
    i = _before(reading, chunk)
    while i >= 0 and (reading.text(i) in JOINING or reading.tokens[i].kind == "noun"):
        i -= 1
    if reading.text(i) in {"to", "for", "by"}:
        i -= 1
    return reading.text(i) in {"only", "just", "but", "except"}


def _is_headed(reading: Reading, chunk: Chunk) -> bool:
    """“For weavers: log in”."""
    ended = reading.text(chunk.end) == ":" and chunk.end + 1 < len(reading.tokens)
    return chunk.plural and ended and chunk.start == 1 and reading.text(0) == "for"


def _is_described(reading: Reading, chunk: Chunk) -> bool:
    """“The janitor, who ticks it off”, “the registrar who decides”, “the head of sales wants”."""
    at = chunk.end + (reading.text(chunk.end) == ",")
    if reading.text(at) == "who":
        of_it = reading.text(_before(reading, chunk)) in {"of", "from", "with"}
        return not of_it and not chunk.plural and _tag(reading, at + 1) in {"VVZ", "VM0", "VVB"}
    if reading.text(chunk.end) != "of":
        return False
    behind = next((c for c in reading.chunks if c.start > chunk.end), None)
    return behind is not None and _tag(reading, behind.end) in {"VVZ", "VM0"}


def is_body(reading: Reading, chunk: Chunk) -> bool:
    """Whether a body enters or sees something in the app: "bakeries post", "a parish may add"."""
    if chunk.head not in lexicon.words().nouns.organisations and chunk.head not in _BODIES:
        return False
    before = reading.text(chunk.start - 1)
    if not chunk.plural and before not in {"a", "an", "each", "every"}:
        return False
    at = chunk.end
    while reading.text(at) in {"may", "can", "should", "shall", "must", "be", "able", "to", "only"}:
        at += 1
    doing = at < len(reading.tokens) and reading.tokens[at].lemma in _FILLING
    return doing and (at > chunk.end or _tag(reading, at) in {"VVB", "VVZ", "VVN", "VVD", "VVI"})


def is_doer(reading: Reading, chunk: Chunk) -> bool:
    """Whether a word for who does something stands for people: "setters send in"."""
    head = chunk.head
    if not chunk.plural or not head.endswith(_DOERS) or head in lexicon.noun_classes().things:
        return False
    writes = chunk.end < len(reading.tokens) and reading.tokens[chunk.end].lemma in _WRITING
    writes = writes and _tag(reading, chunk.end) in {"VVB", "VVN", "VVD", "VVI"}
    return head not in _MACHINES and (writes or _is_headed(reading, chunk))


def speaker(reading: Reading) -> Chunk | None:
    """Who speaks in a story: “As a writer I want”, “as the school's office I print”."""
    if reading.text(0) != "as":
        return None
    told = [i for i in range(1, 9) if reading.text(i) in {"i", "we"}]
    if not told:
        return None
    before = told[0] - (reading.text(told[0] - 1) == ",")
    chunk = reading.ending_at(before)
    first = reading.starting_at(1 + (_tag(reading, 1) in {"AT0", "DPS"}))
    of = first is not None and reading.text(first.end) == "of"
    found = first if of else chunk
    if found is None or found.head in _NOBODY:
        return None
    # "As a choir we sing" tells who all of us are, "as a couple we" who of several speaks.
    ours = (
        reading.text(told[0]) == "we"
        and found.head in lexicon.words().nouns.organisations | _BODIES
    )
    return None if ours else found


def _before(reading: Reading, chunk: Chunk) -> int:
    """The position before a phrase and its determiners."""
    i = chunk.start - 1
    while i >= 0 and reading.tokens[i].kind in {"determiner", "number"}:
        i -= 1
    return i


def _tag(reading: Reading, position: int) -> str:
    return reading.tokens[position].tag if 0 <= position < len(reading.tokens) else ""
