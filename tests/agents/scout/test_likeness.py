"""What the ideas that patterns come with say about words, and that this was counted of them."""

from __future__ import annotations

import pytest

from agents.scout import learning, likeness, patterns
from agents.scout.lexicon import LexiconError
from agents.scout.likeness import Counts, Likeness
from agents.scout.scout import scout

IDEAS = {
    "booking": ["Book a berth.", "A berth holds one boat.", "Berths for boats and a bed."],
    "tracker": ["Weigh a hive.", "Each hive is weighed.", "Hives by the boat."],
}


@pytest.fixture(scope="module")
def counted():
    return learning.counted(IDEAS)


def test_words_are_counted_once_for_an_idea_and_by_their_lemma(counted):
    assert counted.ideas == {"booking": 3, "tracker": 3}
    assert counted.words["berth"] == {"booking": 3}
    assert counted.words["hive"] == {"tracker": 3}
    assert counted.words["boat"] == {"booking": 2, "tracker": 1}


def test_what_one_idea_says_alone_tells_nothing(counted):
    assert "bed" not in counted.words
    assert Likeness(counted).of("bed") == {}


def test_a_word_speaks_for_the_kind_that_has_it_more_often_than_all(counted):
    like = Likeness(counted)
    assert set(like.of("berth")) == {"booking"}
    assert like.of("berth")["booking"] > like.of("boat")["booking"] > 0
    assert "tracker" not in like.of("boat")
    assert like.of("zebra") == {}


def test_words_of_every_idea_speak_for_none():
    like = Likeness(Counts({"booking": 3, "tracker": 3}, {"the": {"booking": 3}}))
    assert like.of("the") == {}


def test_a_word_is_evidence_when_several_ideas_of_a_kind_have_it(counted):
    like = Likeness(counted)
    assert like.tells("berth", "booking")
    assert not like.tells("boat", "booking")
    assert not like.tells("berth", "tracker")


def test_the_file_is_what_the_ideas_come_to():
    assert likeness.FILE.read_bytes() == learning.text_of(learning.shipped()), (
        "count them anew: python -m agents.scout.learning"
    )


def test_every_pattern_comes_with_ideas_and_none_is_there_twice():
    ideas = [
        each for key in patterns.catalogue() for each in learning.ideas_of(patterns.FOLDER / key)
    ]
    assert len(ideas) == len(set(ideas))
    for key in patterns.catalogue():
        assert len(learning.ideas_of(patterns.FOLDER / key)) >= 40


def test_a_folder_without_ideas_has_none(tmp_path):
    assert learning.ideas_of(tmp_path) == []


def test_a_file_that_cannot_be_read_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(likeness, "FILE", tmp_path / "likeness.json")
    likeness.likeness.cache_clear()
    with pytest.raises(LexiconError, match=r"python -m agents\.scout\.learning"):
        likeness.likeness()
    likeness.likeness.cache_clear()


@pytest.mark.parametrize(
    ("key", "idea"),
    [
        ("booking", "Two pianos, nine pupils: an hour each, never two in the same hour."),
        ("helpdesk", "The lift is stuck again: residents report it, the caretaker closes it."),
        ("finance", "Four of us share a flat: who paid what this month, and who owes whom."),
    ],
)  # fmt: skip
def test_an_idea_that_never_says_what_it_is_finds_its_kind(key, idea):
    assert scout(idea).ranking[0].key == key
