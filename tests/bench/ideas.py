"""How near the models come to what readers expect of the ideas in tests/ideas.

python -m tests.bench.ideas [--held-out] [--wrong] [--only SLUG ...]

Leave the held-out part alone while changing Scout or Plan: it shows what holds for ideas that
nobody has seen, and only for as long.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.expected_ideas import MARKS, Mark, marks, model, read

FOLDER = Path(__file__).parents[1] / "ideas"
GOALS = {"pattern": 0.88, "entities": 0.92, "asked": 0.80, "features": 0.85, "colours": 0.95}
"""Of `asked`: at most one entity in five that nobody asked for."""
Rows = dict[str, dict[str, Mark]]


def measure(folder: Path) -> Rows:
    """The marks of every idea of a folder, by its file's name."""
    ideas = read(folder)
    return {slug: marks(idea, model(idea.text)) for slug, idea in ideas.items()}


def totals(rows: Rows) -> dict[str, Mark]:
    return {name: sum((row[name] for row in rows.values()), Mark()) for name in MARKS}


def report(rows: Rows) -> str:
    """The table in Markdown: a line for each idea, then the totals and the goals."""
    lines = [("idea", *MARKS), ("---",) * (len(MARKS) + 1)]
    lines += [(slug, *_cells(row)) for slug, row in rows.items()]
    total = totals(rows)
    lines.append(("**all**", *_cells(total)))
    lines.append(("**share**", *(f"{total[name].share:.1%}" for name in MARKS)))
    lines.append(("**goal**", *(f"{GOALS[n]:.0%}" if n in GOALS else "" for n in MARKS)))
    lines.append(("**met**", *(_met(name, total[name]) for name in MARKS)))
    widths = [max(len(line[at]) for line in lines) for at in range(len(MARKS) + 1)]
    return "\n".join(
        f"| {' | '.join(c.ljust(w) for c, w in zip(line, widths, strict=True))} |" for line in lines
    )


def _cells(row: Mapping[str, Mark]) -> list[str]:
    return [f"{row[name].right}/{row[name].of}" if row[name].of else "" for name in MARKS]


def _met(name: str, mark: Mark) -> str:
    if name not in GOALS:
        return ""
    return "yes" if mark.share >= GOALS[name] else "NO"


def wrong(rows: Rows) -> str:
    """What was wrong with each idea, a line for each mark."""
    return "\n".join(
        f"{slug}: {name}: {', '.join(row[name].wrong)}"
        for slug, row in rows.items()
        for name in MARKS
        if row[name].wrong
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="the part that is kept aside")
    parser.add_argument("--wrong", action="store_true", help="what was wrong, idea by idea")
    parser.add_argument("--only", nargs="*", default=(), help="names of files, without .toml")
    chosen = parser.parse_args()
    rows = measure(FOLDER / ("held_out" if chosen.held_out else "open"))
    rows = {slug: row for slug, row in rows.items() if not chosen.only or slug in chosen.only}
    print(report(rows))
    if chosen.wrong:
        print(f"\n{wrong(rows)}")
    return 0 if "NO" not in {_met(name, mark) for name, mark in totals(rows).items()} else 1


if __name__ == "__main__":
    sys.exit(main())
