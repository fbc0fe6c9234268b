"""Who acts in an idea, and what they do to which entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from agents.scout import lexicon, mentions, names, standing
from agents.scout.known import Known
from agents.scout.reading import Chunk, Deed, Reading, deed_to
from contracts.scouting import CandidateEntity, FoundRole, Operation

MAX_ROLES = 4
_EACH = frozenset(
    {"all", "also", "always", "both", "each", "even", "first", "just", "only", "then"}
)
"""Words between a subject and its verb."""
_DESCRIBING = frozenset({"at", "from", "in", "of", "who", "with", "without"})
"""Words that begin what describes a subject."""
_OWN = frozenset({"own", "their", "his", "her", "my"})


class Cast:
    """The roles that act, found while operations are read."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._titles: dict[str, str] = {}
        self._sentences: dict[str, set[int]] = {}

    def actor(self, deed: Deed, sentence: int) -> str:
        """The key of who acts: a role's, `member`, `guest`, `admin`, or "" when unsaid."""
        if deed.actor is None:
            member = deed.pronoun in lexicon.words().people.member
            return "member" if member else ""
        key, title = mentions.role_of(deed.actor, self._known)
        if key and key not in {"member", "guest", "admin"}:
            spoken = names.title_of("_".join(deed.actor.words[-1:]))
            self._titles.setdefault(key, spoken if deed.actor.head != key else title)
            self._sentences.setdefault(key, set()).add(sentence)
        return key

    def watch(self, reading: Reading, skip: set[int]) -> None:
        """Take in who stands before a verb: "doctors see", "agents reply"."""
        for chunk in reading.chunks:
            end = _verb_of(reading, chunk)
            acts = end < len(reading.tokens) and chunk.start not in skip
            if acts and reading.tokens[end].kind in {"verb", "modal"}:
                be = reading.tokens[end].lemma in {"be", "have"}
                if not be and reading.tokens[end].tag not in {"VVN", "VVG"}:
                    self.actor(Deed((), chunk), reading.number)
            elif chunk.start not in skip and (
                _is_by(reading, chunk) or _is_given(reading, chunk) or chunk == persona(reading)
            ):
                self.actor(Deed((), chunk), reading.number)
            if chunk.start not in skip and standing.has_part(reading, chunk):
                self.actor(Deed((), chunk), reading.number)
            if chunk.start not in skip and (
                chunk == standing.speaker(reading)
                or standing.is_body(reading, chunk)
                or standing.is_doer(reading, chunk)
            ):
                self._name(chunk, reading.number)

    def _name(self, chunk: Chunk, sentence: int) -> None:
        """Take in who acts under a word that no lexicon has for people."""
        key, title = mentions.role_of(chunk, self._known)
        if key in {"", "member"} and chunk.head not in lexicon.words().people.member:
            key = names.entity_names(names.key_of(*chunk.words[-2:]))[0]
            title = names.title_of("_".join(chunk.words[-2:]))
        if key not in {"", "member", "guest", "admin", "other"}:
            self._titles.setdefault(key, title)
            self._sentences.setdefault(key, set()).add(sentence)

    def roles(self) -> tuple[FoundRole, ...]:
        """The roles that act, in the order of their first sentence; at most four."""
        order = sorted(self._titles, key=lambda key: (min(self._sentences[key]), key))
        return tuple(
            FoundRole(
                key=key, title=self._titles[key], sentences=tuple(sorted(self._sentences[key]))
            )
            for key in order[:MAX_ROLES]
        )


def _verb_of(reading: Reading, chunk: Chunk) -> int:
    """Where the verb of a subject may stand: "two reviewers each give", "vets who are ill post"."""
    i, tokens = chunk.end, reading.tokens
    while i < len(tokens) and reading.text(i) in _EACH:
        i += 1
    opens = chunk.start == 0 or tokens[chunk.start - 1].kind in {"mark", "number", "determiner"}
    if i >= len(tokens) or not (opens and chunk.plural and reading.text(i) in _DESCRIBING):
        return i
    described = reading.text(i) == "who"
    for k in range(i + 1, len(tokens)):
        if reading.text(k) in {".", ";", ":", "("}:
            return i
        if tokens[k].tag in {"VVB", "VVI", "VM0"}:
            if not described:
                return k
            described = False
    return i


def _is_by(reading: Reading, chunk: Chunk) -> bool:
    """“Approved by the coordinator”."""
    i = chunk.start - 1
    while i > 0 and reading.tokens[i].kind == "determiner":
        i -= 1
    return reading.text(i) == "by" and i > 0 and reading.tokens[i - 1].tag in {"VVN", "VVD"}


def _is_given(reading: Reading, chunk: Chunk) -> bool:
    """“Assign a tuner”, “each call is passed on to a mechanic”: who is to do it."""
    if chunk.head not in lexicon.words().people.roles:
        return False
    deed = deed_to(reading, chunk)
    return deed is not None and "assign" in deed.verbs


def persona(reading: Reading) -> Chunk | None:
    """Who speaks in a story: “As a writer I want to ...”."""
    chunk = reading.starting_at(1 + (reading.text(1) in {"a", "an", "the", "our"}))
    if chunk is None or reading.text(0) != "as":
        return None
    after = chunk.end + (reading.text(chunk.end) == ",")
    return chunk if reading.text(after) in {"i", "we"} else None


def operations(
    readings: Sequence[Reading],
    skips: Mapping[int, set[int]],
    known: Known,
    candidates: Sequence[CandidateEntity],
) -> tuple[tuple[Operation, ...], tuple[FoundRole, ...]]:
    """What is done to the candidates, and the roles of who does it."""
    cast = Cast(known)
    by_words = {"_".join(c.words): c.key for c in candidates}
    heads = {c.words[-1]: c.key for c in candidates}
    found: list[Operation] = []
    for reading in readings:
        skip = skips.get(reading.number, set())
        cast.watch(reading, skip)
        for chunk in reading.chunks:
            words = mentions.entity_words(chunk, known)
            deed = deed_to(reading, chunk) if words and chunk.start not in skip else None
            key = by_words.get("_".join(words)) or (heads.get(words[-1]) if words else None)
            teller = persona(reading)
            if deed is not None and deed.pronoun in {"i", "we"} and teller is not None:
                deed = msgspec.structs.replace(deed, actor=teller)
            if deed is not None and key is not None and not deed.negated:
                found.extend(_operations(deed, key, reading.number, cast, own=_own(reading, chunk)))
    return tuple(dict.fromkeys(found)), cast.roles()


def _own(reading: Reading, chunk: Chunk) -> bool:
    """Whether the phrase is somebody's own: "their orders", "only their own claims"."""
    return any(reading.text(i) in _OWN for i in range(chunk.start - 1, chunk.end))


def _operations(
    deed: Deed, entity: str, sentence: int, cast: Cast, *, own: bool
) -> Iterator[Operation]:
    verbs = [name for verb in deed.verbs if (name := mentions.operation_of(verb))]
    if not verbs:
        return
    actor = cast.actor(deed, sentence)
    for verb in verbs:
        who = "owner" if own and actor not in {"", "admin"} and verb != "create" else actor
        yield Operation(verb=verb, entity=entity, sentence=sentence, actor=who, only=deed.only)
