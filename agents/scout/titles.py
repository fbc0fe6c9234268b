"""What the app is called: the name that the idea gives it, else one made of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import inflection

from agents.scout import lexicon, mentions
from agents.scout.known import Known
from agents.scout.reading import Chunk, Reading
from contracts.scouting import CandidateEntity, Sentence

MAX_NAME = 60
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
_THINGS = frozenset({("desk",), ("box",), ("book",), ("board",), ("guide",), ("log",)})
"""Words for apps that by themselves are things in one."""
_UNWANTED = re.compile(r"[^\w\s&'’.\-!+]")
_VAGUE = frozenset(
    [
        "app",
        "application",
        "website",
        "site",
        "platform",
        "system",
        "tool",
        "service",
        "page",
        "software",
        "webapp",
        "web",
        "portal",
        "program",
        "programme",
        "solution",
        "mvp",
        "crud",
    ]
)


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


def derived(
    readings: Sequence[Reading], known: Known, candidates: Sequence[CandidateEntity], default: str
) -> str:
    """A name from the words that say what the app is, such as "Recipe Box"."""
    nouns = lexicon.words().nouns
    for reading in readings[:2]:
        for chunk in reading.chunks:
            if chunk.head not in nouns.apps | nouns.heads or chunk.words in _THINGS:
                continue
            words = [w for w in chunk.words if w not in _VAGUE and w not in {"web", "simple"}]
            if len(words) > 1 and len(words) == len(chunk.words):
                return _titled(words[-3:])
            if (about := _about(reading, chunk, known)) is not None:
                return _titled([*about, chunk.head] if chunk.head not in _VAGUE else _many(about))
            if words and words[0] not in nouns.heads | nouns.apps:
                whole = words[-1] in nouns.heads | nouns.apps
                return _titled(words[-3:] if whole else _many(tuple(words[-2:])))
            if words:
                return _titled(words)
    if candidates:
        return _titled(_many(candidates[0].words))
    return default


def _about(reading: Reading, app: Chunk, known: Known) -> tuple[str, ...] | None:
    for chunk in reading.chunks:
        if chunk.start >= app.end and mentions.carries_app(reading, chunk):
            words = mentions.entity_words(chunk, known)
            if words and not mentions.is_person(words):
                return words[-2:]
    return None


def _many(words: tuple[str, ...]) -> list[str]:
    return [*words[:-1], inflection.pluralize(words[-1])]


def _titled(words: Sequence[str]) -> str:
    short = {"crm", "faq", "cv", "cms", "hr", "erp", "lms", "it"}
    name = " ".join(w.upper() if w in short else w[:1].upper() + w[1:] for w in words)
    return tidy(name.replace("_", " ")) or "My App"
