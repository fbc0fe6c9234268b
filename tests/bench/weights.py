"""What the weights of `agents/scout/evidence.py` would be, fitted to the ideas in tests/ideas/open.

python -m tests.bench.weights

A logistic regression of whether a reader expects a noun (or is fine with it, which counts a
quarter) on what speaks for it. Every fold of five leaves out whole ideas: `unseen` is what the
weights of the others make of these. A weight of 0 stands where nothing was to be learned.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from msgspec import Struct

from agents.scout import entities, pages, patterns, ranking
from agents.scout.drafts import AGAIN, MOST_FIELDS, candidate
from agents.scout.evidence import WEIGHTS
from agents.scout.known import Known, know
from tests.bench.ideas import FOLDER
from tests.support import likeness
from tests.support.expected_ideas import ExpectedIdea, read

REASONS = tuple(name for name in WEIGHTS if name != "mention")
"""A mention speaks for nothing: there would be no noun without one."""
NAMES = ("chance", *REASONS, "again", "field", "of_pattern")
FOLDS = 5
STEPS, RATE, SHRINK = 400, 1.0, 2.0
"""Steps of the descent, how far each goes, and how much small weights are preferred."""
FINE = 0.25
"""What a noun counts that is neither asked for nor wrong."""


class Noun(Struct, frozen=True):
    idea: str
    features: tuple[float, ...]
    asked: bool
    fine: bool


def nouns(slug: str, idea: ExpectedIdea) -> list[Noun]:
    """All nouns of an idea, with what speaks for them and what its reader says."""
    page = pages.prepare(idea.text)
    known = _known(page)
    result = []
    for key, draft in entities.found(page.english, page.skips, known).items():
        made = candidate(key, draft, known)
        names = {likeness.name(n) for n in (key, made.plural, made.title, made.title_plural)}
        reasons = [1.0, *(float(name in draft.reasons) for name in REASONS)]
        again = draft.reasons.get("again", 0.0) / AGAIN
        fields = float(min(MOST_FIELDS, len(draft.fields)))
        asked = any(likeness.any_like(each, names) for each in idea.entities)
        fine = asked or any(likeness.any_like(each, names) for each in idea.optional)
        features = (*reasons, again, fields, float(bool(made.matches)))
        result.append(Noun(slug, features, asked, fine))
    return result


def _known(page: pages.Page) -> Known:
    catalogue = patterns.catalogue()
    chosen = [r.key for r in ranking.index().rank(pages.query(page)).chosen()]
    rest = [each for key, each in catalogue.items() if key not in chosen]
    return know([catalogue[key] for key in chosen], rest)


def fitted(rows: Sequence[Noun]) -> list[float]:
    """The weights, in the order of NAMES, by gradient descent with a step for each of them."""
    weights = [0.0] * len(NAMES)
    seen = [1.0 + sum(row.features[i] ** 2 for row in rows) / 4 for i in range(len(NAMES))]
    for _ in range(STEPS):
        slope = [SHRINK * w for w in weights]
        slope[0] = 0.0
        for row in rows:
            count = FINE if row.fine and not row.asked else 1.0
            off = count * (1 / (1 + math.exp(-value(row, weights))) - row.fine)
            for i, each in enumerate(row.features):
                if each:
                    slope[i] += off * each
        weights = [w - RATE * s / n / 4 for w, s, n in zip(weights, slope, seen, strict=True)]
    return weights


def value(row: Noun, weights: Sequence[float]) -> float:
    """Above 0 where a reader rather expects the noun."""
    return sum(f * w for f, w in zip(row.features, weights, strict=True) if f)


def shares(rows: Sequence[Noun], values: Sequence[float]) -> str:
    """How many of the asked nouns are kept, and how many of the kept ones are fine."""
    kept = [row for row, each in zip(rows, values, strict=True) if each > 0]
    asked = sum(row.asked for row in kept) / sum(row.asked for row in rows)
    return f"{asked:.1%} of the asked nouns kept, {sum(r.fine for r in kept) / len(kept):.1%} fine"


def main() -> int:
    rows = [n for slug, idea in read(FOLDER / "open").items() for n in nouns(slug, idea)]
    weights = fitted(rows)
    for name, weight in zip(NAMES, weights, strict=True):
        now = f"   now {WEIGHTS[name]:+.2f}" if name in WEIGHTS else ""
        print(f"{name:14} {weight:+.2f}{now}")
    print(f"seen    {shares(rows, [value(row, weights) for row in rows])}")
    places = {slug: i % FOLDS for i, slug in enumerate(dict.fromkeys(row.idea for row in rows))}
    values = [0.0] * len(rows)
    for fold in range(FOLDS):
        learned = fitted([row for row in rows if places[row.idea] != fold])
        for i, row in enumerate(rows):
            if places[row.idea] == fold:
                values[i] = value(row, learned)
    print(f"unseen  {shares(rows, values)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
