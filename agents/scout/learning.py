"""`python -m agents.scout.learning`: count the words of the ideas that patterns come with.

Each pattern may have a file `ideas.txt`: ideas of its kind, divided by empty lines, in as many
trades and as many ways of speaking as possible. Its examples count too.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from agents.scout import lexicon, pages, patterns, ranking
from agents.scout.likeness import FILE, Counts

OFTEN = 2
"""Ideas that must have a word: what one person says once tells nothing of a kind."""
OFTEN_TOGETHER = 3
"""Ideas that must have two words side by side."""


def ideas_of(folder: Path) -> list[str]:
    """The ideas in a pattern's folder; none where it has no such file."""
    file = folder / "ideas.txt"
    if not file.exists():
        return []
    texts = file.read_text(encoding="utf-8").split("\n\n")
    return [text.strip() for text in texts if text.strip()]


def counted(ideas: Mapping[str, Iterable[str]]) -> Counts:
    """In how many of each pattern's ideas each word stands, for words of some ideas."""
    numbers: dict[str, int] = {}
    words: dict[str, Counter[str]] = {}
    for key, texts in ideas.items():
        numbers[key] = 0
        for text in texts:
            numbers[key] += 1
            for word in set(_words(text)):
                words.setdefault(word, Counter())[key] += 1
    often = sorted(word for word, found in words.items() if found.total() >= _enough(word))
    return Counts(numbers, {word: dict(sorted(words[word].items())) for word in often})


def _enough(word: str) -> int:
    return OFTEN_TOGETHER if " " in word else OFTEN


def _words(idea: str) -> Iterator[str]:
    skip = lexicon.words().boilerplate.words
    for said in pages.query(pages.prepare(idea)).values():
        words = [each.removeprefix(ranking.UNSAID) for each in said]
        for word in ranking.ngrams(words):
            if word not in skip and len(word) > 1 and not word.isdigit():
                yield word


def shipped() -> Counts:
    """Of the ideas that come with Genesis."""
    return counted(
        {
            key: [*ideas_of(patterns.FOLDER / key), *pattern.examples]
            for key, pattern in patterns.catalogue().items()
        }
    )


def text_of(counts: Counts) -> bytes:
    """The file, a word a line, so that a change shows what changed."""
    lines = b",\n".join(
        msgspec.json.encode(word) + b":" + msgspec.json.encode(found)
        for word, found in counts.words.items()
    )
    ideas = msgspec.json.encode(counts.ideas)
    return b'{"ideas":' + ideas + b',\n"words":{\n' + lines + b"\n}}\n"


if __name__ == "__main__":
    made = shipped()
    FILE.write_bytes(text_of(made))
    sys.stdout.write(f"{len(made.words)} words of {sum(made.ideas.values())} ideas: {FILE}\n")
