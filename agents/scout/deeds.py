"""Records that an idea speaks of by what people do: who signs up for a shift has a sign-up.

The table of the deeds is `lexicon/deeds.toml`. Who rates, comments on, likes or follows something
uses a feature instead: those are in `wishes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from agents.scout import lexicon, names, patterns
from agents.scout.deeds_done import Done, deeds_done
from agents.scout.evidence import BASE, WEIGHTS
from agents.scout.known import Known
from agents.scout.lexicon import DeedWords
from agents.scout.reading import Reading
from contracts.scouting import (
    CandidateEntity,
    CandidateReference,
    EntityDraft,
    FoundRole,
    Operation,
)

SOURCE = "deed"
"""The source of a candidate that is the record of a deed."""
ASKED = 4.0
"""What the record of a deed is worth at least, and what the deed is done to: kinds of their own."""
KEPT = 3.0
"""Score from which a noun is a kind of its own."""
EXAMPLE = round(BASE + WEIGHTS["example"], 2)
"""Score of a noun that is only an example of something else."""
PERSON = "person"
_THING = "thing"
_DAYS = frozenset({"date", "day", "held_on", "starts_on", "start_date", "appointed_date"})
"""Names of fields that say when something happens."""


def with_records(
    readings: Sequence[Reading],
    skips: Mapping[int, set[int]],
    known: Known,
    candidates: Sequence[CandidateEntity],
) -> tuple[CandidateEntity, ...]:
    """The candidates, with a record for every deed and what the deeds are done to, best first."""
    found = {candidate.key: candidate for candidate in candidates}
    for told in deeds_done(readings, skips, known):
        done, target = told, _meant(found, told, known)
        if target is not None and target.score == EXAMPLE:
            # What is only said in passing: the deed is done to what it is an example of.
            target = _strongest_beside(found, told) if told.said else None
            own = _own(lexicon.deeds()[told.deed], known, told=told.said)
            if target is None and not told.said and not own:
                continue
            done = msgspec.structs.replace(told, words=())
        if (done.words or done.near) and target is None and not lexicon.deeds()[done.deed].alone:
            continue
        record = _record(found, done, known, target)
        if record is not None:
            found[record.key] = record
            if target is not None:
                found[target.key] = _seen(target)
    return tuple(sorted(found.values(), key=lambda c: (-c.score, c.sentences[0], c.key)))


def _seen(target: CandidateEntity) -> CandidateEntity:
    """What a deed is done to: a kind of its own, which others see besides who made it."""
    private = target.draft.sharing == "private"
    draft = msgspec.structs.replace(target.draft, sharing="members") if private else target.draft
    return msgspec.structs.replace(target, score=max(target.score, ASKED), draft=draft)


def kept_by(
    candidates: Sequence[CandidateEntity],
    operations: Sequence[Operation],
    roles: Sequence[FoundRole],
) -> tuple[CandidateEntity, ...]:
    """The candidates; the records of deeds are also for the roles that keep what they are of."""
    people = {role.key for role in roles}
    result = []
    for each in candidates:
        of = {reference.to for reference in each.draft.references.values()}
        done = (o for o in operations if o.entity in of | {each.key})
        staff = dict.fromkeys(
            o.actor for o in done if o.verb not in {"read", "list"} and o.actor in people
        )
        if each.source != SOURCE or not staff:
            result.append(each)
            continue
        draft = msgspec.structs.replace(each.draft, writers=tuple(staff))
        result.append(msgspec.structs.replace(each, draft=_stepping(draft, tuple(staff))))
    return tuple(result)


def _stepping(draft: EntityDraft, staff: tuple[str, ...]) -> EntityDraft:
    """The draft with the steps of administrators also for these roles."""
    flow = draft.workflow
    if flow is None:
        return draft
    steps = tuple(
        msgspec.structs.replace(step, roles=(*staff, *step.roles)) if step.roles else step
        for step in flow.transitions
    )
    return msgspec.structs.replace(
        draft, workflow=msgspec.structs.replace(flow, transitions=steps)
    )  # fmt: skip


def _meant(
    found: Mapping[str, CandidateEntity], done: Done, known: Known
) -> CandidateEntity | None:
    """What a deed is done to."""
    if done.said and not done.words:
        beside = _usual_beside(found, done, known) or _timed_beside(found, done)
        return beside or _strongest_beside(found, done)
    return _timed_beside(found, done) if done.near else _target(found, done, known)


def _usual_beside(
    found: Mapping[str, CandidateEntity], done: Done, known: Known
) -> CandidateEntity | None:
    """What the pattern's record of a deed is of, where the sentence speaks of it."""
    own = _own(lexicon.deeds()[done.deed], known, told=True)
    aims = {r.to for r in known.drafts[own].references.values() if r.required} if own else set()
    there = [c for c in found.values() if c.matches in aims and done.sentence in c.sentences]
    return max(there, key=lambda c: c.score, default=None)


def _strongest_beside(found: Mapping[str, CandidateEntity], done: Done) -> CandidateEntity | None:
    """What is kept that the sentence of a deed speaks of, or the one before it."""
    kept = [c for c in found.values() if c.score >= KEPT and c.source not in {SOURCE, PERSON}]
    for number in (done.sentence, done.sentence - 1):
        there = [c for c in kept if number in c.sentences]
        if there:
            return max(there, key=lambda c: c.score)
    return None


def _target(
    found: Mapping[str, CandidateEntity], done: Done, known: Known
) -> CandidateEntity | None:
    """The candidate that a deed is done to, by all of its words or by the head.

    What is only an example, "tents and stoves", stands for what it is an example of.
    """
    if not done.words:
        return None
    key = names.entity_names(names.key_of(*done.words))[0]
    head = done.words[-1]
    target = found.get(key) or next((c for c in found.values() if c.words[-1] == head), None)
    if target is None or target.score > BASE:
        return target
    beside = (c for c in found.values() if done.sentence in c.sentences and c is not target)
    return next((c for c in beside if known.thing and c.matches == known.thing), target)


def _timed_beside(found: Mapping[str, CandidateEntity], done: Done) -> CandidateEntity | None:
    """What has a time of its own in the sentence of a deed, or in the one before it."""
    timed = [c for c in found.values() if c.source != SOURCE and _timed(c)]
    for number in (done.sentence, done.sentence - 1):
        there = [c for c in timed if number in c.sentences]
        if there:
            return max(there, key=lambda c: c.score)
    return None


def _record(
    found: Mapping[str, CandidateEntity],
    done: Done,
    known: Known,
    target: CandidateEntity | None,
) -> CandidateEntity | None:
    """The record of a deed: the idea's word for it, else the pattern's, else the usual one.

    Where the pattern's own record is of something else, it is as deeds.toml has it.
    """
    deed = lexicon.deeds()[done.deed]
    own = _own(deed, known, told=done.said)
    # What the deed is done to may be a word for its record: people book an appointment.
    if target is not None and (target.key in deed.words or (own and target.matches == own)):
        return None
    alone = deed.alone or (done.said and deed.draft is not None)
    if target is None and not own and not alone:
        return None
    calls = {_key(word) for word in deed.words} | ({own} if own else set())
    old = next((c for c in found.values() if c.key in calls or (own and c.matches == own)), None)
    same = target is None or (bool(own) and _of(known, own, target))
    base = old or _new(own if same and own else _key(deed.words[0]), done, known)
    base = msgspec.structs.replace(
        base,
        matches=base.matches if own or not done.said else "",
        score=max(base.score, ASKED),
        sentences=tuple(sorted({*base.sentences, done.sentence})),
    )
    if target is None and not own:
        return base if old else _described(base, _by_itself(deed.draft or _empty()))
    if target is None or same:
        return base
    base = _described(base, _aimed(_draft(deed, target), target.key))
    other = _target(found, msgspec.structs.replace(done, words=done.other), known)
    of = dict.fromkeys(each.key for each in (other, target) if each is not None)
    rest = tuple(r for r in base.references if r.to not in of)
    told = tuple(CandidateReference(to=key, sentences=(done.sentence,)) for key in of)
    return msgspec.structs.replace(
        base, source=SOURCE, matches=own, references=(*rest, *told)
    )  # fmt: skip


def _own(deed: DeedWords, known: Known, *, told: bool) -> str:
    """The pattern's record of a deed; of one that is only told of, by its own name."""
    calls = [_key(word) for word in deed.words]
    found = next((known.here[call] for call in calls if call in known.here), "")
    ends = {call.rpartition("_")[2] for call in calls}
    return "" if told and found.rpartition("_")[2] not in ends else found


def _described(base: CandidateEntity, draft: EntityDraft) -> CandidateEntity:
    """The candidate with a draft that is called like it."""
    whole = patterns.complete(base.key, draft)
    named = msgspec.structs.replace(
        whole, plural=base.plural, title=base.title, title_plural=base.title_plural
    )  # fmt: skip
    return msgspec.structs.replace(base, draft=named)


def _of(known: Known, own: str, target: CandidateEntity) -> bool:
    """Whether the pattern's record is of what the idea means."""
    drafts = known.drafts
    aims = {r.to for r in drafts[own].references.values() if r.required}
    if not aims:
        return False
    placeholder = any(drafts[aim].placeholder for aim in aims if aim in drafts)
    return target.matches in aims or (placeholder and not target.matches and not _timed(target))


def _new(key: str, done: Done, known: Known) -> CandidateEntity:
    title, several = names.title_of(key), names.title_of(names.spoken_plural(key))
    key, plural = names.entity_names(key)
    draft = patterns.complete(key, _empty())
    return CandidateEntity(
        key=key, plural=plural, title=title, title_plural=several,
        words=tuple(key.split("_")), score=0.0, sentences=(done.sentence,),
        matches=known.here.get(key, ""), draft=draft, source="pattern",
    )  # fmt: skip


def _empty() -> EntityDraft:
    """What a pattern's own draft takes the place of."""
    return next(iter(lexicon.deeds().values())).draft or EntityDraft(label="name", fields={})


def _draft(deed: DeedWords, target: CandidateEntity) -> EntityDraft:
    """What the record of a deed usually is; with no time of its own where its object has one."""
    if deed.timed and _timed(target):
        deed = lexicon.deeds()[deed.timed]
    if deed.draft is None:
        deed = lexicon.deeds()[deed.like]
    return deed.draft or _empty()


def _timed(target: CandidateEntity) -> bool:
    """Whether it happens at a time of its own, as a class does and a room does not."""
    kinds = {key: str(field.type) for key, field in target.draft.fields.items()}
    kinds |= {field.key: str(field.type) for field in target.fields}
    return any(
        kind == "datetime" or (kind == "date" and key in _DAYS) for key, kind in kinds.items()
    )


def _by_itself(draft: EntityDraft) -> EntityDraft:
    """The draft of a deed that is done to nothing the idea keeps."""
    rules = tuple(rule for rule in draft.rules if not re.search(rf"\b{_THING}\b", rule.expr))
    references = {name: r for name, r in draft.references.items() if r.to != _THING}
    return msgspec.structs.replace(draft, references=references, rules=rules)


def _aimed(draft: EntityDraft, key: str) -> EntityDraft:
    """The draft whose `thing` is the entity with this key."""
    references = {
        key if name == _THING else name: msgspec.structs.replace(r, to=key)
        for name, r in draft.references.items()
    }
    rules = tuple(
        msgspec.structs.replace(rule, expr=re.sub(rf"\b{_THING}\b", key, rule.expr))
        for rule in draft.rules
    )
    return msgspec.structs.replace(draft, references=references, rules=rules)


def _key(word: str) -> str:
    return word.replace("-", "_").replace(" ", "_")
