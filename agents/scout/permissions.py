"""Rules about people: who approves, who alone may, and what is each one's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.scout import lexicon
from agents.scout.lexicon import rule_pattern
from agents.scout.lookup import Scene
from agents.scout.numbers import PATTERN, value_of
from agents.scout.reading import JOINING, Chunk
from contracts.scouting import FoundRule

REACH = 4
"""Words that may stand between a verb and who does it."""
_IT = frozenset({"it", "them", "this", "these", "those"})
_THAT = frozenset({"that", "this", "the", "their", "its", "his", "her", "each"})
_CLAUSE = re.compile(r"[.;:!?]\s|[.;:!?]$|, and only\b")
_AMOUNT = re.compile(
    rf"\b(?:above|over|more than|exceeding|higher than|larger than|from) [€$£]? ?(?P<n>{PATTERN})"
    r"(?: ?[€$£]| (?:euros?|dollars?|pounds?|hours?|days?|eur|usd))?"
)
_OWN = re.compile(
    r"\b(?:sees?|views?|reads?|access|edits?|changes?|manages?) only (?:their|his|her|its) own\b"
    r"|\bonly (?:see|view|read|access|edit|change|manage) (?:their|his|her|its) own\b"
)


def approval(scene: Scene) -> Iterator[FoundRule]:
    match = rule_pattern("approval").search(scene.reading.source)
    if match is None:
        return
    approver = _approver(scene)
    roles = tuple(dict.fromkeys(scene.look.role(c) for c in approver))
    fits = [
        c
        for c in scene.reading.chunks
        if c not in approver and scene.look.entity(c) and not scene.person(c)
    ]
    middle = scene.reading.token_at(match.end())
    ahead = [c for c in fits if c.start >= middle]
    active = re.match(r"approve|sign", match.group()) is not None
    earlier = [c for c in fits if c.start < middle]
    chosen = ahead[:1] or earlier[-1:] if active else fits[:1]
    if active and _IT.isdisjoint(scene.reading.text(middle + k) for k in range(-1, 4)):
        entity = scene.look.entity(chosen[0]) if chosen else scene.subject
    elif active:
        entity = scene.look.entity(earlier[-1]) if earlier else scene.subject
    else:
        entity = scene.look.entity(chosen[0]) if chosen else scene.subject
    yield scene.rule(match.group(), "approval", entity=entity, roles=roles)
    for amount in _AMOUNT.finditer(scene.reading.source):
        # Only what is above an amount is approved: nothing keeps that, so it is said.
        yield scene.rule(amount.group(), "at_least", entity=entity, value=value_of(amount["n"]))


def _approver(scene: Scene) -> list[Chunk]:
    """Who approves: after "by" or "from", else whoever stands before the verb."""
    reading = scene.reading
    for i, token in enumerate(reading.tokens):
        if token.text.lower() in {"by", "from"} and (listed := _people_from(scene, i + 1)):
            return listed
    verb = next((t for t in reading.tokens if t.lemma in {"approve", "sign", "confirm"}), None)
    if verb is None:
        return []
    position = reading.tokens.index(verb)
    actor = next((c for c in reading.last_before(position) if scene.look.role(c)), None)
    return [actor] if actor is not None and position - actor.end <= REACH else []


def _people_from(scene: Scene, position: int) -> list[Chunk]:
    """The persons of the list that begins at a position: "a manager or the owner"."""
    found: list[Chunk] = []
    i = position
    while i < len(scene.reading.tokens):
        chunk = scene.reading.starting_at(i)
        if chunk is not None and not scene.look.role(chunk):
            break
        if chunk is None:
            token = scene.reading.tokens[i]
            passed = token.kind in {"determiner", "other"} or token.tag == "VVN"
            if not passed and token.text.lower() not in JOINING:
                break
            i += 1
            continue
        found.append(chunk)
        i = chunk.end
    return found


def only(scene: Scene) -> Iterator[FoundRule]:
    """“Only residents can post”, “visible to managers only”."""
    reading = scene.reading
    if rule_pattern("approval").search(reading.source):
        return
    for match in rule_pattern("only").finditer(reading.source):
        people = _people_from(scene, reading.token_at(match.start()) + 1) or _people_from(
            scene, reading.token_at(match.end())
        )
        roles = tuple(dict.fromkeys(scene.look.role(c) for c in people))
        if roles:
            text = _CLAUSE.split(reading.source[match.start() :])[0]
            entity = _only_what(scene, match, people[-1])
            # Whose parents they are differs from record to record: no role says that.
            of_one = (
                reading.text(people[-1].end) == "of" and reading.text(people[-1].end + 1) in _THAT
            )
            yield scene.rule(text, "only", entity="" if of_one else entity, roles=roles)


def _only_what(scene: Scene, match: re.Match[str], last: Chunk) -> str:
    """What only some may do something with: a real candidate, or ""."""
    reading = scene.reading
    behind = reading.starts[min(last.end, len(reading.starts) - 1)]
    active = match.group().startswith(("only", "nobody", "no one", "none"))
    if active and (entity := _object(scene, behind) or _left(scene, last.end)):
        return entity
    entity = scene.entity(match.start())
    return entity if entity in scene.look.strong else ""


def _left(scene: Scene, position: int) -> str:
    """The record that a deed without an object leaves: who posts, leaves posts."""
    deeds = lexicon.rule_words().deeds
    verbs = (t.lemma for t in scene.reading.tokens[position : position + REACH])
    named = (scene.look.known_name(deeds[verb]) for verb in verbs if verb in deeds)
    return next(filter(None, named), "")


def own(scene: Scene) -> Iterator[FoundRule]:
    """“Employees see only their own payslips”."""
    for match in _OWN.finditer(scene.reading.source):
        chunk = scene.after(match.end() - 1, scene.look.entity, within=2)
        if chunk is not None and not scene.person(chunk):
            entity = scene.look.entity(chunk)
            yield scene.rule(match.group(), "only", entity=entity, roles=("owner",))


def _object(scene: Scene, offset: int) -> str:
    chunk = scene.after(offset, lambda c: scene.look.entity(c) and not scene.person(c))
    return scene.look.entity(chunk)
