"""What became of every sentence of an idea: on the command line, and as a file in the app's folder.

The same build gives the same file, so that it changes only when something else did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coordinator.cli.sheet import Sheet

if TYPE_CHECKING:
    from agents.build.cli import Traced
    from bus.nats import NatsBus
    from contracts import messages as m

TRACE_FILE = "TRACE.md"
"""The file in the app's folder; written anew by every build, and no part of what is merged."""


async def trace_of(bus: NatsBus, report: m.Artifact) -> tuple[Traced, ...]:
    """What became of every sentence, as a build reported it; nothing where it cannot be read."""
    from agents.build.cli import trace_in  # noqa: PLC0415
    from bus.errors import ArtifactDamaged, ArtifactMissing  # noqa: PLC0415

    try:
        return trace_in(await bus.artifacts.get(report))
    except (ArtifactDamaged, ArtifactMissing):
        return ()


VERDICTS = {
    "passed": "in the app, and its tests passed",
    "failed": "in the app, but tests failed",
    "untested": "in the app; no test is about it",
    "left_out": "left out, as asked",
    "context": "asks for nothing",
    "unmapped": "not in the app",
}
SHOWN = 12
"""Files of a sentence that are named; a sentence about everything would name them all."""


def sheet_of(trace: Sequence[Traced]) -> Sheet:
    """Each sentence with what was made of it, by which tasks, in which files, shown by what."""
    sheet = Sheet(label=9)
    for each in trace:
        sheet.head(f"[{each.sentence}] {each.text}")
        sheet.row("", verdict_of(each))
        sheet.rows_of(
            [
                ("elements", ", ".join(each.elements)),
                ("tasks", ", ".join(each.tasks)),
                ("files", ", ".join(_first(each.files))),
                *(("tests", _counted(each, number)) for number in range(len(each.tests))),
            ]
        )
    sheet.head(counted(trace))
    return sheet


def verdict_of(each: Traced) -> str:
    """What became of a sentence, with what of it is missing."""
    said = VERDICTS[each.verdict]
    missing = ", ".join(name.removeprefix("unbuilt.").replace("_", " ") for name in each.missing)
    return f"{said}; without {missing}" if missing and each.verdict != "unmapped" else said


def counted(trace: Sequence[Traced]) -> str:
    """`5 sentences: 3 in the app, and its tests passed; 2 not in the app`."""
    found = {word: sum(each.verdict == word for each in trace) for word in VERDICTS}
    parts = [f"{count} {VERDICTS[word]}" for word, count in found.items() if count]
    return f"{len(trace)} sentences: {'; '.join(parts)}" if parts else "no sentence to follow"


def _first(files: Sequence[str]) -> list[str]:
    more = [f"and {len(files) - SHOWN} more"] if len(files) > SHOWN else []
    return [*files[:SHOWN], *more]


def _counted(each: Traced, number: int) -> str:
    ran = each.tests[number]
    failed = f", {ran.failed} failed" if ran.failed else ""
    return f"{ran.file}: {len(ran.tests) - ran.failed} passed{failed}"


_HEAD = """\
# From the idea to the tests

What became of every sentence: the parts of the app that it led to, the tasks and files that made
them, and the app's own tests that ran for it. Written by Genesis with every build; nothing in the
app reads it.
"""


def document(trace: Sequence[Traced]) -> str:
    """The same as Markdown."""
    parts = [_HEAD, f"{counted(trace)}.\n"]
    for each in trace:
        parts.append(f"## {each.sentence}. {_escaped(each.text)}\n")
        rows = [
            ("Parts", [f"`{name}`" for name in each.elements]),
            ("Tasks", [f"`{name}`" for name in each.tasks]),
            ("Files", [f"`{name}`" for name in _first(each.files)]),
        ]
        parts.append(f"{verdict_of(each)[:1].upper()}{verdict_of(each)[1:]}.\n")
        listed = [f"- {label}: {', '.join(names)}" for label, names in rows if names]
        for ran in each.tests:
            listed.append(f"- Tests in `{ran.file}`:")
            listed += [f"  - {_escaped(name)}" for name in ran.tests]
        if listed:
            parts.append("\n".join(listed) + "\n")
    return "\n".join(parts)


def _escaped(text: str) -> str:
    """Text in which Markdown finds nothing to do."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in plain)
