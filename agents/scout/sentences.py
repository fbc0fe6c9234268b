"""Text as people type it, cut into sentences.

Errors:
    UnreadableIdea   nothing in the text is a word
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from contracts.scouting import Sentence

_TAG = re.compile(r"<[^<>]{0,400}>")
_CODE = re.compile(r"<(script|style)\b[^>]*>.{0,4000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BULLET = re.compile(r"^\s*(?:[-*•‣▪–—+]|\(?\d{1,3}[.)])\s+")
_LABELLED = re.compile(r"^[A-Za-z][\w'-]*(?: [\w'-]+){0,2}: +\S")
"""“batch: date, weight”: below another such line it begins anew, also in lower case."""
_END = re.compile(r"(?<=[.!?;])[\"'”’)\]]*\s+|(?<=[。！？；])")
_TELLER = re.compile(r"As (?:an? |the |our )?[\w' -]+,?$")
"""The first line of a story: "As a beekeeper"; the next says what "I want"."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|approx|incl|no|st)\.)$", re.IGNORECASE
)
_ABBREVIATED = 8
"""Characters that show whether a text ends in an abbreviation: the longest and one before it."""
_ASIDE = 200
"""Characters of the longest words in parentheses."""
LONGEST = 1_000
"""Characters of the longest sentence; what goes on without a full stop is cut between words.

Reading costs more than twice as much for a sentence of twice the length: 32,000 characters in one
would take minutes."""


class UnreadableIdea(ValueError):
    """Nothing in the text is a word."""


def clean(text: str) -> str:
    """The text in composed form (NFC) without control characters other than line ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (
        c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} else " "
        for c in text
    )
    return "".join(kept).strip()


_AND_SO_ON = re.compile(r",?\s*(?:\.\.\.|…|\betc\b\.?|\band so on)\s*\)")
"""What ends the examples in parentheses."""


def plain(text: str) -> str:
    """The text without HTML tags and accents, quotes made straight: what the tagger reads."""
    if "<" in text:
        text = _TAG.sub(" ", _CODE.sub(" ", text))
    if ")" in text:
        text = _AND_SO_ON.sub(")", text)
    if text.isascii():
        return text
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def split(text: str) -> tuple[Sentence, ...]:
    """Sentences numbered from 1; every line of a list is one.

    Raises UnreadableIdea when the text holds no letter at all.
    """
    if not any(c.isalpha() for c in text):
        raise UnreadableIdea("the idea holds no words")
    found = [part for block in _blocks(text) for part in _parts(block)]
    return tuple(Sentence(number=i, text=part) for i, part in enumerate(found, start=1))


def _blocks(text: str) -> list[str]:
    blocks: list[str] = []
    open_line = False
    for line in text.split("\n"):
        stripped = _BULLET.sub("", line).strip()
        if not stripped:
            open_line = False
            continue
        labelled = _LABELLED.match(stripped) and blocks and _LABELLED.match(blocks[-1])
        told = stripped[:1].islower() and not labelled
        wished = bool(blocks) and stripped[:2] == "I " and _TELLER.match(blocks[-1])
        continues = open_line and not _BULLET.match(line) and bool(told or wished)
        if continues:
            blocks[-1] = f"{blocks[-1]} {stripped}"
        else:
            blocks.append(stripped)
        open_line = stripped[-1] not in ".!?;:"
    return blocks


def _parts(block: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _END.finditer(block):
        if _ABBREVIATION.search(block[max(start, match.start() - _ABBREVIATED) : match.start()]):
            continue
        if block[match.start() - 1] == ";" and _is_inside(block, start, match.start()):
            continue
        parts += _cut(block[start : match.end()].strip())
        start = match.end()
    parts += _cut(block[start:].strip())
    return [part for part in parts if any(c.isalnum() for c in part)]


def _is_inside(block: str, start: int, place: int) -> bool:
    """Whether a place is between parentheses: "grape (white: riesling; red: pinot)"."""
    opened = block.count("(", start, place) > block.count(")", start, place)
    return opened and ")" in block[place : place + _ASIDE]


def _cut(part: str) -> Iterator[str]:
    """The part in pieces that are not too long, where possible cut between words."""
    while len(part) > LONGEST:
        space = part.rfind(" ", 0, LONGEST)
        end = space if space > 0 else LONGEST
        yield part[:end].rstrip()
        part = part[end:].lstrip()
    yield part
