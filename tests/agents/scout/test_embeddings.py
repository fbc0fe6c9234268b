"""Embeddings are an extra: off by default, named when missing, half of the ranking when on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agents.scout import embeddings, patterns, ranking
from agents.scout.cli import ScoutError, read
from agents.scout.scout import scout

IDEA = "A forum about old cars. Members start threads and write replies."


class Near:
    """An embedder for which one pattern is far nearer than the rest."""

    def __init__(self, title: str) -> None:
        self._title = title

    def similarities(self, text: str, documents: Sequence[str]) -> Sequence[float]:
        return [100.0 if document.startswith(self._title) else 0.0 for document in documents]


@pytest.fixture(autouse=True)
def _as_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(embeddings.SETTING, raising=False)
    embeddings._loaded.cache_clear()


def ranked(by: embeddings.Embedder | None) -> ranking.Ranking:
    words = IDEA.lower().split()
    found = ranking.index().rank({1: words})
    return embeddings.blended(found, words, patterns.catalogue(), by)


def test_without_the_setting_bm25_decides_alone():
    assert embeddings.chosen() is None
    assert [p.rank.key for p in scout(IDEA).patterns] == ["forum"]


def test_what_both_find_is_first_by_a_wider_margin():
    alone, both = ranked(None), ranked(Near(patterns.catalogue()["forum"].title))
    assert alone.ranked[0].key == both.ranked[0].key == "forum"
    assert both.ranked[0].score == alone.ranked[0].score
    assert both.ranked[0].margin > both.ranked[1].margin >= 0


def test_the_embedder_is_but_half_of_the_judgement():
    other = ranked(Near(patterns.catalogue()["recipes"].title))
    assert {p.key for p in other.ranked[:2]} == {"forum", "recipes"}
    assert len(other.ranked) == len(ranked(None).ranked)


def test_switched_on_and_not_installed_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(embeddings.SETTING, "1")
    monkeypatch.setattr(embeddings, "find_spec", lambda _: None)
    with pytest.raises(embeddings.EmbeddingsMissing, match=r"genesis-agents\[embeddings\]"):
        scout(IDEA)


def test_the_command_line_says_so_without_a_traceback(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(embeddings.SETTING, "1")
    monkeypatch.setattr(embeddings, "find_spec", lambda _: None)
    with pytest.raises(ScoutError, match="wordllama is not installed"):
        read(IDEA)
