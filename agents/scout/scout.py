"""From an idea to a `ScoutReport`: pure, and the same for the same words and answers.

Errors:
    sentences.UnreadableIdea   nothing in the idea is a word
    embeddings.EmbeddingsMissing   they are switched on and not installed
    questions.AnswerError      an answer fits no question that the idea leaves open
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from agents.scout import (
    actors,
    deeds,
    embeddings,
    entities,
    naming,
    notes,
    outline,
    pages,
    patterns,
    questions,
    ranking,
    rules,
    titles,
    wishes,
)
from agents.scout.known import know
from agents.scout.pages import Page
from contracts.scouting import (
    CandidateEntity,
    MatchedPattern,
    RankedPattern,
    ScoutReport,
)

BRIEF = 8
"""An idea of at most so many words leaves the rest to its pattern."""
SHOWN = 5
"""How many patterns of the ranking a report shows."""
MAX_CANDIDATES = 60


def scout(
    idea: str, name: str | None = None, answers: Mapping[str, str] | None = None
) -> ScoutReport:
    """The report on an idea.

    `name` is a slug that the app was given beforehand, `answers` the keys of the options that
    were chosen, by the ids of an earlier report's questions.
    """
    page = pages.prepare(idea)
    catalogue = patterns.catalogue()
    query = pages.query(page)
    words = list(chain.from_iterable(query.values()))
    ranked = embeddings.blended(ranking.index().rank(query), words, catalogue, embeddings.chosen())
    question = questions.of_kind(ranked, catalogue)
    chosen = questions.settle(ranked, question, answers or {})
    open_questions = (question,) if question and question.id not in (answers or {}) else ()
    report = _report(page, chosen, catalogue, name)
    report = msgspec.structs.replace(
        report,
        ranking=ranked.ranked[:SHOWN],
        questions=open_questions,
        notes=notes.notes(page, report, open_questions),
    )
    wished = _wished(report)
    named = wished.union(*(e.sentences for e in report.entities))
    named.update(*(p.rank.sentences for p in report.patterns))
    rest = [s for s in report.sentences if s.number not in wished]
    context = tuple(s.number for s in rest if outline.is_context(s))
    unmapped = tuple(s.number for s in rest if s.number not in named.union(context))
    return msgspec.structs.replace(report, context=context, unmapped=unmapped)


def _report(
    page: Page,
    chosen: Sequence[RankedPattern],
    catalogue: Mapping[str, patterns.Pattern],
    name: str | None,
) -> ScoutReport:
    """What the sentences say, read with the chosen patterns in mind."""
    mine = {rank.key for rank in chosen}
    known = know(
        [catalogue[rank.key] for rank in chosen],
        [pattern for key, pattern in catalogue.items() if key not in mine],
    )
    coloured = frozenset(page.theme.sentences)
    nouns = entities.candidates(page.english, page.skips, known, coloured)[:MAX_CANDIDATES]
    candidates = deeds.with_records(page.english, page.skips, known, nouns)
    operations, roles = actors.operations(page.english, page.skips, known, candidates)
    candidates = deeds.kept_by(candidates, operations, roles)
    found_rules = rules.rules(page.english, page.skips, known, candidates)
    denied = [e for r in page.english for e in wishes.exclusions(r, page.skips[r.number])]
    exclusions = tuple(wishes.meant(denied, candidates))
    called = _name(name, page, candidates, chosen, catalogue)
    given = page.given
    return ScoutReport(
        idea=page.idea,
        name=called,
        name_sentences=(given[1],) if given and called == given[0] else (),
        language=page.spoken,
        brief=sum(len(r.lemmas) for r in page.readings) <= BRIEF,
        sentences=page.sentences,
        theme=page.theme,
        patterns=_matched(chosen, catalogue),
        entities=candidates,
        operations=operations,
        roles=roles,
        features=wishes.features(
            page.english,
            page.skips,
            ruled={rule.sentence for rule in found_rules},
            unwanted={each.key for each in exclusions if each.kind == "feature"},
        ),
        exclusions=exclusions,
        rules=found_rules,
        public=tuple(s.number for s in page.sentences if wishes.is_public(s.text)),
        private=tuple(s.number for s in page.sentences if wishes.is_private(s.text)),
    )


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
    page: Page,
    candidates: Sequence[CandidateEntity],
    chosen: Sequence[RankedPattern],
    catalogue: Mapping[str, patterns.Pattern],
) -> str:
    if page.given is not None:
        return page.given[0]
    if slug:
        return titles.tidy(slug.replace("-", " ").title()) or slug
    default = chosen[0].title if chosen else "My App"
    first = catalogue[chosen[0].key] if chosen else None
    return naming.derived(
        page.english,
        candidates,
        main=_main(first) if first else "",
        short=first.short if first else "App",
        default=default,
    )


def _main(pattern: patterns.Pattern) -> str:
    """What such apps are about, unless that is a word for whatever the idea names."""
    key, draft = next(iter(pattern.entities.items()))
    return "" if draft.placeholder else key


def _wished(report: ScoutReport) -> set[int]:
    """The sentences that say more than a noun."""
    return {
        *report.name_sentences, *report.theme.sentences, *report.public, *report.private,
        *chain.from_iterable(f.sentences for e in report.entities for f in e.fields),
        *chain.from_iterable(f.sentences for f in report.features),
        *chain.from_iterable(r.sentences for r in report.roles),
        *(o.sentence for o in report.operations), *(e.sentence for e in report.exclusions),
        *(rule.sentence for rule in report.rules),
    }  # fmt: skip
