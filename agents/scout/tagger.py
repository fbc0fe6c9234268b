"""HanTa's English model with a faster search for the best tags of a sentence.

HanTa tries every tag that may follow another one and then looks whether the word can have it; a
word has few tags and may be followed by dozens. Here the word's own tags go first: the tags found
are the same.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from HanTa.HanoverTagger import EMPTY, END, START, UNKNOWN, HanoverTagger

_WIDTH = 5
"""How many states are followed from word to word, and those nearly as good."""
_State = tuple[int, int]


class Tagger(HanoverTagger):  # type: ignore[misc]  # HanTa has no types
    """HanTa's tagger, which remembers what it found out about a word."""

    def __init__(self) -> None:
        super().__init__("morphmodel_en.pgz")
        self._probabilities = lru_cache(maxsize=8_192)(self._probable)

    def _probable(self, word: str, cased: bool) -> dict[int, float]:
        """The tags that a word may have; none means any."""
        found = self._tag_word(word, cutoff=5, casesensitive=cased, conditional=True)
        tags = dict(found)
        return {} if tags.keys() == {UNKNOWN} else tags

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
        bound = sorted(row.values(), reverse=True)[_WIDTH] - 1 if len(row) > _WIDTH else -math.inf
        after: dict[_State, float] = {}
        came: dict[_State, _State] = {}
        for state, lp in row.items():
            if lp < bound:
                continue
            following: Any = self.LP_trans_word[state]
            for tag in tags or following:
                step = following.get(tag)
                if step is None or tag == END:
                    continue
                value = lp + step + tags.get(tag, 0.0)
                new = (state[1], tag)
                if new not in after or value > after[new]:
                    after[new], came[new] = value, state
        return after, came
