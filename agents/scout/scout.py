"""From an idea to a `ScoutReport`: pure, and the same for the same words.

Errors:
    sentences.UnreadableIdea   nothing in the idea is a word
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from agents.scout import (
    actors,
    entities,
    language,
    names,
    patterns,
    ranking,
    rules,
    theme,
    titles,
    wishes,
)
from agents.scout import sentences as text
from agents.scout.known import Known, know
from agents.scout.reading import Reading, read
from contracts.scouting import (
    CandidateEntity,
    MatchedPattern,
    RankedPattern,
    ScoutReport,
    Sentence,
)

BRIEF = 8
"""An idea of at most so many words leaves the rest to its pattern."""
SHOWN = 5
"""How many patterns of the ranking a report shows."""
MAX_CANDIDATES = 60


def scout(idea: str, name: str | None = None) -> ScoutReport:
    """The report on an idea. `name` is a slug that the app was given beforehand."""
    idea = text.clean(idea)
    found = text.split(idea)
    spoken = language.detect(idea)
    given = titles.given(found)
    readings = [read(_without(sentence, given)) for sentence in found]
    english = readings if spoken == "en" else []

    ranked = ranking.index().rank({r.number: _query(r, spoken) for r in readings})
    chosen = ranking.chosen(ranked)
    catalogue = patterns.catalogue()
    known = know(
        [catalogue[rank.key] for rank in chosen],
        [catalogue[rank.key] for rank in ranked if rank not in chosen],
    )
    skips = {reading.number: wishes.denied(reading) for reading in english}
    candidates = entities.candidates(english, skips, known)[:MAX_CANDIDATES]
    operations, roles = actors.operations(english, skips, known, candidates)
    found_rules = rules.rules(english, skips, known, candidates)
    exclusions = tuple(chain.from_iterable(wishes.exclusions(r) for r in english))
    unwanted = {each.key for each in exclusions if each.kind == "feature"}
    called = _name(name, given, english, known, candidates, chosen)
    report = ScoutReport(
        idea=idea,
        name=called,
        name_sentences=(given[1],) if given and called == given[0] else (),
        language=spoken,
        brief=sum(len(r.lemmas) for r in readings) <= BRIEF,
        sentences=found,
        theme=theme.find(found),
        ranking=ranked[:SHOWN],
        patterns=_matched(chosen, catalogue),
        entities=candidates,
        operations=operations,
        roles=roles,
        features=wishes.features(english, {rule.sentence for rule in found_rules}, unwanted),
        exclusions=exclusions,
        rules=found_rules,
        public=tuple(s.number for s in found if wishes.is_public(s.text)),
        notes=tuple(_notes(spoken, chosen)),
    )
    return msgspec.structs.replace(report, unmapped=_unmapped(report))


def _without(sentence: Sentence, given: tuple[str, int, str] | None) -> Sentence:
    """The sentence without the app's name, whose words mean nothing else."""
    if given is None or given[1] != sentence.number:
        return sentence
    return msgspec.structs.replace(sentence, text=sentence.text.replace(given[2], " ", 1))


def _query(reading: Reading, spoken: str) -> list[str]:
    denied = wishes.denied(reading) if spoken == "en" else set()
    kept = [t for i, t in enumerate(reading.tokens) if i not in denied and t.kind != "mark"]
    if spoken == "en":
        return list(chain.from_iterable(_parts(t.lemma) for t in kept))
    words = [word for t in kept for word in _parts(t.text)]
    return [word for whole in words for word in (whole, *ranking.index().starts_of(whole))]


def _parts(word: str) -> list[str]:
    word = word.lower()
    return word.split("-") if "-" in word else [names.singular_of(word)]


def _matched(
    chosen: Sequence[RankedPattern], catalogue: Mapping[str, patterns.Pattern]
) -> tuple[MatchedPattern, ...]:
    return tuple(
        MatchedPattern(
            rank=rank,
            role="secondary" if i else "primary",
            entities=catalogue[rank.key].entities,
            roles=catalogue[rank.key].roles,
            features=catalogue[rank.key].features,
            pages=catalogue[rank.key].pages,
        )
        for i, rank in enumerate(chosen)
    )


def _name(
    slug: str | None,
    given: tuple[str, int, str] | None,
    readings: Sequence[Reading],
    known: Known,
    candidates: Sequence[CandidateEntity],
    chosen: Sequence[RankedPattern],
) -> str:
    if given is not None:
        return given[0]
    if slug:
        return titles.tidy(slug.replace("-", " ").title()) or slug
    default = chosen[0].title if chosen else "My App"
    return titles.derived(readings, known, candidates, default)


def _notes(spoken: str, chosen: Sequence[RankedPattern]) -> list[str]:
    notes = []
    if spoken != "en":
        spoken_name = language.NAMES.get(spoken, spoken)
        notes.append(
            f"The idea reads as {spoken_name}; Genesis understands English and used only the"
            " words that it knows. Write it in English for an app that fits."
        )
    if not chosen:
        notes.append(
            "No pattern of the catalogue fits; the app is made of the idea's own nouns."
            " Name the records and their fields to get more: `each plant has a name and a photo`."
        )
    return notes


def _unmapped(report: ScoutReport) -> tuple[int, ...]:
    """The sentences from which nothing at all was taken."""
    used = {
        *report.name_sentences, *report.theme.sentences, *report.public,
        *chain.from_iterable(p.rank.sentences for p in report.patterns),
        *chain.from_iterable(e.sentences for e in report.entities),
        *chain.from_iterable(f.sentences for f in report.features),
        *chain.from_iterable(r.sentences for r in report.roles),
        *(o.sentence for o in report.operations), *(e.sentence for e in report.exclusions),
        *(rule.sentence for rule in report.rules),
    }  # fmt: skip
    return tuple(s.number for s in report.sentences if s.number not in used)
