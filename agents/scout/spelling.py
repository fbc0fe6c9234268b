"""Slips of the pen in words that matter: "ingrediants" is read as "ingredients".

A word is mended only when the tagger has never seen it and exactly one word of Scout's own
tables is one slip away: a letter too many, too few, two swapped, or the wrong vowel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agents.scout import lexicon, names, patterns, tagging

SHORTEST = 6
"""Letters of the shortest word that is mended; below, real words lie too close together."""
_WORD = re.compile(rf"(?<![\w'-])[a-z]{{{SHORTEST},{tagging.MAX_WORD}}}(?![\w'-])")
_FULL = {"d": "would", "ll": "will", "re": "are", "ve": "have", "m": "am"}
_SHORT = re.compile(
    r"\b(i|we|you|he|she|it|they|who|that|there)['’](d|ll|re|ve|m)\b", re.IGNORECASE
)
_WHOLE = {
    "pls": "please", "plz": "please", "thx": "thanks", "tx": "thanks", "u": "you", "ur": "your",
    "ppl": "people", "msg": "message", "msgs": "messages", "pic": "picture", "pics": "pictures",
    "pix": "pictures", "vid": "video", "vids": "videos", "bday": "birthday", "bdays": "birthdays",
    "appt": "appointment", "appts": "appointments", "qty": "quantity", "amt": "amount",
    "addr": "address", "w/": "with", "w/o": "without", "b/c": "because", "cuz": "because",
    "wanna": "want to", "gonna": "going to", "gotta": "have to", "lotta": "lot of",
    "tmrw": "tomorrow", "yr": "year", "yrs": "years", "fav": "favourite", "favs": "favourites",
    "faves": "favourites", "fave": "favourite", "rn": "now", "tbh": "honestly", "dunno": "know",
    "hr": "hour", "hrs": "hours", "min": "minute", "mins": "minutes", "wk": "week",
    "wks": "weeks", "mth": "month", "mths": "months", "pcs": "pieces", "regs": "registrations",
    "kinda": "rather", "sorta": "rather", "imo": "honestly", "btw": "besides",
}  # fmt: skip
"""What people type in chats and notes; in capitals, it may be a name, as HR."""
_LONGEST_FIRST = "|".join(sorted(map(re.escape, _WHOLE), key=len, reverse=True))
_TYPED = re.compile(rf"(?<![\w/'’.-])(?:{_LONGEST_FIRST})(?![\w/'’-])")
_EXAMPLE = re.compile(
    r"(?<=[(,] )(?:for example|for instance),? (?=\w)|(?<=\()(?:for example|for instance),? (?=\w)"
    r"|\be\. ?g\.,? ?(?=\w)",
    re.IGNORECASE,
)
"""What says that examples follow."""
_TRACK = re.compile(r"\bkeep(s|ing)? (?:a )?(?:track|records?|notes?) of\b", re.IGNORECASE)
"""Who keeps track of something records it: there are no tracks."""
_COMPOUND = re.compile(
    r"\b(pick|drop|sign|check|follow|hand|clean|back|start|warm|cool) (up|off|in|out|over|down)"
    r"(?= (?:place|point|spot|location|station|site|desk|sheet|list|day|date|slot|window|call|visit"
    r"|letter|note|area|room|action|party|routine|exercise)s?\b)"
)
"""A verb and its particle in front of a noun that they describe: "a pick up place"."""
_VOWELS = "aeiouy"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def mended(text: str) -> str:
    """The text with the slips taken out and short forms such as "we'd" in full, line by line."""
    full = text
    if "'" in text or "’" in text:
        full = _SHORT.sub(lambda match: f"{match[1]} {_FULL[match[2].lower()]}", full)
    full = _TRACK.sub(lambda match: f"record{match[1] or ''}", full)
    full = _TYPED.sub(lambda match: _WHOLE[match[0]], _EXAMPLE.sub("such as ", full))
    spelt = _WORD.sub(lambda match: _mended(match[0]), full)
    return _COMPOUND.sub(r"\1-\2", spelt)


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    vocabulary = _vocabulary()
    if tagging.is_common(word) or word in vocabulary:
        return word
    single = names.singular_of(word)
    roles = lexicon.words().people.roles
    if tagging.is_common(single) or single in vocabulary or single in roles:
        return word
    ending = "s" if word.endswith("s") else ""
    near = {found for found in _slips(word.removesuffix("s")) if found in vocabulary}
    return f"{near.pop()}{ending}" if len(near) == 1 else word


def _slips(word: str) -> Iterator[str]:
    """All words that are one slip away; the first letter is always right."""
    for i in range(1, len(word) + 1):
        start, rest = word[:i], word[i:]
        yield start + rest[1:]
        yield from (start + letter + rest for letter in _LETTERS)
        if len(rest) > 1:
            yield start + rest[1] + rest[0] + rest[2:]
        if rest and rest[0] in _VOWELS:
            yield from (start + vowel + rest[1:] for vowel in _VOWELS if vowel != rest[0])


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    """The words of at least six letters that mean something to Scout."""
    texts: list[str] = []
    for pattern in patterns.catalogue().values():
        texts += [*pattern.keywords, *pattern.entities, *pattern.roles]
        for draft in pattern.entities.values():
            texts += [*draft.synonyms, *draft.fields]
    texts += [p for feature in lexicon.features().values() for p in feature.phrases]
    texts += [w for found in lexicon.field_words().words.values() for w in found]
    found = {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}
    return frozenset(word for word in found if len(word) >= SHORTEST - 1)
