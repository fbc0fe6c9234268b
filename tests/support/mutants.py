"""Apps with one guard taken out: each must fail its own tests. Pure.

Works on the text of a generated app, so that it needs to know nothing of how that was made.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct


class Mutant(Struct, frozen=True, kw_only=True):
    """One change: `kind` is the sort of guard, `what` the place, `text` the file with it."""

    kind: str
    what: str
    path: str
    text: str


_POLICY = re.compile(
    r'create policy "([^"]+)" on "[^"]+" for (\w+)\n  (using|with check) \((.+)\);'
)
_BESIDE_OPEN = r"(faqs_topic_links|app_comments_faqs)_select"
_CHECK = re.compile(r'^  "(\w+)" [^\n]*?( check \(.+\)),?$', re.MULTILINE)
_NEEDED = re.compile(r'^  "(\w+)" [^\n]*?( not null)', re.MULTILINE)
_UNIQUE = re.compile(r'create (unique )index "([^"]+)"')
_ACTION = re.compile(r"^    (list|read|create|update|delete): (\[.*\]),$", re.MULTILINE)
_OPTION = re.compile(
    r"(required: true|max: -?[\d.]+|min: -?[\d.]+|pattern: \"(?:[^\"\\]|\\.)*\""
    r"|(?:read|write)Roles: \[[^\]]*\])(, )?"
)
_ROLES = re.compile(r'to: "(\w+)", roles: (\["[^\]]*\])')
_FROM = re.compile(r'from: (\["[^\]]*\]), to: "(\w+)"')

_SERVER = {
    "a record of others is read": r" && \(far === 'all' \|\| row\._mine\)",
    "a record of others is changed": r"if \(far === 'own' && !before\._mine\) fail\(403[^\n]*",
    "references are not looked up": r"await checkReferences\(.*?\);",
    "another site sends a change": r"sameOrigin, (?=session)",
}
"""Guards of the server, by what happens without them."""


def mutants(files: Mapping[str, str]) -> Iterator[Mutant]:
    """Every mutant of an app, in a fixed order."""
    states = {
        found[1]
        for path, text in files.items()
        if path.startswith("shared/entities/")
        for found in re.finditer(r'workflow: \{ field: "(\w+)"', text)
    }
    for path, text in sorted(files.items()):
        if re.fullmatch(r"migrations/.*\.sql", path):
            yield from _of_migration(path, text, states)
        if path.startswith("shared/entities/"):
            yield from _of_entity(path, text)
        if path.startswith("server/"):
            for what, guard in _SERVER.items():
                for found in re.finditer(guard, text):
                    yield _without("server", what, path, text, found.span(), "")


def _without(kind: str, what: str, path: str, text: str, span: tuple[int, int], new: str) -> Mutant:
    start, end = span
    return Mutant(kind=kind, what=what, path=path, text=text[:start] + new + text[end:])


def _of_migration(path: str, text: str, states: Collection[str]) -> Iterator[Mutant]:
    for found in _POLICY.finditer(text):
        # What belongs to records that anybody sees shows nothing by being seen.
        if found[4] != "true" and not re.fullmatch(_BESIDE_OPEN, found[1]):
            what = f"policy {found[1]}"
            yield _without("row-level security", what, path, text, found.span(4), "true")
    for found in _CHECK.finditer(text):
        if found[1] in states:
            # A state that there is not is refused by the workflow's trigger as well.
            continue
        what = f"{path}: {found[1]}"
        yield _without("check of the database", what, path, text, found.span(2), "")
    for found in _NEEDED.finditer(text):
        # Keys of pairs are needed by their primary key, those of a parent by the policies.
        elsewhere = re.search(rf'(primary key \([^)]*"{found[1]}"|"\."{found[1]}")', text)
        default = "default" in text[found.end() :].split("\n", maxsplit=1)[0]
        if not elsewhere and not default and "boolean" not in found[0]:
            what = f"{path}: {found[1]}"
            yield _without("not null", what, path, text, found.span(2), "")
    for found in _UNIQUE.finditer(text):
        yield _without("unique index", found[2], path, text, found.span(1), "")


def _of_entity(path: str, text: str) -> Iterator[Mutant]:
    for found in _ACTION.finditer(text):
        for word in ("guest", "member"):
            if "guest" not in found[2] and f'"{word}"' not in found[2]:
                what = f"{path}: {found[1]} for {word}"
                yield _without("access", what, path, text, found.span(2), f'["{word}"]')
    for found in _OPTION.finditer(text):
        flow = re.search(r'workflow: \{ field: "(\w+)"', text)
        key = text[: found.start()].rsplit("\n", 1)[-1].split(":", maxsplit=1)[0].strip()
        if flow and flow[1] == key and found[1] == "required: true":
            # A state that is missing is refused by the workflow as well, in the same words.
            continue
        what = f"{path}: {key} without {found[1].split(':')[0]}"
        yield _without("validation", what, path, text, found.span(), "")
    for found in _ROLES.finditer(text):
        what = f"{path}: anybody may step to {found[1]}"
        yield _without("workflow", what, path, text, found.span(2), "[]")
    states = re.search(r"choice\(.*options: \[([^\]]*)\]", text)
    for found in _FROM.finditer(text) if states else ():
        if states and found[1] != f"[{states[1]}]":
            what = f"{path}: from anywhere to {found[2]}"
            yield _without("workflow", what, path, text, found.span(1), f"[{states[1]}]")
