"""What an idea is about is kept, though it is hardly said as a noun of its own."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.scout.scout import scout
from tests.support.likeness import pairs, records

IDEAS = [
    ("stamps i own: country, year, face value, used or unused, scan of it", "stamp"),
    ("i collect airline sick bags - airline, year, country, mint or used", "bag"),
    ("Skips for hire: sizes, day price, when it is brought and fetched", "skip"),
    ("An app for my cactus collection: species, pot size, last repotted, photo", "cactus"),
    ("a catalogue of doors (yes, doors) that I photograph in old towns: town, colour", "door"),
    ("a map of places with a nappy changing table, anybody can add one", "place|table"),
    ("Chimney sweep round: houses, flues in each house, when last swept", "flue"),
    ("People ring us as a parking meter ate their coins. They pick the meter by its number.",
     "meter"),
    ("A driver enrols in a course date; a course date shall take no more than it has places.",
     "course_date"),
    ("Self-paced bookbinding lessons with a tool list, and a drill after each lesson", "drill"),
    ("Self-paced bookbinding lessons with a tool list, and a drill after each lesson", "tool"),
    ("We lend walking frames. Whoever needs one is put on a list with name, street and phone.",
     "person"),
    ("Zither players ask and answer each other about tuning and old sheet music.",
     "thread|question"),
    ("Zither players ask and answer each other about tuning and old sheet music.", "reply"),
    ("An app for my collection.\n\n## Pen\n- maker\n- nib\n\n## Maker\n- name, country, founded",
     "maker"),
    ("An app for my collection.\n\n## Slide rule\n- model number\n- length in cm\n- year",
     "slide_rule"),
    ("Words:\n- **Key**: has a stamped number, opens doors.\n- **Loss**: reported by a holder.",
     "loss"),
    ("Words:\n- **Key**: has a stamped number, opens doors.\n- **Loss**: reported by a holder.",
     "key"),
    ("Register of asbestos in the council's buildings: which room, in what state", "asbestos"),
    ("Make a list by chapters, where each thing has somebody who does it, a deadline and a tick.",
     "thing|task"),
    ("Every box gets a number, and I write what goes in.", "box"),
    ("We hang boxes for bats in the park and look at every box in June.", "box"),
    ("Fifty rows of vines, each row has a kind and a year.", "row"),
    ("The club publishes pictures of its meetings.", "picture"),
    ("The archive scans photos from the war.", "photo"),
    ("Members upload holiday photos.", "photo|holiday_photo"),
    ("Hives have a queen. We inspect hives monthly. Beginners may join without a hive.", "hive"),
    ("Trees have a label. We prune trees in March. No tree likes salt.", "tree"),
    ("Sawmills bid for lots of wood. Alone, no sawmill talks to them.", "sawmill"),
]  # fmt: skip


@pytest.mark.parametrize(("idea", "wanted"), IDEAS)
def test_what_an_idea_is_about_is_kept(idea: str, wanted: str):
    assert wanted in pairs([wanted], records(model_of(scout(idea))))


@pytest.mark.parametrize(
    ("idea", "unwanted"),
    [
        ("A shop for tea.\n**Colours**: a green page, a red button.\n**Style**: calm and wide.",
         "colour"),
        ("A multi-tenant app. Keep beehives with a name and a status (new, strong).", "reply"),
        ("A site in three rows with a box for the news. Keep my stamps with year.", "box"),
        ("Each tree has a name, a height and a few photos.", "photo"),
        ("Keep trees with a name. No fountains please.", "fountain"),
        ("Keep my stamps with year and country. A navy button and a white background.", "button"),
    ],
)  # fmt: skip
def test_what_only_describes_the_app_is_not(idea: str, unwanted: str):
    assert unwanted not in {entity.key for entity in model_of(scout(idea)).entities}


@pytest.mark.parametrize(
    ("idea", "record", "of", "general"),
    [
        # The first pattern has the barn already.
        (("Marketplace of barns: owners put up a barn with photos and price, couples reserve a barn"
         " for a day and never two on one day"), "booking", "barn", "resource"),
        # No pattern knows a mandolin.
        (("Mandolin school: courses with lessons and homework that pupils hand in. They can borrow"
         " a mandolin from us for six weeks and we see which loans are overdue."),
         "loan", "mandolin", "lending_item"),
    ],
)  # fmt: skip
def test_records_of_a_second_pattern_are_of_what_the_idea_says(
    idea: str, record: str, of: str, general: str
):
    model = model_of(scout(idea))
    assert general not in {entity.key for entity in model.entities}
    assert (record, of) in {(r.source, r.target) for r in model.relations}
