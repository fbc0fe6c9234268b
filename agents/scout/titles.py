"""What the app is called where the idea gives it a name, and words as a name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contracts.scouting import Sentence

MAX_NAME = 40
WORDS = 5
"""Words of the longest quoted text that may be the app's name."""
_CALLED = re.compile(
    r"\b(?:called|named|titled|entitled|name is|call it|name it)[:,]?\s+"
    r"(?:[\"“”„«»](?P<quoted>[^\"“”„«»\n]{1,60})[\"“”«»]"
    # A single quote with a letter behind it is an apostrophe: Anna's Kitchen.
    r"|['‘’`](?P<single>(?:[^'‘’`\n]|['’](?=\w)){1,60})['’`]"
    r"|(?P<capitals>[A-Z0-9](?:[\w&.-]|['’](?=\w))*(?:\s+[A-Z0-9](?:[\w&-]|['’](?=\w))*){0,4})"
    r"|(?P<word>[a-z][\w-]{2,30})(?=\s*(?:[.,;:!?)]|$|where|that|which|for|with|to\b)))"
)
_QUOTED = re.compile(r"[\"“„«](?P<quoted>[A-Z][^\"“”„«»\n]{1,40})[\"”“»]")
_NAMED_PARTS = frozenset(
    ["field", "column", "status", "category", "page", "button", "role", "tab", "section", "list"]
)
_MAY_BE_ALL = frozenset({"page", "list"})
"""Parts that an idea may begin with and mean the app: a list called "Groceries"."""
_UNWANTED = re.compile(r"[^\w\s&'’.\-!+]")


def given(sentences: Sequence[Sentence]) -> tuple[str, int, str] | None:
    """The name that the idea itself gives, its sentence, and the text that gives it."""
    for sentence in sentences:
        for match in _CALLED.finditer(sentence.text):
            name = tidy(next(filter(None, match.groups())))
            if name and not _is_part(sentence.text[: match.start()]):
                return name, sentence.number, match[0]
    for sentence in sentences[:1]:
        for match in _QUOTED.finditer(sentence.text):
            name = tidy(match["quoted"])
            part = _is_part(sentence.text[: match.start()], but=_MAY_BE_ALL)
            if name and len(name.split()) <= WORDS and not part:
                return name, sentence.number, match[0]
    return None


def _is_part(before: str, but: frozenset[str] = frozenset()) -> bool:
    """Whether what stands before a name says that it is a part's: a status called "Open"."""
    return not (_NAMED_PARTS - but).isdisjoint(re.findall(r"[\w-]+", before.lower())[-2:])


def tidy(text: str) -> str:
    """A name without marks that have no place in one, at most 60 characters."""
    name = " ".join(_UNWANTED.sub(" ", text).split()).strip(" .-'’&+")
    name = name[:MAX_NAME].strip()
    return name[:1].upper() + name[1:] if any(c.isalnum() for c in name) else ""


def titled(words: Sequence[str]) -> str:
    """Words as a name, with initials such as CRM in capitals."""
    short = {"crm", "faq", "cv", "cms", "hr", "erp", "lms", "it"}
    name = " ".join(
        w.upper() if w.lower() in short else w[:1].upper() + w[1:] for w in words if w
    )  # fmt: skip
    return tidy(name.replace("_", " ")) or "My App"
