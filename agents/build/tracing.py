"""From every sentence of an idea to the tests that ran for it: element, task, file, test. Pure.

Elements are the ids in the plan's trace, such as `entity.recipe` or `feature.comments`. Tests
belong to an entity by their headings, which name it, and to a feature by their file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from agents.build.results import Outcome
from contracts.model import AppModel, Entity, Plan, Trace

Verdict = Literal["passed", "failed", "untested", "left_out", "context", "unmapped"]

_ACCOUNTS = (
    "server/accounts.ts", "server/sessions.ts", "server/recovery.ts", "migrations/001_accounts.sql",
    "tests/accounts.test.ts", "tests/recovery.test.ts", "tests/profile.test.ts",
)  # fmt: skip
_ALWAYS: Mapping[str, tuple[str, ...]] = {
    "feature.auth": _ACCOUNTS,
    "feature.reset": ("server/recovery.ts", "tests/recovery.test.ts"),
    "feature.email": ("server/mail.ts", "server/outbox.ts", "tests/mail.test.ts"),
    "feature.roles": ("shared/app.ts", "server/invitations.ts", "tests/access.test.ts"),
    "feature.search": ("server/queries.ts", "tests/records.test.ts"),
    "feature.filters": ("shared/filters.ts", "server/queries.ts", "tests/lists.test.ts"),
    "feature.sort": ("server/sorting.ts", "tests/records.test.ts"),
    "feature.paging": ("server/queries.ts", "src/components/Pager.tsx", "tests/records.test.ts"),
    "feature.crud": ("server/records.ts", "server/writing.ts", "tests/records.test.ts"),
    "feature.export": ("server/transfer.ts", "server/export.ts", "tests/transfer.test.ts"),
    "feature.i18n": ("shared/texts.ts", "tests/texts.test.ts"),
    "app.name": ("shared/app.ts", "index.html", "tests/web.test.tsx"),
    "app.theme": ("src/theme.css",),
    "role": ("shared/app.ts", "tests/access.test.ts"),
    "access": ("tests/access.test.ts",),
    "page": ("shared/pages.ts", "tests/pages.test.tsx"),
}
"""What serves elements that every app has; of an id, its first words are looked up as well."""

_OF_ENTITIES = frozenset({"entity", "field", "relation", "rule", "workflow", "access", "seed"})
_SHOWN_IN = {
    "rule": "tests/features/rules.test.ts", "workflow": "tests/features/workflow.test.ts",
    "access": "tests/access.test.ts",
}  # fmt: skip
"""The file whose tests show such a part of an entity; other parts are shown in many."""
_SHORTENED = "…"


class Ran(Struct, frozen=True, kw_only=True):
    """The tests of a file that ran for a sentence, by name, and how many did not pass."""

    file: str
    tests: tuple[str, ...]
    failed: int = 0


class Traced(Struct, frozen=True, kw_only=True):
    """What became of a sentence.

    passed     it led to something, and all tests that ran for that passed
    failed     some did not
    untested   it led to something that no test is about, such as a colour
    left_out   it asked for something not to be there, and it is not
    context    it asked for nothing: a heading, a greeting, or who asks
    unmapped   nothing in the app covers it; `missing` may say what of it
    """

    sentence: int
    text: str
    verdict: Verdict
    elements: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    tests: tuple[Ran, ...] = ()


def traced(
    plan: Plan, files: Iterable[str], parts: Mapping[str, Sequence[str]], tests: Sequence[Outcome]
) -> tuple[Traced, ...]:
    """Every sentence of a plan's idea with what was made and shown for it.

    `files` are the paths in the app, `parts` those of each feature, `tests` those that ran.
    """
    there = frozenset(files)
    return tuple(_traced(trace, plan, there, parts, tests) for trace in plan.model.trace)


def _traced(
    trace: Trace,
    plan: Plan,
    there: frozenset[str],
    parts: Mapping[str, Sequence[str]],
    tests: Sequence[Outcome],
) -> Traced:
    elements = tuple(e for e in trace.maps_to if not e.startswith(("unbuilt.", "pattern.")))
    missing = tuple(e for e in trace.maps_to if e.startswith("unbuilt."))
    served = (path for each in elements for path in _files(each, plan.model, there, parts))
    ran = [
        test
        for test in tests
        if test.passed is not None
        and any(_is_about(test, each, plan.model, parts) for each in elements)
    ]
    entities = (_entity_of(each, plan.model) for each in elements)
    wanted = {f"entity.{each.key}" for each in entities if each is not None} | set(elements)
    return Traced(
        sentence=trace.sentence,
        text=trace.text,
        verdict=_verdict(trace, elements, ran),
        elements=elements,
        missing=missing,
        tasks=tuple(task.id for task in plan.tasks if wanted.intersection(task.serves)),
        files=tuple(dict.fromkeys(served)),
        tests=tuple(_grouped(ran)),
    )


def _verdict(trace: Trace, elements: tuple[str, ...], ran: Sequence[Outcome]) -> Verdict:
    if any(test.passed is False for test in ran):
        return "failed"
    if ran:
        return "passed"
    if elements and all(each.startswith("excluded.") for each in elements):
        return "left_out"
    if elements == ("app.context",):
        return "context"
    # What only resembles a pattern is covered by what the pattern brings.
    resembles = any(each.startswith("pattern.") for each in trace.maps_to)
    return "untested" if elements or resembles else "unmapped"


def _entity_of(element: str, model: AppModel) -> Entity | None:
    """The entity that an element is, or is a part of."""
    kind, _, rest = element.partition(".")
    key = rest.partition(".")[0] if kind in _OF_ENTITIES else ""
    return next((each for each in model.entities if each.key == key), None)


def _common(element: str) -> tuple[str, ...]:
    """The files that serve an element in every app."""
    return _ALWAYS.get(element, _ALWAYS.get(element.partition(".")[0], ()))


def _files(
    element: str, model: AppModel, there: frozenset[str], parts: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    kind, _, name = element.partition(".")
    entity = _entity_of(element, model)
    if entity is not None:
        yield from sorted(path for path in there if path.endswith(f"_{entity.plural}.sql"))
        yield f"shared/entities/{entity.key.replace('_', '-')}.ts"
        return
    found = parts.get(name, ()) if kind == "feature" else ()
    for path in (*found, *_common(element)):
        if path in there and not path.startswith("tests/"):
            yield path


def _is_about(
    test: Outcome, element: str, model: AppModel, parts: Mapping[str, Sequence[str]]
) -> bool:
    """Whether a test shows something about an element."""
    kind, _, name = element.partition(".")
    entity = _entity_of(element, model)
    if entity is not None:
        return _names(test, entity) and test.file == _SHOWN_IN.get(kind, test.file)
    if kind == "feature" and test.file in parts.get(name, ()):
        return True
    return test.file in _common(element)


def _names(test: Outcome, entity: Entity) -> bool:
    """Whether a test's headings name the entity, by its key or by its title."""
    return any(
        _says(heading, word)
        for heading in test.names
        for word in (entity.key, entity.title, entity.title_plural)
    )


def _says(heading: str, word: str) -> bool:
    """Whether a heading has the word as a whole; vitest quotes words, and shortens long ones."""
    if f"'{word}'" in heading or heading.endswith((f" of {word}", f" on {word}")):
        return True
    shortened, cut, _ = heading.partition(f"{_SHORTENED}'")
    quoted = shortened.rpartition("'")[2]
    return bool(cut) and bool(quoted) and word.startswith(quoted)


def _grouped(ran: Sequence[Outcome]) -> Iterator[Ran]:
    for file in dict.fromkeys(test.file for test in ran):
        mine = [test for test in ran if test.file == file]
        yield Ran(
            file=file,
            tests=tuple(" > ".join(test.names) for test in mine),
            failed=sum(test.passed is False for test in mine),
        )
