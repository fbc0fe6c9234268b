"""Colours are heard as people say them: finer shades, slips, firms, names that are no colours."""

from __future__ import annotations

import pytest

from agents.scout import theme
from agents.scout.sentences import split


def colours(text: str) -> tuple[str | None, str | None]:
    found = theme.find(split(text))
    return found.background, found.primary


@pytest.mark.parametrize(
    ("idea", "background", "primary"),
    [
        ("Dives. White background with strong blue buttons, say #0047ab.", "#ffffff", "#0047ab"),
        ("Dives. Dark green buttons and a light tan page, #f3e5d0 or so.", "#f3e5d0", "#006400"),
        ("Dives. Dark page (#101018) with hot pink buttons.", "#101018", "#ff69b4"),
        ("Dives. Dark theme (#0b0f19) with #7c5cff as the accent.", "#0b0f19", "#7c5cff"),
        ("Dives. Green background, honeydew I think it's called.", "#f0fff0", None),
        ("Dives. The colour code of our logo is 8b1e3f.", None, "#8b1e3f"),
        ("Dives. slate-900 background and emerald-500 buttons.", "#0f172a", "#10b981"),
        ("Dives. White background; blue accent, the blue of the NHS.", "#ffffff", "#005eb8"),
        ("Dives. The accent should be the same green as Spotify.", None, "#1db954"),
    ],
)
def test_digits_and_finer_names_say_which_shade_is_meant(idea, background, primary):
    assert colours(idea) == (background, primary)


@pytest.mark.parametrize(
    ("idea", "background", "primary"),
    [
        ("Dives. Make it blue, no, rather teal.", None, "#008080"),
        ("Dives. Background white, hm, too cold, let's say ivory.", "#fffff0", None),
        ("Dives. The app in navy... actually scratch that, we're purple now.", None, "#800080"),
        ("Dives. I first wanted everything pink, but no, so indigo please.", None, "#4b0082"),
        ("Dives. I don't want a white background; rather beige.", "#f5f5dc", None),
    ],
)
def test_a_colour_that_is_taken_back_gives_its_place_to_the_next(idea, background, primary):
    assert colours(idea) == (background, primary)


@pytest.mark.parametrize(
    "idea",
    [
        "Dives. Any colour but pink, honestly.",
        "Dives. Anything except purple, please, the last one had everything in purple.",
        "Dives. Whatever the design, red must not appear.",
        "Darts evenings at the Red Lion for the Purple Vipers.",
        "Dives. Green buttons were in the old tool.",
        "Dives. The tank is the mint green one behind the church.",
        "Lab samples, gels red-50 and blue-100, with volume.",
        "Parts list: each part has a code, like 8b1e3f, and a shelf.",
        "Members have a badge. The sign says red means stop.",
    ],
)
def test_what_is_refused_or_only_a_name_is_no_colour_of_the_app(idea):
    assert colours(idea) == (None, None)


@pytest.mark.parametrize(
    ("idea", "background", "primary"),
    [
        ("Dives. Dark green on the buttons, light green behind everything.", "#90ee90", "#006400"),
        ("Dives. Violet buttons on white.", "#ffffff", "#ee82ee"),
        ("Dives. backgroud white, butons blue", "#ffffff", "#0000ff"),
        ("Dives. Orange (the accent), white (the background).", "#ffffff", "#ffa500"),
        ("Dives. Black background with dark red text accents.", "#000000", "#8b0000"),
        ("Dives. Surface = snow, action = steel blue.", "#fffafa", "#4682b4"),
        ("Dives. The whole thing dark with gold buttons.", "#111827", "#ffd700"),
        ("Dives. It has to be dark.", "#111827", None),
    ],
)
def test_a_colour_goes_to_the_part_it_is_said_of(idea, background, primary):
    assert colours(idea) == (background, primary)


def test_the_colours_of_a_thing_go_to_the_buttons_that_ought_to_match_it():
    idea = "Dives. Our logo is crimson and the buttons ought to match it. The rest can be white."
    assert colours(idea) == ("#ffffff", "#dc143c")
