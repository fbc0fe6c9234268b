"""What Scout understood of an idea, for people: a sheet of its report.

Pure. Numbers in brackets are those of the sentences that something comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from coordinator.cli.sheet import Sheet

if TYPE_CHECKING:
    from contracts.scouting import (
        CandidateEntity,
        EntityDraft,
        FoundRule,
        Operation,
        RankedPattern,
        ScoutReport,
    )

OWN = 3.0
"""A noun with this score is a record of its own; below, it is one when a pattern has it."""
_VERBS = {
    "list": "lists", "read": "reads", "create": "adds", "update": "changes",
    "delete": "deletes", "manage": "manages",
}  # fmt: skip


def sheet_of(report: ScoutReport) -> Sheet:
    """Everything read in an idea, as its reader wants to check it."""
    sheet = Sheet()
    sheet.head(report.name)
    sheet.row("language", report.language)
    if report.brief:
        sheet.row("brief", "the idea leaves nearly everything to its pattern")
    _theme(sheet, report)
    _patterns(sheet, report)
    _entities(sheet, report)
    _people(sheet, report)
    _wishes(sheet, report)
    _sentences(sheet, report)
    _rest(sheet, report)
    _questions(sheet, report)
    return sheet


def numbered(text: str, numbers: Iterable[int]) -> str:
    """`text [1, 3]`."""
    shown = ", ".join(map(str, sorted(set(numbers))))
    return f"{text} [{shown}]" if shown else text


def _theme(sheet: Sheet, report: ScoutReport) -> None:
    theme = report.theme
    if theme.background or theme.primary:
        sheet.head("Theme")
    for label, colour in (("background", theme.background), ("components", theme.primary)):
        if colour:
            sheet.row(label, numbered(colour, theme.sentences), swatch=colour)


def _patterns(sheet: Sheet, report: ScoutReport) -> None:
    sheet.head("Patterns")
    chosen = {pattern.rank.key: pattern.role for pattern in report.patterns}
    if not chosen:
        sheet.row("none", "no pattern of the catalogue fits; the idea's own nouns make the app")
    for rank in report.ranking:
        if rank.score > 0 or rank.key in chosen:
            sheet.row(rank.key, _ranked(rank, chosen.get(rank.key, "")))


def _ranked(rank: RankedPattern, role: str) -> str:
    taken = {"primary": "taken, ", "secondary": "blended in, "}.get(role, "")
    words = ", ".join(rank.evidence) or "nothing"
    return f"{rank.title}: {taken}score {rank.score:.2f}, margin {rank.margin:.2f}; {words}"


def _entities(sheet: Sheet, report: ScoutReport) -> None:
    known = {candidate.matches or candidate.key for candidate in report.entities}
    sheet.head("Records")
    for candidate in report.entities:
        sheet.row(candidate.key, _candidate(candidate))
    for pattern in report.patterns:
        for key, draft in pattern.entities.items():
            if key not in known and draft.presence == "always":
                sheet.row(key, f"with {_drafted(draft)} (from {pattern.rank.key})")


def _candidate(candidate: CandidateEntity) -> str:
    said = ", ".join(
        f"{field.title.lower()} ({field.type})" if field.type != "text" else field.title.lower()
        for field in candidate.fields
    )
    beside = ", ".join(dict.fromkeys(reference.to for reference in candidate.references))
    parts = (
        f"with {said}" if said else "",
        f"beside {beside}" if beside else "",
        f"the {candidate.matches} of its pattern" if candidate.matches else "",
        "" if candidate.matches or candidate.score >= OWN else "perhaps only a word",
    )
    text = "; ".join(part for part in parts if part)
    return numbered(text or candidate.title_plural, candidate.sentences)


def _drafted(draft: EntityDraft) -> str:
    return ", ".join(
        (field.title or key.replace("_", " ")).lower() for key, field in draft.fields.items()
    )


def _people(sheet: Sheet, report: ScoutReport) -> None:
    does: dict[str, list[str]] = {
        role.key: [numbered(role.title, role.sentences)] for role in report.roles
    }
    for deed in report.operations:
        does.setdefault(deed.actor or "somebody", []).append(_deed(deed))
    if report.public:
        does.setdefault("guest", []).append(numbered("may look", report.public))
    if does:
        sheet.head("People")
    for who, deeds in does.items():
        sheet.row(who, "; ".join(dict.fromkeys(deeds)))


def _deed(deed: Operation) -> str:
    only = " (nobody else)" if deed.only else ""
    return numbered(f"{_VERBS[deed.verb]} {deed.entity}{only}", (deed.sentence,))


def _wishes(sheet: Sheet, report: ScoutReport) -> None:
    if report.features:
        sheet.head("Features")
    for feature in report.features:
        words = f"{feature.title}: {', '.join(feature.words)}" if feature.words else feature.title
        sheet.row(feature.key, numbered(words, feature.sentences))
    if report.rules:
        sheet.head("Rules")
    for rule in report.rules:
        sheet.row(rule.kind, numbered(_ruled(rule), (rule.sentence,)))
    if report.exclusions:
        sheet.head("Not wanted")
    for exclusion in report.exclusions:
        sheet.row(exclusion.key, numbered(exclusion.kind, (exclusion.sentence,)))


def _ruled(rule: FoundRule) -> str:
    """`loan 5: “at most five at a time”`."""
    about = ".".join(part for part in (rule.entity, rule.field) if part)
    parts = [
        about,
        f"before {rule.other}" if rule.other else "",
        "" if rule.value is None else f"{rule.value:g}",
        f"by {', '.join(rule.roles)}" if rule.roles else "",
    ]
    said = " ".join(part for part in parts if part)
    return f"{said}: “{rule.text}”" if said else f"“{rule.text}”"


def findings(report: ScoutReport) -> dict[int, list[str]]:
    """What each sentence led to, by its number, in words."""
    found: dict[int, list[str]] = {sentence.number: [] for sentence in report.sentences}
    for numbers, what in (*_whole(report), *_records(report), *_wanted(report)):
        for number in numbers:
            if what not in found.setdefault(number, []):
                found[number].append(what)
    return found


def _whole(report: ScoutReport) -> Iterator[tuple[Sequence[int], str]]:
    yield report.name_sentences, f"name {report.name}"
    yield report.theme.sentences, "colours"
    for pattern in report.patterns:
        yield pattern.rank.sentences, f"pattern {pattern.rank.key}"


def _records(report: ScoutReport) -> Iterator[tuple[Sequence[int], str]]:
    for candidate in report.entities:
        yield candidate.sentences, f"record {candidate.key}"
        for field in candidate.fields:
            yield field.sentences, f"field {candidate.key}.{field.key}"
        for reference in candidate.references:
            yield reference.sentences, f"{candidate.key} beside {reference.to}"


def _wanted(report: ScoutReport) -> Iterator[tuple[Sequence[int], str]]:
    for role in report.roles:
        yield role.sentences, f"role {role.key}"
    for deed in report.operations:
        yield (deed.sentence,), f"{deed.actor or 'somebody'} {_VERBS[deed.verb]} {deed.entity}"
    for feature in report.features:
        yield feature.sentences, f"feature {feature.key}"
    for rule in report.rules:
        yield (rule.sentence,), f"rule {rule.kind}"
    for exclusion in report.exclusions:
        yield (exclusion.sentence,), f"no {exclusion.key}"
    yield report.public, "anyone may look"


def _sentences(sheet: Sheet, report: ScoutReport) -> None:
    sheet.head("Sentences")
    found = findings(report)
    for sentence in report.sentences:
        sheet.row(f"[{sentence.number}]", sentence.text)
        sheet.row("", "→ " + ("; ".join(found[sentence.number]) or "nothing"))


def _rest(sheet: Sheet, report: ScoutReport) -> None:
    texts = {sentence.number: sentence.text for sentence in report.sentences}
    if report.unmapped:
        sheet.head("Nothing was read in")
    for number in report.unmapped:
        sheet.row(f"[{number}]", texts.get(number, ""))
    if report.notes:
        sheet.head("Notes")
    for note in report.notes:
        sheet.row("", note)


def _questions(sheet: Sheet, report: ScoutReport) -> None:
    if report.questions:
        sheet.head("Open questions")
    for question in report.questions:
        sheet.row(question.id, question.text)
        for option in question.options:
            usual = " (unless you say otherwise)" if option.key == question.default else ""
            brings = f": {option.brings}" if option.brings else ""
            sheet.row(f"  {option.key}", f"{option.title}{brings}{usual}")
