"""Which language an idea is written in: by script, else by its commonest words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_COMMON = {
    "en": "a an and the of to in for is are with that where my i we can should it they on want"
    " be has have from by at all no not or who this me users people",
    "de": "der die das und ein eine ich wir mit für soll kann nicht von zu den dem meine auf wo",
    "fr": "le la les et un une je nous avec pour des du est dans sur mes qui que pas où ma mon",
    "es": "el la los las y un una yo con para de del es en que mis quiero donde por mi se su",
    "it": "il lo la gli le e un una io con per di del è in che mie voglio dove non si mio",
    "pt": "o a os as e um uma eu com para de do da é em que meus quero onde não se meu minha",
    "nl": "de het een en ik wij met voor van is in op dat mijn waar niet te zijn wil kan",
    "pl": "i w na z do się nie to jest dla o moje gdzie który chcę aplikacja moich oraz",
    "sv": "och en ett jag vi med för av är i på som min mina där inte att vill kan ska",
}
_SCRIPTS = {
    "CYRILLIC": "ru", "CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko",
    "ARABIC": "ar", "HEBREW": "he", "GREEK": "el", "DEVANAGARI": "hi", "THAI": "th",
}  # fmt: skip
NAMES = {
    "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "sv": "Swedish", "ru": "Cyrillic script", "zh": "Chinese",
    "ja": "Japanese", "ko": "Korean", "ar": "Arabic", "he": "Hebrew", "el": "Greek",
    "hi": "Devanagari script", "th": "Thai",
}  # fmt: skip
TELLING = 3
"""Letters of the shortest word that tells a language by itself."""
_ENGLISH_TOO = frozenset(
    ["a", "an", "at", "con", "die", "do", "i", "in", "is", "me", "no", "on", "per", "to", "was"]
)
"""Words that are common elsewhere and nothing odd in an English sentence either."""
_SETS = {
    code: frozenset(words.split()) - (_ENGLISH_TOO if code != "en" else frozenset())
    for code, words in _COMMON.items()
}


def detect(text: str) -> str:
    """A two-letter code; "en" also when nothing speaks against it."""
    letters = [c for c in text if c.isalpha()]
    scripts = Counter(unicodedata.name(c, "").split(" ")[0] for c in letters if not c.isascii())
    for script, code in _SCRIPTS.items():
        if scripts[script] * 3 > len(letters):
            return "ja" if code == "zh" and scripts["HIRAGANA"] else code
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    scores = {
        code: sum(words[word] for word in words.keys() & common) for code, common in _SETS.items()
    }
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    telling = any(len(word) >= TELLING and word in _SETS[best] for word in words)
    sure = scores[best] > scores["en"] + 1 or (not scores["en"] and telling)
    return best if sure else "en"
