"""`python -m tests.bench.ideas_speed`: what it costs to read an idea, and to start.

Pages are made of the ideas in tests/ideas/open, each read once, so that no cache helps. Time is
processor time, which other work on the machine disturbs least; the process is asked for its memory
when all are read.
"""

from __future__ import annotations

import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from agents.plan.model import model_of
from agents.scout import patterns, ranking, tagging
from agents.scout.scout import scout
from tests.bench.table import Goal, goals

FOLDER = Path(__file__).parents[1] / "ideas" / "open"
PAGE = 400
"""Words of a page."""
MIB = 1024 * 1024


def pages() -> Iterator[str]:
    """Texts of about a page, each of other ideas."""
    page: list[str] = []
    for path in sorted(FOLDER.glob("*.toml")):
        page += [tomllib.loads(path.read_text("utf-8"))["text"], "\n\n"]
        if len(" ".join(page).split()) >= PAGE:
            yield "".join(page)
            page = []


def milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1_000 * (time.process_time() - began)


def main() -> int:
    catalogue = milliseconds(patterns.catalogue)
    index = milliseconds(ranking.index)
    tagger = milliseconds(lambda: tagging.tag("Hello."))
    first = milliseconds(lambda: model_of(scout("Keep recipes.")))
    texts = list(pages())
    reports = []
    reading = [milliseconds(lambda text=text: reports.append(scout(text))) for text in texts]
    modelling = [milliseconds(lambda report=report: model_of(report)) for report in reports]
    whole = [a + b for a, b in zip(reading, modelling, strict=True)]
    memory = psutil.Process().memory_info().rss / MIB
    print(
        f"start: catalogue {catalogue:.0f} ms, index {index:.0f}, tagger {tagger:.0f},"
        f" first idea {first:.0f}\n"
        f"{len(texts)} pages: reading {statistics.median(reading):.1f} ms,"
        f" modelling {statistics.median(modelling):.1f}, slowest {max(whole):.1f}\n"
    )
    measured = [
        Goal("a page of text to its report, ms", 50, reading, at_most=True),
        Goal("a page of text to its model, ms", 50, whole, at_most=True),
        Goal("memory of the process, MiB", 150, [memory], at_most=True),
    ]
    print(goals(measured))
    return 0 if all(goal.met for goal in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
