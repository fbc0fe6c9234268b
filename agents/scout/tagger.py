"""HanTa's English model with a faster search for the best tags of a sentence.

HanTa tries every tag that may follow another one and then looks whether the word can have it; a
word has few tags and may be followed by dozens. Here the word's own tags go first, and so do the
tags of its parts where it must be taken apart: what is found is the same.
"""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from HanTa.HanoverTagger import (
    EMPTY,
    END,
    END_UNKNOWN,
    START,
    UNKNOWN,
    HanoverTagger,
    logaddexp,
)

_WIDTH = 5
"""How many states are followed from word to word, and those nearly as good."""
_PARTS_WIDTH = 3
"""How many states are followed from part to part of a word, and those nearly as good."""
_NONE = frozenset[int]()
_SHORT = 2
"""Letters of the longest part that is not guessed in a word of some length."""
_LEAST = -1e6
"""Logarithms of probabilities below this are those of nothing."""
_State = tuple[int, int]
_Row = dict[_State, float]
_From = dict[_State, tuple[_State, int]]
"""The state before a state, and where in the word it ended."""


class Tagger(HanoverTagger):  # type: ignore[misc]  # HanTa has no types
    """HanTa's tagger, which remembers what it found out about a word."""

    def __init__(self) -> None:
        super().__init__("morphmodel_en.pgz")
        self._probabilities = lru_cache(maxsize=8_192)(self._probable)
        self._parts = _tags_of_parts(self.LP_m_t)
        self._open = frozenset(tag for tag in self.LP_hapax_t if tag in self.LP_s_t)

    def _probable(self, word: str, cased: bool) -> dict[int, float]:
        """The tags that a word may have; none means any."""
        found = self._tag_word(word, cutoff=5, casesensitive=cased, conditional=True)
        tags = dict(found)
        return {} if tags.keys() == {UNKNOWN} else tags

    def analyze_forward(self, word: str) -> list[tuple[int, float]]:
        """The tags that a word may have by its parts, with their logarithms, best first."""
        rows, _ = self._taken_apart(word, strict=self.strict)
        results: dict[int, float] = {}
        for (_, tag), lp in self._ends(rows[-1]).items():
            before = results.get(-tag)
            results[-tag] = lp if before is None else logaddexp(before, lp)
        found = sorted(results.items(), key=lambda each: each[1], reverse=True)
        return found or [(UNKNOWN, 0)]

    def analyze_viterbi(self, word: str, targetpos: int) -> list[tuple[int, int]]:
        """The parts of a word that has this tag: the tag of each, and where it ends."""
        end = len(word)
        reachable = self.reachability.get(targetpos, frozenset())
        for strict in (True, False):
            rows, came = self._taken_apart(word, strict=strict, among=reachable)
            into: dict[_State, _State] = {}
            ends = self._ends(rows[-1], targetpos, into)
            if ends:
                last = max(ends, key=ends.__getitem__)
                found = [(last[1], end + 1)]
                state = into[last]
                while end > 0:
                    found.append((state[1], end))
                    state, end = came[end][state]
                return found[::-1]
        return [(UNKNOWN, end), (END_UNKNOWN, end + 1)]

    def _taken_apart(
        self, word: str, *, strict: bool, among: AbstractSet[int] | None = None
    ) -> tuple[list[_Row], list[_From]]:
        """The states after each letter of a word, and where each came from.

        `strict` takes known parts only, `among` are the tags that a part may have.
        """
        size = len(word)
        rows: list[_Row] = [{(EMPTY, START): 0.0}, *({} for _ in range(size))]
        came: list[_From] = [{} for _ in range(size + 1)]
        known, wide = self._parts, frozenset() if strict else self._open
        for i, row in enumerate(rows[:-1]):
            bound = _bound(row, _PARTS_WIDTH)
            kept = [
                (state, lp, self.LP_trans.get(state, {}))
                for state, lp in row.items()
                if lp >= bound
            ]
            for j in range(i + 1, size + 1) if kept else ():
                part = word[i:j]
                tags = known.get(part, _NONE)
                if wide and (j - i > _SHORT or size < _SHORT + 2):
                    tags = wide.union(tags)
                for tag in tags:
                    if among is not None and tag not in among:
                        continue
                    probable = None
                    for state, lp, following in kept:
                        step = following.get(tag)
                        if step is None:
                            continue
                        if probable is None:
                            probable = self.lp_m_t(part, tag, size, strict)
                        value, new = lp + step + probable, (state[1], tag)
                        if value > rows[j].get(new, _LEAST):
                            rows[j][new], came[j][new] = value, (state, i)
        return rows, came

    def _ends(
        self, row: _Row, only: int | None = None, into: dict[_State, _State] | None = None
    ) -> _Row:
        """The states after a word's last part; `into` learns which state each came from."""
        ends: _Row = {}
        for state, lp in row.items():
            for tag, step in self.LP_trans_final.get(state, ()):
                value, new = lp + step, (state[1], tag)
                fits = value > _LEAST and (only is None or tag == only)
                if fits and (new not in ends or value > ends[new]):
                    ends[new] = value
                    if into is not None:
                        into[new] = state
        return ends

    def tag_sent_viterbi(self, sent: list[str], casesensitive: bool = True) -> list[int]:
        """The most probable tags of the words of a sentence."""
        row: dict[_State, float] = {(EMPTY, START): 0.0}
        back: list[dict[_State, _State]] = []
        for i, word in enumerate(sent):
            tags = self._probabilities(word, casesensitive and i > 0)
            row, came = self._step(row, tags)
            back.append(came)
        ends = {s: lp + self.LP_trans_word[s].get(END, -math.inf) for s, lp in row.items()}
        state = max(ends, key=ends.__getitem__)
        found = []
        for came in reversed(back):
            found.append(state[1])
            state = came[state]
        return found[::-1]

    def _step(
        self, row: dict[_State, float], tags: dict[int, float]
    ) -> tuple[dict[_State, float], dict[_State, _State]]:
        """The states after one more word, and the state that each came from."""
        bound = _bound(row, _WIDTH)
        after: _Row = {}
        came: dict[_State, _State] = {}
        known = tags.items()
        for state, lp in row.items():
            if lp < bound:
                continue
            following: Any = self.LP_trans_word[state]
            last = state[1]
            for tag, probable in known or [(tag, 0.0) for tag in following if tag != END]:
                step = following.get(tag)
                if step is None:
                    continue
                value, new = lp + step + probable, (last, tag)
                if new not in after or value > after[new]:
                    after[new], came[new] = value, state
        return after, came


def _bound(row: _Row, width: int) -> float:
    """What a state must have to be followed: it is among the first ones, or nearly so."""
    return sorted(row.values(), reverse=True)[width] - 1 if len(row) > width else -math.inf


def _tags_of_parts(probable: dict[int, dict[str, float]]) -> dict[str, frozenset[int]]:
    """The tags that each known part of words may have."""
    found: dict[str, frozenset[int]] = {}
    same: dict[frozenset[int], frozenset[int]] = {}
    for tag, parts in probable.items():
        for part in parts:
            tags = found.get(part, _NONE) | {tag}
            found[part] = same.setdefault(tags, tags)
    return found
