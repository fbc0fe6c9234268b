"""Embeddings beside BM25: optional, off unless `GENESIS_SCOUT_EMBEDDINGS=1`, and no download.

`genesis-agents[embeddings]` brings wordllama, whose wheel has its weights inside. The two
rankings are joined half and half as z-scores; a pattern's score stays that of BM25.

Errors:
    EmbeddingsMissing   they are switched on and not installed
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any, Protocol

import msgspec

from agents.scout.patterns import Pattern
from agents.scout.ranking import Ranking

SETTING = "GENESIS_SCOUT_EMBEDDINGS"


class EmbeddingsMissing(RuntimeError):
    """The setting asks for what is not installed."""


class Embedder(Protocol):
    """Tells how near texts are in meaning."""

    def similarities(self, text: str, documents: Sequence[str]) -> Sequence[float]:
        """A number for each document, higher for what is nearer."""
        ...


class _WordLlama:
    """The model of wordllama's wheel, which looks elsewhere for its own tokenizer's folder."""

    def __init__(self) -> None:
        wordllama: Any = import_module("wordllama")
        folder = Path(str(wordllama.__file__)).parent
        self._model: Any = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)

    def similarities(self, text: str, documents: Sequence[str]) -> Sequence[float]:
        found = self._model.embed([text, *documents], norm=True)
        return [float(each) for each in found[1:] @ found[0]]


def chosen() -> Embedder | None:
    """The embedder that the environment asks for; None for BM25 alone, which is the default."""
    return _loaded() if os.environ.get(SETTING) == "1" else None


@lru_cache(maxsize=1)
def _loaded() -> Embedder:
    if find_spec("wordllama") is None:
        raise EmbeddingsMissing(
            f"{SETTING} is 1, but wordllama is not installed: install"
            " genesis-agents[embeddings], or take the setting away"
        )
    return _WordLlama()


def blended(
    ranking: Ranking, words: Sequence[str], patterns: Mapping[str, Pattern], by: Embedder | None
) -> Ranking:
    """The ranking with the embedder's judgement as its other half; as it was without one."""
    if by is None or not words or not ranking.ranked:
        return ranking
    texts = [_text(patterns[each.key]) for each in ranking.ranked]
    near = _normal(by.similarities(" ".join(words), texts))
    said = _normal([each.score for each in ranking.ranked])
    both = [(a + b) / 2 for a, b in zip(said, near, strict=True)]
    order = sorted(range(len(both)), key=lambda i: (-both[i], ranking.ranked[i].key))
    gaps = [both[a] - both[b] for a, b in pairwise(order)]
    found = [
        msgspec.structs.replace(ranking.ranked[i], margin=round(gap, 2))
        for i, gap in zip(order, [*gaps, 0.0], strict=True)
    ]
    return msgspec.structs.replace(ranking, ranked=tuple(found))


def _text(pattern: Pattern) -> str:
    return " ".join([pattern.title, pattern.description, *pattern.keywords])


def _normal(values: Sequence[float]) -> list[float]:
    spread = pstdev(values) or 1.0
    return [(value - fmean(values)) / spread for value in values]
