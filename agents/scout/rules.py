"""Rules in plain words: what must not happen, who alone may, what comes before what.

Limits that are numbers are in `limits`; the phrases are in `lexicon/rules.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from agents.scout import lexicon, limits, names, permissions
from agents.scout.known import Known
from agents.scout.lexicon import rule_pattern
from agents.scout.lookup import Lookup, Scene
from agents.scout.reading import Chunk, Reading
from contracts.scouting import CandidateEntity, FoundRule

_AFTER = frozenset({"after", "later"})
_BEFORE = frozenset({"before", "earlier", "prior"})


def rules(
    readings: Sequence[Reading],
    skips: Mapping[int, set[int]],
    known: Known,
    candidates: Sequence[CandidateEntity],
) -> tuple[FoundRule, ...]:
    """What the idea says must hold, in the order said; the same thing once."""
    look = Lookup.of(known, candidates)
    found: dict[tuple[object, ...], FoundRule] = {}
    subject = ""
    for reading in readings:
        scene = Scene(reading, look, subject)
        for rule in _of_sentence(scene):
            key = (rule.kind, rule.entity, rule.field, rule.other, rule.roles)
            found.setdefault(key, rule)
        subject = _subject(reading, look, skips.get(reading.number, set())) or subject
    return tuple(found.values())


def _of_sentence(scene: Scene) -> Iterator[FoundRule]:
    for find in _FINDERS:
        yield from find(scene)
    yield from limits.limits(scene)


def _subject(reading: Reading, look: Lookup, skip: set[int]) -> str:
    for chunk in reading.chunks:
        if chunk.start not in skip and not look.role(chunk) and (key := look.entity(chunk)):
            return key
    return ""


def _overlap(scene: Scene) -> Iterator[FoundRule]:
    """The booking that may not overlap is the entity, what it takes is the field."""
    match = rule_pattern("no_overlap").search(scene.reading.source)
    if match is None or limits.is_once(scene):
        return
    happenings = lexicon.rule_words().kinds.happenings
    chunks = [c for c in scene.reading.chunks if scene.look.entity(c)]
    booked = next((c for c in chunks if c.head in happenings), None)
    taken = next((c for c in chunks if c is not booked and c.head not in happenings), None)
    if booked is None:
        booked, taken = next((c for c in chunks if not scene.person(c)), taken), None
    entity = scene.look.entity(booked) or scene.subject or _happening(scene.look)
    field = scene.look.entity(taken)
    yield scene.rule(
        match.group(), "no_overlap", entity=entity, field=field if field != entity else ""
    )


def _happening(look: Lookup) -> str:
    """The idea's own word for a record of a time, if there is one."""
    happenings = lexicon.rule_words().kinds.happenings
    return next((key for words, key in look.keys.items() if words in happenings), "")


def _stock(scene: Scene) -> Iterator[FoundRule]:
    match = rule_pattern("stock").search(scene.reading.source)
    if match is not None:
        field = scene.before(match.end(), lambda c: c.head in {"stock", "quantity", "inventory"})
        yield scene.rule(
            match.group(), "stock", entity=scene.entity(match.start(), but=field),
            field=scene.look.field(field) or "stock",
        )  # fmt: skip


def _unique(scene: Scene) -> Iterator[FoundRule]:
    for match in rule_pattern("unique").finditer(scene.reading.source):
        look, ahead = scene.look, match.group().startswith(("unique", "no dup"))
        after = scene.after(match.start() if ahead else match.end(), bool, within=3)
        inside = scene.reading.token_at(match.start()) - 1
        if scene.reading.text(inside) == "(":
            after = scene.reading.ending_at(inside)
        named = after is not None and (look.field(_bare(after)) or match.group() != "unique")
        chunk = after if named else scene.before(match.start(), look.field, within=4)
        if chunk is None:
            continue
        bare = _bare(chunk)
        field = look.field(bare) or names.key_of(*bare.words)
        entity = look.owners.get(field) or scene.entity(match.start(), but=chunk)
        if len(bare.words) > 1 and (whole := look.keys.get("_".join(bare.words[:-1]))):
            entity, field = whole, names.key_of(bare.head)
        if these := match.groupdict().get("these"):
            entity = look.named(names.singular_of(these))
        if field and (entity or look.field(bare)):
            yield scene.rule(match.group(), "unique", entity=entity, field=names.field_name(field))


def _bare(chunk: Chunk) -> Chunk:
    """The phrase without "unique" and its like."""
    phrase = tuple(w for w in chunk.phrase if w not in {"unique", "same", "duplicate", "own"})
    words = tuple(w for w in chunk.words if w not in {"unique", "same", "duplicate"})
    return Chunk(chunk.start, chunk.end, words or chunk.words, phrase or chunk.phrase)


def _order(scene: Scene) -> Iterator[FoundRule]:
    """“The end must be after the start”, “it cannot end before it starts”."""
    tokens = scene.reading.tokens
    for i, token in enumerate(tokens):
        word = token.text.lower()
        if word not in _AFTER | _BEFORE:
            continue
        first = _point(scene, range(i - 1, max(-1, i - 8), -1))
        second = _point(scene, range(i + 1, min(len(tokens), i + 6)))
        if not first or not second or first[0] == second[0]:
            continue
        denied = any(t.text.lower() in _NO for t in tokens[max(0, first[1] - 3) : i])
        earlier = (word in _BEFORE) != denied
        one, other = (first[0], second[0]) if earlier else (second[0], first[0])
        entity = scene.look.owners.get(one) or scene.entity(scene.reading.starts[i])
        entity = scene.subject if entity in {one, other} else entity
        text = " ".join(t.text for t in tokens[first[1] : second[1] + 1])
        yield scene.rule(text, "order", entity=entity, field=one, other=other)


_NO = frozenset({"not", "never", "cannot", "can't", "mustn't", "shouldn't", "no"})


def _point(scene: Scene, positions: range) -> tuple[str, int] | None:
    """The nearest point in time along the positions: its key and where it stands."""
    points = lexicon.rule_words().kinds.points
    tokens = scene.reading.tokens
    for i in positions:
        lemma = names.singular_of(tokens[i].text.lower())
        after = scene.reading.text(i + 1)
        dated = after in {"date", "time", "day"} and tokens[i].kind in {"noun", "adjective", "verb"}
        if (lemma in points or dated) and lemma not in {"date", "time"}:
            return names.key_of(lemma, *([after] if after in {"date", "time"} else [])), i
        named = tokens[i].kind == "noun" and scene.reading.text(i - 2) == "of"
        quoted = tokens[i].text in "\"'"
        if not named and not quoted and lemma not in lexicon.rule_words().kinds.between:
            return None
    return None


_FINDERS: Sequence[Callable[[Scene], Iterator[FoundRule]]] = (
    _overlap, _stock, _unique, _order, permissions.approval, permissions.only, permissions.own,
)  # fmt: skip
