"""Colours of the app that an idea names in passing, and those of the things that it keeps."""

from __future__ import annotations

import pytest

from agents.scout import theme
from agents.scout.sentences import split

NIGHT = "#111827"


def colours(text: str) -> tuple[str | None, str | None]:
    found = theme.find(split(text))
    return found.background, found.primary


@pytest.mark.parametrize(
    ("text", "primary"),
    [
        ("Boats, oars and loans. Not red or white, every club has that: navy, please.", "#000080"),
        (
            "list of springs w/ depth, parking, ratings from swimmers, photos, in teal pls",
            "#008080",
        ),
        ("Drivers swap duties. The app can be the same yellow as our buses.", "#ffff00"),
        ("A shop for yarn. Customers know me by turquoise, so turquoise it is.", "#40e0d0"),
        ("Choir lists, and please no blue, everything is blue, maroon instead.", "#800000"),
        ("Vehicles and drills. Naturally it has to be as red as our engine.", "#ff0000"),
        ("Sailing courses. Our sails are navy and so should the app be.", "#000080"),
        ("Erasers with name and shape. She insists on lilac.", "#c8a2c8"),
        ("Dives with depth; and if I may choose a colour, coral.", "#ff7f50"),
        ("Stamps for bread. One more thing: crimson, not blue!", "#dc143c"),
        (
            "Rooms and nights. The doors are maroon and I want the same maroon on the site.",
            "#800000",
        ),
        ("Contacts by band. Somebody said grey, somebody said black, I say navy.", "#000080"),
        ("Bingo cards. If it isn't hot pink, we won't use it.", "#ff69b4"),
        ("Shifts. Red's for emergencies and blue's for the police, that leaves sienna.", "#a0522d"),
        ("We brew beer: batches, malt. Gold like the beer.", "#ffd700"),
        ("Sleep diary. Bright colours hurt, so slate blue please.", "#6a5acd"),
        ("Wood by the metre. It'd be nice if it came in navy.", "#000080"),
        ("Scores of the choir. No colour but indigo, that's in our statutes.", "#4b0082"),
        ("Quotes to customers. Slate gray, what did you think?", "#708090"),
        ("Honey sold. Honey yellow is a bit obvious, take green.", "#008000"),
        ("Deck and cards; the deck's back is navy and the app's should be too.", "#000080"),
        ("app for dog walkers, dogs, owners, walks w/ time and pay, teal", "#008080"),
        ("Masks and sizes. And could it be turquoise?", "#40e0d0"),
        ("Wigs for shows. Looks: hot pink and lots of it.", "#ff69b4"),
        ("Crates and kilos. The colour? Olive, what a question.", "#808000"),
        ("Telescopes lent. Mr Lind says dark slate blue, and Mr Lind pays.", "#483d8b"),
        ("Bells by tone. Our letterheads are navy, please stay with that.", "#000080"),
        ("Fencing results. Not another white website. Crimson, with big numbers.", "#dc143c"),
        ("Books of prayers by feast. The order's colour is indigo.", "#4b0082"),
        ("Garlic spots. It could hardly be anything else than forest green.", "#228b22"),
        ("Poems and poets. On request of the members in rebecca purple.", "#663399"),
        ("Charts by week. Crimson fits, doesn't it?", "#dc143c"),
        ("Permits. What about sea green instead of the eternal blue?", "#2e8b57"),
        ("Huts. Our huts are coral so it'd be odd if the site wasn't.", "#ff7f50"),
        ("Lessons. Use something oceanic, e.g. light sea green.", "#20b2aa"),
        ("Vehicles and outings. Paint it dark olive green.", "#556b2f"),
        ("Sign-ups. Coral, if it isn't too much trouble.", "#ff7f50"),
        ("Trucks. Let it be slate gray, we are that kind of people.", "#708090"),
        ("Horses and visits. My logo is dark cyan.", "#008b8b"),
        ("Surveys of mussels. Anything but blue, sea green for instance.", "#2e8b57"),
        ("Telescopes. Must not blind anyone at night hence midnight blue.", "#191970"),
        ("Dogs and logs. Vests are orange red; use the same for buttons.", "#ff4500"),
        ("Nest boxes and rings. Since we work at night: midnight blue.", "#191970"),
    ],
)
def test_a_colour_said_in_passing_is_that_of_the_app(text, primary):
    assert colours(text) == (None, primary)


@pytest.mark.parametrize(
    ("text", "background", "primary"),
    [
        ("Darts scores. Dark background and letters in amber, the hall is dim.", NIGHT, "#ffbf00"),
        ("Our badge is white and red. Use these colours for the app.", "#ffffff", "#ff0000"),
        ("Towels are white, tiles are blue, and the app should match them.", "#ffffff", "#0000ff"),
        ("Courses. If it were mine to decide, beige and brown.", "#f5f5dc", "#a52a2a"),
    ],
)  # fmt: skip
def test_two_colours_said_in_passing_keep_their_order(text, background, primary):
    assert colours(text) == (background, primary)


@pytest.mark.parametrize(
    "text",
    [
        "Shirts come in navy and white, please note size and number.",
        "Trains of the blue line are late most often.",
        "Bins: black on Mondays, green on Thursdays, brown every second Friday.",
        "Paint: a customer wants teal, we look up the recipe, and note tint, base and amount.",
        "If nobody answers in two days I want to see it in red.",
        "Guests choose their towel colour: white, navy or beige, when they book.",
        "Costumes: the purple one with gold buttons may not leave the house.",
        "Postcards with town, year, whether coloured or black and white, price.",
        "They choose friends, and can give a rose (instead of like).",
        "Snooker scores. Red is one, yellow is two, black is seven.",
        "Kids collect points. Green means well done, amber means try again.",
        "The boat with the green sail starts first, the white one last.",
        "What I do not want: accounts, adverts, mail, blue.",
        "Ask whether the mole is brown, black or red, how wide, and since when.",
        "Cats and vets. Amber, our cat, is twelve.",
        "Fleeces by farm. Each farm has its own sack: white.",
        "Walls are red. Each has a height. Use the same for buttons.",
        "The goalkeeper's is green, the others are purple.",
    ],
)
def test_a_colour_of_what_the_app_keeps_is_no_look(text):
    assert colours(text) == (None, None)


def test_a_sentence_of_many_colours_is_read_within_its_reach():
    text = "We like red, " + "very much and so on and so forth " * 2000 + "teal please."
    assert colours(text)[1] is not None
