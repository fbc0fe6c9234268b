"""`python -m agents.scout.colour_learning`: what the cues around a colour word weigh.

Logistic regression over the texts of `colour_texts.jsonl` and the ideas of `tests/ideas/open`. A
line of the file is a text with its `background` and `primary` colour: #rrggbb, "near #rrggbb" for
a hue like that, or null where the text names none. Texts that name no colour of the app at all
are there for what is no wish. The least score of a wish is the one nearest zero with which nearly
as many texts come out right that the weights were not learnt from as with any.
"""

from __future__ import annotations

import math
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from agents.scout import theme
from agents.scout.colour_wishes import FILE, Mention, Weights, is_certain, mentions, wishes
from agents.scout.coloured import Coloured, coloured
from agents.scout.sentences import split
from agents.scout.shades import parts_of
from contracts.scouting import Sentence

TEXTS = Path(__file__).with_name("colour_texts.jsonl")
IDEAS = Path(__file__).parents[2] / "tests" / "ideas" / "open"
NEAR = 90.0
"""Distance of red, green and blue up to which two colours are about the same."""
_OFTEN = 3
"""Texts that must have a cue."""
_FOLDS = 5
_ROUNDS = 2
_LITTLE = 0.02
"""What a cue that is left out weighs at most."""
_PARTS = 2
_FINEST = 1e-6
_STEPS = 80
_KEPT = 8
_NEARLY = 0.997
_RIDGE = 1.0
"""How strongly weights are drawn to nothing."""
_LEAST = (-1.5, -1.0, -0.75, -0.5, -0.25, 0.0, 0.5)

Numbers = NDArray[np.float64]


class Labelled(Struct, frozen=True):
    text: str
    background: str | None = None
    primary: str | None = None


class Example(Struct, frozen=True):
    """A text, its colours, and which of them are wishes."""

    labels: Labelled
    sentences: tuple[Sentence, ...]
    coloured: list[Coloured]
    mentions: list[Mention]
    wished: list[bool]


def texts() -> list[Labelled]:
    """What the file beside this module holds."""
    decoder = msgspec.json.Decoder(Labelled)
    return [decoder.decode(line) for line in TEXTS.read_bytes().splitlines() if line]


def ideas() -> Iterator[Labelled]:
    """The ideas for work, with what their labels say of the theme."""
    for path in sorted(IDEAS.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        parts = {key: _named(value) for key, value in data.get("theme", {}).items()}
        yield Labelled(data["text"], parts.get("background"), parts.get("primary"))


def _named(value: str | dict[str, str]) -> str:
    return value if isinstance(value, str) else f"near {value['near']}"


def example(labels: Labelled) -> Example:
    sentences = split(labels.text)
    here = coloured(sentences)
    found = mentions(here, len(sentences))
    wanted = [each for each in (labels.background, labels.primary) if each]
    wished = [any(fits(each, m.colour.value) for each in wanted) for m in found]
    return Example(labels, sentences, here, found, wished)


def fits(wanted: str | None, value: str | None) -> bool:
    """Whether a colour is the one a label names; one that it does not name may be any."""
    if wanted is None or value is None:
        return wanted is None
    if wanted.startswith("near "):
        return math.dist(parts_of(wanted[5:]), parts_of(value)) <= NEAR
    return wanted == value


def is_right(each: Example, by: Weights) -> bool:
    """Whether a text gets the colours that its labels name, and none where they name none."""
    found = theme.theme_of(each.sentences, each.coloured, wishes(each.mentions, by))
    background, primary = each.labels.background, each.labels.primary
    if background is None and primary is None:
        return found.background is None and found.primary is None
    return fits(background, found.background) and fits(primary, found.primary)


def learnt(examples: Sequence[Example], least: float = 0.0) -> Weights:
    """Weights that tell wishes from the other mentions."""
    often = Counter(c for e in examples for c in {c for m in e.mentions for c in m.cues})
    names = sorted(cue for cue, count in often.items() if count >= _OFTEN)
    column = {name: i for i, name in enumerate(names)}
    rows = [row for k, each in enumerate(examples) for row in _rows(k, each)]
    table = np.zeros((len(rows), len(names) + 1))
    for at, row in enumerate(rows):
        table[at, [column[cue] for cue in row.cues if cue in column]] = 1.0
    table[:, -1] = 1.0
    told = np.array([float(row.group is not None) for row in rows])
    weights = np.zeros(table.shape[1])
    for share in _shares(rows):
        weights = _descended(table, told, share(table @ weights), weights)
    kept = {n: round(float(w), 2) for n, w in zip(names, weights, strict=False) if abs(w) > _LITTLE}
    return Weights(least, round(float(weights[-1]), 2), kept)


class _Row(Struct, frozen=True):
    """A mention; wishes for the same colour in one text are a group."""

    cues: frozenset[str]
    group: tuple[int, str] | None


def _rows(number: int, each: Example) -> Iterator[_Row]:
    """The mentions that tell something: of a palette of five the label names but two."""
    here: dict[int, set[str]] = {}
    for mention, wished in zip(each.mentions, each.wished, strict=True):
        named = here.setdefault(mention.number, set())
        value = mention.colour.value
        if is_certain(mention):
            continue
        if wished:
            named.add(value)
        if wished or len(named) < _PARTS:
            yield _Row(mention.cues, (number, value) if wished else None)


def _shares(rows: Sequence[_Row]) -> Iterator[Callable[[Numbers], Numbers]]:
    """How much each row counts, by what the weights so far give it.

    Where a wish is said twice (“our boats are navy, so navy, please”), the likelier one counts.
    """
    groups: dict[tuple[int, str], list[int]] = {}
    for at, row in enumerate(rows):
        if row.group:
            groups.setdefault(row.group, []).append(at)

    def evenly(sums: Numbers) -> Numbers:
        share = np.ones(len(sums))
        for group in groups.values():
            share[group] = 1 / len(group)
        return share

    def by_best(sums: Numbers) -> Numbers:
        share = np.ones(len(sums))
        for group in groups.values():
            share[group] = 0.0
            share[group[int(np.argmax(sums[group]))]] = 1.0
        return share

    yield from (evenly, *(by_best for _ in range(_ROUNDS)))


def _descended(table: Numbers, told: Numbers, share: Numbers, start: Numbers) -> Numbers:
    """The weights of least loss, by the method of limited memory (L-BFGS)."""
    ridge = np.full(table.shape[1], _RIDGE)
    ridge[-1] = 0.01

    def loss(at: Numbers) -> tuple[float, Numbers]:
        sums = table @ at
        off = share * (1 / (1 + np.exp(-np.clip(sums, -30, 30))) - told)
        value = np.sum(share * (np.logaddexp(0, sums) - told * sums)) + ridge @ (at * at) / 2
        return float(value), table.T @ off + ridge * at

    at, (value, slope) = start, loss(start)
    moves: list[tuple[Numbers, Numbers]] = []
    for _ in range(_STEPS):
        way = _direction(slope, moves)
        length = 1.0
        new, new_slope = loss(at - way)
        while new > value - 1e-4 * length * float(slope @ way) and length > _FINEST:
            length /= 2
            new, new_slope = loss(at - length * way)
        moves = [*moves, (-length * way, new_slope - slope)][-_KEPT:]
        done = abs(value - new) < 1e-5 * max(1.0, abs(value))
        at, value, slope = at - length * way, new, new_slope
        if done:
            break
    return at


def _direction(slope: Numbers, moves: Sequence[tuple[Numbers, Numbers]]) -> Numbers:
    way, parts = slope.copy(), []
    for step, change in reversed(moves):
        part = (step @ way) / (change @ step)
        parts.append(part)
        way = way - part * change
    if moves:
        step, change = moves[-1]
        way = way * ((step @ change) / (change @ change))
    else:
        way = way / max(1.0, float(np.linalg.norm(slope)))
    for (step, change), part in zip(moves, reversed(parts), strict=True):
        way = way + step * (part - (change @ way) / (change @ step))
    return way


def unseen(examples: Sequence[Example]) -> dict[float, int]:
    """By the least score of a wish, how many texts come out right that are learnt without."""
    right = dict.fromkeys(_LEAST, 0)
    for fold in range(_FOLDS):
        by = learnt([e for k, e in enumerate(examples) if k % _FOLDS != fold])
        for least in _LEAST:
            told = msgspec.structs.replace(by, least=least)
            right[least] += sum(is_right(e, told) for e in examples[fold::_FOLDS])
    return right


def text_of(weights: Weights) -> bytes:
    """The file, a cue a line, so that a change shows what changed."""
    lines = b",\n".join(
        msgspec.json.encode(cue) + b":" + msgspec.json.encode(worth)
        for cue, worth in weights.cues.items()
    )
    head = f'{{"least":{weights.least},"bias":{weights.bias},\n"cues":{{\n'.encode()
    return head + lines + b"\n}}\n"


if __name__ == "__main__":
    shipped = [example(each) for each in (*texts(), *ideas())]
    right = unseen(shipped)
    enough = _NEARLY * max(right.values())
    best = min((least for least, count in right.items() if count >= enough), key=abs)
    made = learnt(shipped, best)
    FILE.write_bytes(text_of(made))
    told = f"{right[best]} of {len(shipped)} right unseen, {len(made.cues)} cues"
    sys.stdout.write(f"{told}: {FILE}\n")
