"""A pattern is tried only where one of its words stands, and misses nothing by that."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from agents.scout import happenings, implied, left_out, wishes
from agents.scout.sentences import plain, split
from agents.scout.tagging import words
from agents.scout.telltale import Telltale

OPEN = Path(__file__).parents[2] / "ideas" / "open"
PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": each
    for module in (happenings, implied, left_out, wishes)
    for name, each in vars(module).items()
    if isinstance(each, Telltale)
}


@lru_cache(maxsize=1)
def sentences() -> tuple[str, ...]:
    """Those of all ideas in lower case, as they stand and with spaces between words and marks."""
    texts = ["What to buy is written down, bottles are kept in several places."]
    texts += [tomllib.loads(file.read_text("utf-8"))["text"] for file in OPEN.glob("*.toml")]
    found = {plain(each.text).lower() for text in texts for each in split(text)}
    return tuple(found | {" ".join(words(each)) for each in found})


@pytest.mark.parametrize("name", PATTERNS)
def test_whatever_a_pattern_matches_has_one_of_its_words(name):
    tried = PATTERNS[name]
    matched = [text for text in sentences() if tried.pattern.search(text)]
    assert matched
    assert [text for text in matched if tried.search(text) is None] == []


def test_without_its_words_a_text_is_not_searched():
    tried = Telltale("a+", "b")
    assert tried.search("aa") is None
    found = tried.search("aab")
    assert found is not None
    assert found[0] == "aa"
