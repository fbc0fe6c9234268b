"""Words with their part of speech and lemma, by HanTa's English model.

The model is loaded when first used (about 0.5 s with numpy) and shared by all threads.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any

from agents.scout import lexicon, names
from agents.scout.corrections import corrected
from agents.scout.tokens import Token

MAX_WORD = 32
"""Longest word in characters that is given to the tagger, whose cost grows with the square."""

INITIALS = 3
"""Letters of the longest word in capitals that is taken for initials, such as LMS."""

_HISSING = ("s", "x", "z", "ch", "sh", "o")
"""Ends of nouns whose plural takes more than an s."""

_WORD = re.compile(r"[^\W_]+(?:['-](?!s\b)[^\W_]+)*|'s\b|[^\w\s]|_")
_LOCK = threading.Lock()
_RELATIVE = frozenset({"which", "that", "who", "where", "whose", "when"})


_KINDS = {
    "NN": "noun", "NP": "noun", "UN": "noun", "VV": "verb", "VB": "verb", "VH": "verb",
    "VD": "verb", "VM": "modal", "AJ": "adjective", "AT": "determiner", "DP": "determiner",
    "DT": "determiner", "PR": "preposition", "PN": "pronoun", "CJ": "conjunction",
    "CR": "number", "PU": "mark", "TO": "to", "OR": "adjective",
}  # fmt: skip


@lru_cache(maxsize=1)
def _tagger() -> Any:
    from agents.scout.tagger import Tagger  # noqa: PLC0415  half a second that only an idea needs

    return Tagger()


def words(text: str) -> list[str]:
    """Words and punctuation marks in order."""
    return _WORD.findall(text)


def places(text: str) -> tuple[int, ...]:
    """Where each of the words begins."""
    return tuple(match.start() for match in _WORD.finditer(text))


def is_not(word: str) -> bool:
    """Whether a word says no to the verb after it: "not", "cannot", "don't", "never"."""
    return word in {"not", "cannot", "never"} or word.endswith("n't")


def is_common(word: str) -> bool:
    """Whether the tagger was taught the word itself, and does not only guess what it is."""
    return word in _tagger().cache


def tag(text: str) -> tuple[Token, ...]:
    """The tokens of one sentence."""
    found = words(text)
    readable = [w if len(w) <= MAX_WORD and w.isascii() else "thing" for w in found]
    if not readable:
        return ()
    with _LOCK:
        tags = _tagger().tag_sent(readable, taglevel=0)
        lemmas = [_lemma(word.lower(), pos) for word, pos in zip(readable, tags, strict=True)]
    tokens = [
        _token(word, lemma, pos) if word == seen else _unknown(word)
        for word, seen, lemma, pos in zip(found, readable, lemmas, tags, strict=True)
    ]
    return tuple(corrected(tokens))


@lru_cache(maxsize=16_384)
def _lemma(word: str, pos: str) -> str:
    """The lemma of a word in lower case as a part of speech: costly when asked each time."""
    return str(_tagger().analyze(word, pos=pos, taglevel=1)[0])


def _unknown(word: str) -> Token:
    kind = "mark" if not word[0].isalnum() else "other"
    return Token(word, word.lower(), kind, "X")


@lru_cache(maxsize=16_384)
def _token(word: str, lemma: str, pos: str) -> Token:
    if word == "'s":
        return Token(word, word, "possessive", pos)
    if pos == "VVG" and word[-1:] == "s":
        # A capital at the start of a sentence leads the tagger astray.
        pos, lemma = "NN2", names.singular_of(word.lower())
    if pos == "NN2" and word.endswith("er") and not lemma.endswith("er"):
        # An asker is one who asks, not several of "ask".
        pos, lemma = "NP0" if word[0].isupper() else "NN1", word.lower()
    pos, lemma = _counted(word.lower(), lemma, pos)
    kind = _KINDS.get(pos[:2], "other")
    if lemma.endswith("zze"):
        lemma = lemma[:-2]
    lemma = _one_of(word.lower(), lemma, pos)
    if word.lower() == "cannot" or word.lower().endswith("n't"):
        return Token(word, word.lower(), "modal", "VM0")
    if not word[0].isalpha():
        kind = "number" if word[0].isdigit() else "mark"
    if word.lower() in _RELATIVE:
        kind = "relative"
    if _is_one(word, lemma):
        return Token(word, word.lower(), kind, pos)
    return Token(word, lemma.lower().strip("-'") or word.lower(), kind, pos, pos == "NN2")


def _counted(word: str, lemma: str, pos: str) -> tuple[str, str]:
    """Its tag and lemma; a rare word only looks like several: “luge”, “tinnitus”."""
    if pos == "NP0" and word.endswith("days"):
        return "NN2", word[:-1]
    if pos != "NN2" or is_common(word) or is_common(lemma):
        return pos, lemma
    one = word.endswith(("ss", "us")) or (word.endswith("e") and lemma == word[:-1])
    return ("NN1", word) if one else (pos, lemma)


def _one_of(word: str, lemma: str, pos: str) -> str:
    """The lemma of a word; of "midwives" and "skis" as one has them, not as they end."""
    if pos == "NN2" and word.endswith("ves"):
        return names.singular_of(word)
    if pos == "NN2" and word.endswith("is") and lemma.endswith("y"):
        return word[:-1]
    if pos == "NN2" and word == f"{lemma}es" and not lemma.endswith(_HISSING):
        return word[:-1]
    if word.endswith("ies") and lemma.endswith("ie") and not _is_known(lemma):
        return f"{lemma[:-2]}y"
    return lemma


def _is_known(lemma: str) -> bool:
    return is_common(lemma) or lemma in lexicon.noun_classes().measures


def _is_one(word: str, lemma: str) -> bool:
    """Whether only the end of the word looks like a plural: an LMS is not several LM."""
    initials = word.isupper() and len(word) <= INITIALS
    stop = lexicon.words().nouns.stop
    return word[-1:] in "sS" and (initials or (word.lower() in stop and lemma not in stop))
