"""The tagger finds the tags that HanTa finds."""

from __future__ import annotations

import pytest
from HanTa.HanoverTagger import HanoverTagger

from agents.scout import names, tagging
from agents.scout.tagger import Tagger
from tests.support.ideas import TEN


def test_the_faster_search_finds_the_tags_that_hanta_finds():
    ours, theirs = Tagger(), HanoverTagger("morphmodel_en.pgz")
    sentences = [*TEN.values()]
    sentences += ["Zyxq flurbs the Grommit.", "x", "( )", "A and B or C"]
    assert len(sentences) > len(TEN)
    for sentence in sentences:
        found = tagging.words(sentence)
        assert ours.tag_sent(found, taglevel=0) == theirs.tag_sent(found, taglevel=0), sentence


def test_a_word_is_taken_apart_as_hanta_does():
    ours, theirs = Tagger(), HanoverTagger("morphmodel_en.pgz")
    known = ["beekeepers", "unhappiest", "mended", "carvings", "reopening", "went", "ox", "I"]
    for word in [*known, "zyxqing", "flurbs", "grommitless", "e-bikes"]:
        assert dict(ours.analyze_forward(word)) == pytest.approx(dict(theirs.analyze_forward(word)))
        for tag in ("NN1", "NN2", "VVG", "VVD", "AJS", "PRP"):
            assert ours.analyze(word, pos=tag) == theirs.analyze(word, pos=tag), (word, tag)


def test_plurals_and_singulars_are_those_of_inflection():
    import inflection  # noqa: PLC0415  only to compare with

    for word in (
        "bus",
        "status",
        "category",
        "sheep",
        "leaf",
        "man",
        "quiz",
        "series",
        "Equipment",
        "analysis",
        "child",
        "ox",
        "tool",
        "media",
        "data",
        "news",
        "rice",
        "box",
    ):
        assert names.singular_of(word) == inflection.singularize(word)
        assert names.spoken_plural(word) == inflection.pluralize(word)
