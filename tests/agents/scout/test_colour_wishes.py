"""Which mentions of a colour are wishes, by the cues around them and what these weigh."""

from __future__ import annotations

import msgspec
import pytest

from agents.scout import colour_learning
from agents.scout.colour_cues import Place, around, cues
from agents.scout.colour_learning import Labelled, example, fits, is_right, learnt, texts
from agents.scout.colour_wishes import Weights, mentions, weights, wishes
from agents.scout.coloured import coloured
from agents.scout.colours import colours_in
from agents.scout.sentences import split

PLACE = Place(first=False, last=True, coloured=1)


def cues_of(text: str) -> frozenset[str]:
    pieces = text.split()
    found = colours_in(pieces, loose=True)
    return cues(around(pieces, found, PLACE), 0, "")


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("the app should be navy .", "gov:be+modal/app"),
        ("our kayaks are navy .", "gov:be/thing"),
        ("navy for the site", "of:for/app"),
        ("navy kayaks", "next:thing"),
        ("but navy", "contrasted"),
        ("navy !", "alone"),
        ("kayaks , oars and , navy", "opens:,"),
        ("not navy", "denied"),
        ("pumpkin is a soup", "is:material"),
    ],
)
def test_a_cue_tells_what_stands_around_a_colour(text, cue):
    assert cue in cues_of(text)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("our kayaks are navy .", "gov:be+modal/app"),
        ("the app should be navy .", "gov:be/thing"),
        ("navy", "denied"),
        ("so let us take navy", "alone"),
    ],
)
def test_a_cue_is_left_out_where_there_is_nothing_of_the_kind(text, cue):
    assert cue not in cues_of(text)


def test_the_cues_that_a_mention_has_are_summed():
    text = "The app should be navy."
    found = mentions(coloured(split(text)), 1)
    by = Weights(1.0, 0.5, {"gov:be+modal/app": 0.75, "gov:be/thing": -9.0})
    assert [wish.score for wish in wishes(found, by)] == [1.25]
    assert wishes(found, msgspec.structs.replace(by, least=1.5)) == []


def test_wishes_are_learnt_from_labelled_texts():
    yes = [f"Keep {each}. The app should be navy." for each in ("kayaks", "oars", "keys")]
    no = [f"Keep {each}. The kayaks of the club are navy." for each in ("keys", "oars", "bags")]
    told = [Labelled(text, primary="#000080") for text in yes] + [Labelled(text) for text in no]
    by = learnt([example(each) for each in told])
    assert is_right(example(Labelled("Keep pets. The site should be teal.", primary="#008080")), by)
    assert is_right(example(Labelled("Keep pets. The boats of the club are teal.")), by)


def test_the_weights_that_are_shipped_read_most_of_the_texts_they_come_from():
    found = [example(each) for each in texts()]
    right = sum(is_right(each, weights()) for each in found)
    assert right > 0.9 * len(found)


def test_a_label_names_a_colour_or_one_like_it():
    assert fits("#000080", "#000080")
    assert not fits("#000080", "#000081")
    assert fits("near #000080", "#000a90")
    assert not fits("near #000080", "#ffffff")
    assert not fits("#000080", None)
    assert fits(None, "#123456")


def test_the_file_of_weights_reads_as_what_was_learnt():
    made = Weights(-0.5, 0.25, {"l1:be": 0.5, 'l1="': -1.0})
    assert msgspec.json.decode(colour_learning.text_of(made), type=Weights) == made
