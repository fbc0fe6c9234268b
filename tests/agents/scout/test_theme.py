"""Which colours an idea names, and for what."""

from __future__ import annotations

import re

import pytest

from agents.scout import lexicon, theme
from agents.scout.scout import scout
from agents.scout.sentences import split

CREAM, GREEN, NAVY, WHITE = "#fffdd0", "#006400", "#000080", "#ffffff"


def colours(text: str) -> tuple[str | None, str | None]:
    found = theme.find(split(text))
    return found.background, found.primary


@pytest.mark.parametrize(
    ("text", "background", "primary"),
    [
        ("Use a cream background and dark green buttons.", CREAM, GREEN),
        ("Dark green buttons on a cream background.", CREAM, GREEN),
        ("The background is cream and links are navy.", CREAM, NAVY),
        ("Background: cream, buttons: navy.", CREAM, NAVY),
        ("Style it in cream and navy.", CREAM, NAVY),
        ("Make it in white and navy.", WHITE, NAVY),
        ("A navy accent.", None, NAVY),
        ("Use navy as the colour.", None, NAVY),
        ("Colours are #FFF and #0A1b2C.", WHITE, "#0a1b2c"),
        ("Buttons in #abc", None, "#aabbcc"),
        ("A midnight blue background.", "#191970", None),
        ("Moss green buttons, petrol blue background.", "#005f6a", "#8a9a5b"),
        ("A shop for kites. Navy, obviously, please!", None, NAVY),
        ("A navy-blue header.", None, NAVY),
        ("Pale green background.", "#98fb98", None),
        ("The background is pale red.", "#ffa6a6", None),
        ("Salmon buttons on seashell.", "#fff5ee", "#fa8072"),
        ("Light coral on white.", WHITE, "#f08080"),
        (
            "Use azure for the page background and slate blue for the components.",
            "#f0ffff",
            "#6a5acd",
        ),
        ("Light grey background (#eeeeee) and buttons in #b22222.", "#eeeeee", "#b22222"),
        ("White text on a navy background.", NAVY, None),
        ("White text on a navy background with orange buttons.", NAVY, "#ffa500"),
        ("A dark theme with orange accents.", "#111827", "#ffa500"),
        ("The background is rgb(255, 253, 208), links rgb(0,0,128).", CREAM, NAVY),
        ("Colours: cream in the background and navy for the rest.", CREAM, NAVY),
        ("Make it dark with lime accents.", "#111827", "#00ff00"),
        ("Teal and off-white.", "#008080", "#faf9f6"),
        ("The main colour is navy.", None, NAVY),
        ("A café with a “cream” background.", CREAM, None),
        ("Black page, lime for everything one can press.", "#000000", "#00ff00"),
        ("White for what one clicks, navy.", NAVY, WHITE),
        ("Lavender in front.", None, "#e6e6fa"),
        ("Goldenrod for the buttons, everything else black.", "#000000", "#daa520"),
        ("White background, the rest navy.", WHITE, NAVY),
        ("It should be dark: navy behind everything.", NAVY, None),
        ("Dark mode with teal buttons.", "#111827", "#008080"),
        ("Crimson headings on a snow white page.", "#fffafa", "#dc143c"),
        ("Everything white except the buttons, which are navy.", WHITE, NAVY),
        ("Buttons in the blue of cornflowers, pages in the colour of sand.", "#f4e4c1", "#6495ed"),
        ("A honey-coloured background.", "#eb9605", None),
        ("The app should be navy.", None, NAVY),
        ("White letters on a navy page.", NAVY, None),
    ],
)
def test_colours_are_read(text, background, primary):
    assert colours(text) == (background, primary)


@pytest.mark.parametrize(
    "text",
    [
        "Track green energy and red wine.",
        "Mint tea, salmon and olive oil recipes.",
        "Keep roses and violets.",
        "It should look good, with plants, salmon and a peach on it, and chocolate.",
        "Room #12 and issue #1234.",
        "A shop for dark chocolate and red wine on demand.",
        "Keep recipes.",
        "A red list of plants, with a button to add one.",
        "A page for every red wine, with a rating.",
        "A museum of black and white photographs, with a text for each.",
        "Each belt has a colour: white, yellow, green.",
        "A button turns red when it is pressed.",
    ],
)
def test_what_is_no_colour_of_the_app_is_left_alone(text):
    assert colours(text) == (None, None)


def test_the_sentences_with_colours_are_named():
    found = theme.find(split("Keep recipes. A cream background. Users log in. Navy buttons."))
    assert found.sentences == (2, 4)


def test_the_first_one_said_stays():
    assert colours("A cream background. A navy background.")[0] == CREAM


def test_more_colours_than_two_are_no_trouble():
    assert colours("Theme: white, navy, cream and dark green.") == (WHITE, NAVY)


def test_every_name_is_a_colour():
    table = lexicon.colours()
    for name, value in (table.css | table.spoken).items():
        assert re.fullmatch(r"#[0-9a-f]{6}", value), name
        assert colours(f"Use a {name} background.") == (value, None), name


def test_a_colour_and_a_look_between_commas_are_how_the_app_looks():
    assert scout("Recipe book for dyes, moss green and simple: plant, fibre.").theme.primary == (
        "#8a9a5b"
    )
    assert scout("A shop for moss green and simple dresses.").theme.primary is None
