"""Words with their part of speech and lemma, by HanTa's English model.

The model is loaded when first used (about 0.5 s with numpy) and shared by all threads.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from agents.scout import lexicon

MAX_WORD = 32
"""Longest word in characters that is given to the tagger, whose cost grows with the square."""

INITIALS = 3
"""Letters of the longest word in capitals that is taken for initials, such as LMS."""

_WORD = re.compile(r"[^\W_]+(?:['-](?!s\b)[^\W_]+)*|'s\b|[^\w\s]|_")
_LOCK = threading.Lock()
_RELATIVE = frozenset({"which", "that", "who", "where", "whose", "when"})
_BE_AND_HAVE = frozenset({"be", "have", "do", "can", "may", "will"})


class Token(Struct, frozen=True):
    """A word in its sentence.

    `kind` is noun, verb, modal, adjective, determiner, preposition, pronoun, relative,
    conjunction, number, to, possessive, mark or other; `tag` is HanTa's own (BNC C5).
    """

    text: str
    lemma: str
    kind: str
    tag: str
    plural: bool = False


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
        lemmas = [_lemma(word, pos) for word, pos in zip(readable, tags, strict=True)]
    tokens = [
        _token(word, lemma, pos) if word == seen else _unknown(word)
        for word, seen, lemma, pos in zip(found, readable, lemmas, tags, strict=True)
    ]
    return tuple(_corrected(tokens))


@lru_cache(maxsize=16_384)
def _lemma(word: str, pos: str) -> str:
    """The lemma of a word as a part of speech: half of what reading costs when asked each time."""
    return str(_tagger().analyze(word, pos=pos, taglevel=1)[0])


def _unknown(word: str) -> Token:
    kind = "mark" if not word[0].isalnum() else "other"
    return Token(word, word.lower(), kind, "X")


@lru_cache(maxsize=16_384)
def _token(word: str, lemma: str, pos: str) -> Token:
    if word == "'s":
        return Token(word, word, "possessive", pos)
    kind = _KINDS.get(pos[:2], "other")
    if lemma.endswith("zze"):
        lemma = lemma[:-2]
    if word.lower() == "cannot" or word.lower().endswith("n't"):
        return Token(word, word.lower(), "modal", "VM0")
    if not word[0].isalpha():
        kind = "number" if word[0].isdigit() else "mark"
    if word.lower() in _RELATIVE:
        kind = "relative"
    if _is_one(word, lemma):
        return Token(word, word.lower(), kind, pos)
    return Token(word, lemma.lower().strip("-'") or word.lower(), kind, pos, pos == "NN2")


def _is_one(word: str, lemma: str) -> bool:
    """Whether only the end of the word looks like a plural: an LMS is not several LM."""
    initials = word.isupper() and len(word) <= INITIALS
    stop = lexicon.words().nouns.stop
    return word[-1:] in "sS" and (initials or (word.lower() in stop and lemma not in stop))


def _corrected(tokens: list[Token]) -> list[Token]:
    """Mend what the tagger gets wrong in the clipped style of ideas."""
    doing = _doing()
    heads = lexicon.words().nouns.heads
    result: list[Token] = []
    for i, token in enumerate(tokens):
        before = result[-1] if result else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        lower = token.text.lower()
        opens = before is None or (before.kind == "mark" and before.text in ".:;-\"'")
        if (
            token.kind in {"noun", "adjective"}
            and lower in doing
            and (opens or _is_verbal(before))
            and after is not None
            and (after.plural or after.kind in {"determiner", "pronoun"} or after.text == ",")
        ) or ((token.kind == "noun" or lower == "post") and _does(tokens, i, result)):
            result.append(Token(token.text, lower, "verb", "VVB"))
        elif (
            token.tag == "VVZ"
            and after is not None
            and after.kind == "noun"
            and after.text.lower() in heads
        ) or (token.tag == "VVZ" and before is not None and before.kind == "determiner"):
            result.append(Token(token.text, token.lemma, "noun", "NN2", plural=True))
        else:
            result.append(token)
    return result


@lru_cache(maxsize=1)
def _acting() -> frozenset[str]:
    """Verbs that are nouns as well and leave records alone."""
    return lexicon.words().verbs.acting


@lru_cache(maxsize=1)
def _doing() -> frozenset[str]:
    """Verbs that matter: what is done to records, and what asks for a feature as a verb only."""
    verbs = lexicon.words().verbs
    phrases = [phrase for found in lexicon.features().values() for phrase in found.phrases]
    asking = {phrase.removesuffix("/verb") for phrase in phrases if phrase.endswith("/verb")}
    return verbs.create | verbs.read | verbs.update | verbs.delete | verbs.manage | asking


def _does(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """“Students enrol and ...”, “we vote on films”, “plan meals”: a verb that looks like a noun."""
    token = tokens[i]
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    lower = token.text.lower()
    if after is None or token.plural or not (lower in _doing() or lower in _acting()):
        return False
    before = earlier[-1] if earlier else None
    if before is None or before.text in _OPENING:
        return _commands(tokens, i)
    if before.kind == "modal" or (before.kind in {"to", "pronoun"} and _has_object(tokens, i)):
        return after.lemma not in lexicon.words().nouns.heads
    if before.text.lower() in {"and", ",", "or"}:
        return after.plural and any(t.kind == "verb" for t in earlier)
    subject = _subject(earlier)
    if subject is None or _acted(earlier):
        return False
    joined = after.kind in {"conjunction", "determiner", "preposition"} or after.plural
    people = _is_people(subject) or subject.kind == "pronoun"
    return joined or after.text == "," or (people and _has_object(tokens, i))


_OPENING = frozenset(".:;-\"'")
_PARTICLES = frozenset({"up", "in", "off", "out", "for", "on", "to", "with", "over", "between"})
_LETTING = frozenset({"let", "help", "make"})
_LINKS = frozenset({"of", "in", "from", "at"})


def _subject(earlier: Sequence[Token]) -> Token | None:
    """Who does something: the plural or pronoun that the words before a verb begin with."""
    i = len(earlier) - 1
    while i > 0 and earlier[i].kind == "other":
        i -= 1
    if earlier[i].plural or (earlier[i].kind == "pronoun" and _is_person(earlier[i])):
        return earlier[i]
    while i > 0 and earlier[i].kind in {"noun", "adjective", "determiner", "possessive"}:
        i -= 1
    linked = earlier[i].text.lower() in _LINKS and i < len(earlier) - 1
    return earlier[i - 1] if linked and i and earlier[i - 1].plural else None


def _is_person(token: Token) -> bool:
    return token.text.lower() in {"i", "we", "you", "they", "who"}


def _acted(earlier: Sequence[Token]) -> bool:
    """Whether the clause has its verb already: then what follows is a noun."""
    for token in reversed(earlier):
        if token.kind in {"mark", "conjunction", "relative"}:
            return False
        if token.kind in {"verb", "modal"}:
            return token.tag not in {"VVG", "VVN"} and token.lemma not in _LETTING
    return False


def _object_end(tokens: Sequence[Token], i: int) -> int:
    """Where the noun phrase behind a token ends; the next position when there is none."""
    end = i + 1
    while end < len(tokens) and (
        tokens[end].kind in {"noun", "adjective", "determiner", "number", "possessive"}
        or tokens[end].tag == "VVG"
    ):
        end += 1
        ended = tokens[end - 1].kind == "noun" and tokens[end : end + 1]
        if tokens[end - 1].plural or (ended and ended[0].kind != "noun"):
            break
    return end


def _has_object(tokens: Sequence[Token], i: int) -> bool:
    """“Members book tennis courts”, but not “the members list page”."""
    end = _object_end(tokens, i)
    if end == i + 1:
        return tokens[end].text.lower() in _PARTICLES if end < len(tokens) else False
    nouns = lexicon.words().nouns
    last = tokens[end - 1]
    return last.plural or (last.kind == "noun" and last.lemma not in nouns.heads | nouns.apps)


def _commands(tokens: Sequence[Token], i: int) -> bool:
    """“Plan meals”, “order bread online”, but not “order form” and not “book club”."""
    end = _object_end(tokens, i)
    if end == i + 1 or not _has_object(tokens, i):
        return False
    behind = tokens[end].text.lower() if end < len(tokens) else ""
    return tokens[end - 1].plural or behind in {"from", "online", "by", "via"}


def _is_people(token: Token) -> bool:
    people = lexicon.words().people
    return token.lemma in people.member | people.guest | people.admin | people.roles


def _is_verbal(token: Token | None) -> bool:
    """Whether a base form may follow: after a modal, "to", a pronoun or another verb."""
    if token is None:
        return False
    return token.kind in {"modal", "to", "pronoun"} or (
        token.kind == "verb" and token.lemma in _BE_AND_HAVE
    )
