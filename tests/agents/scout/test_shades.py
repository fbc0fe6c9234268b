"""Shades, and things that stand for their colour, as many different people would say them."""

from __future__ import annotations

import pytest

from agents.scout import shades, theme
from agents.scout.sentences import split
from tests.support.likeness import near

ASKED = [
    ("Deep navy buttons on a snow white page.", "#fffafa", "#000080"),
    ("Soft lavender background and deep purple buttons.", "#e6e6fa", "#800080"),
    ("Linen background, rich maroon headings.", "#faf0e6", "#800000"),
    ("The button are in bright red colour.", None, "#ff0000"),
    ("White background with deep red buttons.", "#ffffff", "#8b0000"),
    ("Ivory pages, deep green links.", "#fffff0", "#006400"),
    ("Pale blue background, deep blue buttons.", "#add8e6", "#00008b"),
    ("Deep indigo background, pale lavender buttons.", "#4b0082", "#e6e6fa"),
    ("White with vibrant teal accents.", "#ffffff", "#008080"),
    ("Burlywood in the back, dark red at the front.", "#deb887", "#8b0000"),
    ("Misty rose page; crimson call to action buttons.", "#ffe4e1", "#dc143c"),
    ("Theme: cornsilk and goldenrod.", "#fff8dc", "#daa520"),
    ("We like steel blue. Buttons in it.", None, "#4682b4"),
    ("Colours: white + navy.", "#ffffff", "#000080"),
    ("Slate blue submit buttons.", None, "#6a5acd"),
]
"""What CSS has a name for: exactly that."""

LIKENED = [
    ("Matcha green buttons.", None, "#8fa860"),
    ("Look: ochre on light stone grey, nothing fancy.", "#d9d6cf", "#cc7722"),
    ("Buttons should be the blue of a gas flame.", None, "#2f6fe0"),
    ("The background should look like wet slate.", "#4a5560", None),
    ("Vanilla background and milk chocolate buttons.", "#f3e5ab", "#6b4423"),
    ("I wish background in the colour of clear sky.", "#87ceeb", None),
    ("Background: oat milk. Buttons: mulberry.", "#f5f0e1", "#70193d"),
    ("A sandy background and ocean blue buttons.", "#f4e4c1", "#0077be"),
    ("Background the colour of old books and buttons in red wine.", "#e8d8b0", "#722f37"),
    ("A stormy blue background and white buttons.", "#5a6f8a", "#ffffff"),
    ("Background in light oatmeal, buttons in redwood.", "#efeae0", "#8a4030"),
    ("The buttons has to be cherry.", None, "#d2042d"),
    ("Beige for background, for buttons a dark moss.", "#f5f5dc", "#4a5d3a"),
    ("Buttons like terracotta pots.", None, "#e2725b"),
    ("White with antique gold buttons.", "#ffffff", "#b8960b"),
    ("Frosty blue background, royal blue buttons.", "#d0e6f0", "#4169e1"),
    ("Foggy grey backdrop, lake blue buttons.", "#d5d8dc", "#2a6f97"),
    ("A washed-out blue background and navy buttons.", "#b0b8e0", "#000080"),
    ("Accents like glowing embers.", None, "#d9501e"),
    ("Soft mint background, pine buttons.", "#cfe8d5", "#3f6b52"),
    ("The site must feel fresh: white with blood orange.", "#ffffff", "#e8481e"),
    ("Sleek: black with silver.", "#000000", "#c0c0c0"),
    ("White screens, and buttons in heather purple if you can.", "#ffffff", "#9a6a9a"),
    ("Very dark grey background with orange highlights.", "#20242c", "#ffa500"),
    ("For the theatre: claret everywhere.", None, "#7f1734"),
    ("The green of a snooker table for the buttons.", None, "#1f7a4a"),
    ("Links in bright green.", None, "#00c800"),
    ("Light brown buttons on cream.", "#fffdd0", "#b5835a"),
]

TOLD_OF = [
    "Please no dark mode, my mother can't read it.",
    "Divers log the colour of each fish, e.g. silver or bright yellow.",
    "Wines with a pale gold colour and a hint of green apple.",
    "Whisky notes: colour (pale gold to mahogany), nose, palate.",
    "The beer page lists what is on tap.",
    "A wine menu and a tea menu for each pub.",
    "Each lake has a lake page with its depth.",
    "Users see a fish icon, a bear icon and a wolf icon.",
    "Pine borders are planted along the path.",
    "We sell gold frames, oak frames and brass frames.",
    "Photographers upload in black and white or colour.",
    "Ink cartridges: cyan, magenta, yellow, black.",
    "Referees record red cards and yellow cards for every match.",
    "Students move from white belt to black belt after an exam.",
    "Blue cheese stock list with the age of each wheel.",
    "Residents see when the green bin and the brown bin are collected.",
    "Black Friday offers and white goods with a price.",
    "Candidates bring a blue or black pen.",
    "If the battery is low the icon becomes red.",
    "Hair dye formulas: ash blonde, copper, chestnut brown.",
    "Log the ring colours of gulls: red over white, left leg.",
    "Paint stock: 5 l of moss green, 2 l of signal red.",
]


def alike(found: str | None, meant: str | None) -> bool:
    return found is meant if found is None or meant is None else near(found, meant)


@pytest.mark.parametrize(("text", "background", "primary"), ASKED)
def test_a_shade_that_a_colour_has_anyway_is_taste(text, background, primary):
    found = theme.find(split(text))
    assert (found.background, found.primary) == (background, primary)


@pytest.mark.parametrize(("text", "background", "primary"), LIKENED)
def test_a_thing_stands_for_its_colour(text, background, primary):
    found = theme.find(split(text))
    assert alike(found.background, background), found
    assert alike(found.primary, primary), found


@pytest.mark.parametrize("text", TOLD_OF)
def test_colours_of_what_the_app_keeps_are_no_theme(text):
    found = theme.find(split(text))
    assert (found.background, found.primary) == (None, None)


@pytest.mark.parametrize(
    ("word", "name", "value", "shade"),
    [
        ("deep", "navy", "#000080", "#000080"),
        ("deep", "red", "#ff0000", "#8b0000"),
        ("deep", "grey", "#808080", "#666666"),
        ("dark", "purple", "#800080", "#4d004d"),
        ("dark", "indigo", "#4b0082", "#4b0082"),
        ("pale", "yellow", "#ffff00", "#ffffe0"),
        ("soft", "ivory", "#fffff0", "#fffff0"),
        ("soft", "yellow", "#ffff00", "#ffff66"),
        ("bright", "green", "#008000", "#00bf00"),
        ("bright", "black", "#000000", "#000000"),
    ],
)
def test_a_modifier_changes_only_what_is_not_so_already(word, name, value, shade):
    assert shades.shaded(word, name, value) == shade
