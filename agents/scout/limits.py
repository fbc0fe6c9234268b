"""Rules that are numbers: "at most 5 per member", "up to 20 places", "between 1 and 10"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from agents.scout import lexicon, names
from agents.scout.lexicon import rule_pattern, rule_phrase
from agents.scout.lists import field_type
from agents.scout.lookup import Scene
from agents.scout.numbers import PATTERN, value_of
from agents.scout.reading import Chunk
from contracts.scouting import FoundRule

Bound = Literal["at_most", "at_least"]

_NUMERIC = frozenset({"integer", "decimal", "money", "rating", "duration"})
_UNITS = frozenset({"%", "€", "$", "£", "of", "the", "different", "active", "open"})
_PER = re.compile(
    r"\s*(?:at (?:the )?most|at a time|each)?\s*"
    r"(?:per|for each|for every|for a|each|every|by each|by every|from each|by any"
    r"|in a|on a|of a)\s+"
)
_EVERYBODY = re.compile(r"\b(?:everybody|everyone|each one|anyone|anybody|they|you) (?:\w+ ){0,3}$")
_SPAN = re.compile(r"\b(?:per|a|an|each|every|in a|within a|this|the same) (?:calendar )?([a-z]+)")
_LETTERS = {"at_most": 8, "at_least": 4}
"""Characters of a word with its space, so that a limit in words refuses no text that keeps it."""
_NO = frozenset({"not", "never", "no", "cannot", "can't", "mustn't", "nor"})
_OLD = re.compile(r"\b(?:years? old|years? of age|of age|aged)\b")
_RANGE = (
    rf"(?:between|from|range of|ranging from) (?P<low>{PATTERN}) ?(?:and|to|-|–)"
    rf" ?(?P<high>{PATTERN})"
    rf"|(?P<low2>{PATTERN}) ?(?:to|-|–) ?(?P<high2>{PATTERN})"
)
_BOUNDS: tuple[tuple[Bound, str], ...] = (
    ("at_most", f"{{most}} (?P<n>{PATTERN})"),
    ("at_least", f"{{least}} (?P<n>{PATTERN})"),
    (
        "at_most",
        rf"(?P<n>{PATTERN}) (?:[\w-]+ )??(?:at (?:the )?most|maximum|max|or (?:fewer|less))",
    ),
    ("at_least", rf"(?P<n>{PATTERN}) (?:[\w-]+ )??(?:or more|minimum|at least)"),
    ("at_most", rf"(?P<n>{PATTERN}) (?:[\w-]+ ){{1,3}}?(?:per|for each|for every|each(?! other))"),
    ("at_most", "{most} (?P<n>twice)"),
)
_NUMBER = rf"{PATTERN}|twice"
"""What a range and each of the bounds have."""


def limits(scene: Scene) -> Iterator[FoundRule]:
    """The rules of a sentence that say a number, and those that say "once" or "full"."""
    source = scene.reading.source
    once = list(_once(scene))
    yield from once
    taken: list[range] = []
    numbered = rule_phrase(_NUMBER).search(source) is not None
    for match in rule_phrase(_RANGE).finditer(source) if numbered else ():
        if found := list(_range(scene, match)):
            taken.append(range(*match.span()))
            yield from found
    for kind, phrase in _BOUNDS if numbered else ():
        for match in rule_phrase(phrase).finditer(source):
            if not any(match.start("n") in span for span in taken):
                taken.append(range(*match.span("n")))
                yield from _bound(scene, kind, match)
    for name, least in (("positive", 1.0), ("not_negative", 0.0)):
        for match in rule_pattern(name).finditer(source):
            yield from _value(scene, match, "at_least", least)
    yield from _full(scene, bool(taken))


def is_once(scene: Scene) -> bool:
    """Whether the sentence says that a person does something but once."""
    source = scene.reading.source
    return bool(rule_pattern("once").search(source)) and not rule_phrase(
        "{same}|at a time|time slots?|at once"
    ).search(source)


def _once(scene: Scene) -> Iterator[FoundRule]:
    """“A member may review a product only once”."""
    match = rule_pattern("once").search(scene.reading.source)
    if match is None or not is_once(scene) or not any(map(scene.person, scene.reading.chunks)):
        return
    deeds = lexicon.rule_words().deeds
    verb = next((t.lemma for t in scene.reading.tokens if t.lemma in deeds), "")
    if verb:
        entity = scene.look.named(deeds[verb])
        yield scene.rule(
            match.group(), "once_per_user", entity=entity, field=_whole(scene, 0, entity)
        )


def _whole(scene: Scene, offset: int, but: str) -> str:
    """What there is one of for each: the first other entity behind a place."""
    chunk = scene.after(
        offset, lambda c: not scene.person(c) and scene.look.entity(c) not in {"", but}
    )
    return scene.look.entity(chunk)


def _range(scene: Scene, match: re.Match[str]) -> Iterator[FoundRule]:
    groups = match.groupdict()
    low, high = groups["low"] or groups["low2"], groups["high"] or groups["high2"]
    if value_of(low) >= value_of(high):
        return
    yield from _value(scene, match, "at_least", value_of(low), spoken=bool(groups["low"]))
    yield from _value(scene, match, "at_most", value_of(high), spoken=bool(groups["low"]))


def _bound(scene: Scene, kind: Bound, match: re.Match[str]) -> Iterator[FoundRule]:
    kind = _turned(scene, kind, match)
    unit = _unit(scene, match.end("n"))
    behind = scene.reading.source[_end(scene, unit) if unit else match.end("n") :]
    value = value_of(match["n"])
    if kind == "at_most" and (match["n"] == "twice" or behind.lstrip().startswith("times")):
        yield from _times(scene, match, value)
        return
    if _is_length(scene, match.end("n")) or kind == "at_least":
        yield from _value(scene, match, kind, value)
        return
    span = _SPAN.search(behind)
    if span is not None and span[1] in lexicon.rule_words().kinds.spans:
        yield from _in_span(scene, match, unit, span[0], value)
        return
    per = _PER.match(behind)
    whole = scene.after(_offset(scene, behind) + per.end() - 1, bool, within=1) if per else None
    if (whole and scene.person(whole)) or (not per and _by_person(scene, match, unit, behind)):
        yield from _per_person(scene, match, unit, value)
    elif whole and scene.look.entity(whole) and _by_person(scene, match, unit, behind):
        yield from _per_person(scene, match, unit, value, scene.look.entity(whole))
    elif unit is not None and (_is_place(scene, unit) or scene.look.entity(unit)):
        yield from _capacity(scene, match, unit, whole, value)
    elif "per" not in match.group().split():
        yield from _value(scene, match, kind, value)


_LESS = ("under", "below", "less than", "fewer than")


def _turned(scene: Scene, kind: Bound, match: re.Match[str]) -> Bound:
    """“Not below 5” is at least 5."""
    words = scene.reading.source[: match.start()].split()[-4:]
    turned = match.group().startswith(_LESS) and not _NO.isdisjoint(words)
    return "at_least" if turned else kind


def _times(scene: Scene, match: re.Match[str], value: float) -> Iterator[FoundRule]:
    """“Take a quiz at most twice”."""
    deeds = lexicon.rule_words().deeds
    verb = next((t.lemma for t in scene.reading.tokens if t.lemma in deeds), "")
    if verb and any(map(scene.person, scene.reading.chunks)):
        entity = scene.look.named(deeds[verb])
        field = _whole(scene, 0, entity)
        yield scene.rule(match.group(), "per_user", entity=entity, field=field, value=value)


def _offset(scene: Scene, behind: str) -> int:
    return len(scene.reading.source) - len(behind)


def _unit(scene: Scene, offset: int) -> Chunk | None:
    """What is counted: the phrase behind a number."""
    position = scene.reading.token_at(offset)
    while scene.reading.text(position) in _UNITS:
        position += 1
    return scene.reading.starting_at(position)


def _end(scene: Scene, chunk: Chunk) -> int:
    """The place in the text where a phrase ends."""
    last = chunk.end - 1
    return scene.reading.starts[last] + len(scene.reading.tokens[last].text)


def _is_length(scene: Scene, offset: int) -> bool:
    lengths = lexicon.rule_words().kinds.lengths
    position = scene.reading.token_at(offset)
    return any(names.singular_of(scene.reading.text(position + k)) in lengths for k in (0, 1))


def _by_person(scene: Scene, match: re.Match[str], unit: Chunk | None, behind: str) -> bool:
    """“Members can borrow up to 3 books”, “2 bookings each”."""
    counted = unit is not None and scene.look.entity(unit) and not scene.person(unit)
    actor = scene.before(match.start(), lambda c: scene.look.entity(c) or scene.person(c))
    everybody = _EVERYBODY.search(scene.reading.source[: match.start()])
    acts = actor is not None and scene.person(actor)
    acts = acts or bool(everybody) or match.group().startswith("no")
    return bool(counted) and (acts or behind.lstrip().startswith("each"))


def _is_place(scene: Scene, unit: Chunk) -> bool:
    kinds = lexicon.rule_words().kinds
    return unit.head in kinds.places | kinds.crowd or scene.person(unit)


_STATING = ("hold", "seats", "just", "exactly")
"""What begins a number that says how it is, rather than what may be."""


def _in_span(
    scene: Scene, match: re.Match[str], unit: Chunk | None, span: str, value: float
) -> Iterator[FoundRule]:
    """“No more than 3 bookings a week”: read, so that it can be said that nothing keeps it."""
    entity = scene.look.entity(unit)
    if entity and unit and not scene.person(unit):
        by_person = _by_person(scene, match, unit, "")
        if not by_person and match.group().startswith(_STATING):
            return
        kind = "per_user" if by_person else "at_most"
        text = f"{_words(scene, match)} {span}"
        yield scene.rule(text, kind, entity=entity, value=value)


def _per_person(
    scene: Scene, match: re.Match[str], unit: Chunk | None, value: float, whole: str = ""
) -> Iterator[FoundRule]:
    entity = scene.look.entity(unit) or (
        scene.look.named(unit.head) if unit else scene.entity(match.start("n"))
    )
    if not entity or scene.look.field(unit) == "place":
        return
    if value == 1:
        whole = whole or _whole(scene, match.end("n"), entity)
        yield scene.rule(_words(scene, match), "once_per_user", entity=entity, field=whole)
    else:
        text = _words(scene, match)
        yield scene.rule(text, "per_user", entity=entity, field=whole, value=value)


def _words(scene: Scene, match: re.Match[str]) -> str:
    """The words of a limit with what is counted."""
    unit = _unit(scene, match.end("n") if "n" in match.re.groupindex else match.end())
    end = max(match.end(), _end(scene, unit) if unit else 0)
    start = _end(scene, unit) if unit else match.end()
    per = _PER.match(scene.reading.source, start)
    whole = scene.reading.starting_at(scene.reading.token_at(per.end())) if per else None
    return scene.reading.source[match.start() : _end(scene, whole) if whole else end]


def _capacity(
    scene: Scene, match: re.Match[str], unit: Chunk, whole: Chunk | None, value: float
) -> Iterator[FoundRule]:
    """“Up to 20 places per workshop”: no more of what is counted in each."""
    kinds = lexicon.rule_words().kinds
    counted = "" if unit.head in kinds.places else scene.look.entity(unit)
    holder = scene.look.entity(whole) or _holder(scene, match.start("n"), counted)
    if holder and not (value == 1 and not whole):
        yield scene.rule(
            _words(scene, match), "capacity", entity=counted, field=holder, value=value
        )


def _holder(scene: Scene, offset: int, counted: str) -> str:
    def fits(chunk: Chunk) -> bool:
        return not scene.person(chunk) and scene.look.entity(chunk) not in {"", counted}

    chunk = scene.before(offset, fits) or scene.after(offset, fits)
    return scene.look.entity(chunk) or (scene.subject if scene.subject != counted else "")


def _full(scene: Scene, numbered: bool) -> Iterator[FoundRule]:
    match = rule_pattern("capacity").search(scene.reading.source)
    if match is None or numbered:
        return
    kinds = lexicon.rule_words().kinds
    crowd = scene.before(
        len(scene.reading.source), lambda c: c.head in kinds.crowd and scene.look.entity(c)
    )
    counted = scene.look.entity(crowd)
    holder = _holder(scene, match.start(), counted)
    if holder:
        yield scene.rule(match.group(), "capacity", entity=counted, field=holder)


def _value(
    scene: Scene, match: re.Match[str], kind: Bound, value: float, *, spoken: bool = True
) -> Iterator[FoundRule]:
    """A bound of a field: the one in front of the number, else the one behind it."""
    length = _is_length(scene, match.end())
    chunk = scene.before(match.start(), lambda c: _bounded(scene, c, length), within=5)
    if chunk is None and not length:
        spans = lexicon.rule_words().kinds.spans
        chunk = scene.after(
            match.end(), lambda c: _bounded(scene, c, False) and c.head not in spans, within=1
        )
    old = _OLD.search(scene.reading.source)
    if chunk is None and not (old and spoken):
        return
    field = scene.look.field(chunk) or names.key_of(*chunk.words) if chunk else "age"
    entity = scene.look.owners.get(field) or scene.entity(match.start(), but=chunk)
    word = names.singular_of(scene.reading.text(scene.reading.token_at(match.end())))
    letters = _LETTERS[kind] if length and word == "word" else 1
    yield scene.rule(
        _words(scene, match), kind, entity=entity, field=names.field_name(field),
        value=value * letters,
    )  # fmt: skip


def _bounded(scene: Scene, chunk: Chunk, length: bool) -> bool:
    """Whether a phrase is a field that has a size: a number, or a text with a length."""
    if scene.person(chunk) or chunk.head in lexicon.rule_words().kinds.lengths:
        return False
    kind = field_type(chunk.words)
    if length:
        return kind not in {"date", "datetime", "time", "enum"}
    return kind in _NUMERIC
