"""Colours in the words of many different people, and colours that are only told of."""

from __future__ import annotations

import math

import pytest

from agents.scout import theme
from agents.scout.sentences import split

CLOSE = 60.0
"""Distance of red, green and blue up to which two colours look alike; 441 is the greatest."""


def close(found: str | None, meant: str | None) -> bool:
    if found is None or meant is None:
        return found is meant

    def parts(colour: str) -> list[int]:
        return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]

    return math.dist(parts(found), parts(meant)) <= CLOSE


ASKED = [
    ("Buttons hsl(146, 50%, 36%), background hsl(60deg 56% 91%)", "#f5f5dc", "#2e8a57"),
    ("What each family paid, in friendly orange", None, "#ffa500"),
    ("A diary of dreams in soothing violet.", None, "#ee82ee"),
    ("Guest list for a hen night, in screaming hot pink!", None, "#ff69b4"),
    ("Booking of kayaks, in blue.", None, "#0000ff"),
    ("Charcoal with amber.", "#36454f", "#ffbf00"),
    ("grey and yellow, as on the trams here", "#808080", "#ffff00"),
    ("A club calendar, white with the blue of our flag.", "#ffffff", "#0000ff"),
    ("silver with navy for the yacht club", "#c0c0c0", "#000080"),
    ("Black with neon green, like an old terminal", "#000000", "#39ff14"),
    ("in light and dark blue", "#add8e6", "#00008b"),
    ("tangerine tabs", None, "#f28500"),
    ("lavender bg / indigo btns", "#e6e6fa", "#4b0082"),
    ("linen for the pages, olive where you tap", "#faf0e6", "#808000"),
    ("The frame should be teal.", None, "#008080"),
    ("Reddish brown buttons, please.", None, "#8b4332"),
    ("Buttons in British racing green.", None, "#004225"),
    ("Tiffany blue buttons", None, "#0abab5"),
    ("Background dark forest green.", "#155215", None),
    ("Buttons must not be red but dark orange.", None, "#ff8c00"),
    ("Not blue, green please: green buttons.", None, "#008000"),
    ("No black background: white, with teal.", "#ffffff", "#008080"),
    ("Red rather than blue for the buttons.", None, "#ff0000"),
    ("Blue buttons, and overdue books in red.", None, "#0000ff"),
    ("Green buttons; a late loan is shown red.", None, "#008000"),
    ("The whole page should look like old paper.", "#f1e7d0", None),
    ("Accent: the red of a fire engine.", None, "#ce2029"),
    ("the orange of the Dutch football shirts for buttons", None, "#ffa500"),
    ("Moss, bark and stone would be the right colours.", "#8a9a5b", "#5c4a3a"),
    ("Cream and coffee, like our cups.", "#fffdd0", "#6f4e37"),
    ("Page chalk, buttons cedar.", "#f4f4f0", "#9c5a3c"),
    ("Cement for the background, links paprika.", "#a5a391", "#b8371f"),
    ("Icy blue background, rusty orange links.", "#d6ecf0", "#c45508"),
    ("Colours: apricot yellow and tea brown.", "#fbd88d", "#a96130"),
    ("A very pale green for the background.", "#b9fcb9", None),
    ("red-and-white like the Danish flag", "#ff0000", "#ffffff"),
    ("We would prefer maroon.", None, "#800000"),
    ("Teal everywhere.", None, "#008080"),
    ("I imagine black and silver.", "#000000", "#c0c0c0"),
    ("Grey with a splash of coral.", "#808080", "#ff7f50"),
    ("Cosy, like a bakery: cornsilk and saddle brown.", "#fff8dc", "#8b4513"),
    ("A notice board. Fuchsia!", None, "#ff00ff"),
    ("BVB fans, so yellow and black of course.", "#ffff00", "#000000"),
    ('"old lace" and "dark slate gray"', "#fdf5e6", "#2f4f4f"),
    ("A night theme with violet highlights.", "#111827", "#ee82ee"),
    ("Colours as on the Polish flag: white and red.", "#ffffff", "#ff0000"),
    ("Our colour is a loud orange.", None, "#ffa500"),
    ("Give the buttons a cornflower tint.", None, "#6495ed"),
    ("Creamy page and chocolatey brown buttons.", "#fffdd0", "#7b3f00"),
    ("White with Irish green.", "#ffffff", "#169b62"),
    ("It has to be purple.", None, "#800080"),
    ("Preferably indigo.", None, "#4b0082"),
    ("light-pink page, medium-violet-red buttons", "#ffb6c1", "#c71585"),
    ("White with greyish blue accents.", "#ffffff", "#5b6fae"),
    ("Dark and cyan, like Tron.", "#111827", "#00ffff"),
    ("Calm, sand and jade.", "#f4e4c1", "#00a86b"),
    ("Halloween party guests: black and orange!", "#000000", "#ffa500"),
    ("A page for our ballet school, white and dusky pink.", "#ffffff", "#e0b0b8"),
    ("Black letters on cream.", "#fffdd0", None),
    ("Beige and saddle brown suit us best.", "#f5f5dc", "#8b4513"),
    ("page midnight blue & buttons white smoke", "#191970", "#f5f5f5"),
    ("Coral for all controls, nothing pink.", None, "#ff7f50"),
    ("A sky blue page that has white buttons.", "#87ceeb", "#ffffff"),
]

TOLD_OF = [
    "Nothing blue please.",
    "It may look cheerful, but not too pink.",
    "A register of red deer and fallow deer.",
    "Count blue tits and great tits at the feeder.",
    "We sell white wine, red wine and orange juice.",
    "A traffic light for rooms: green when free, red when taken.",
    "A pot is green if watered, yellow if thirsty and red if dry.",
    "Late payments should be red.",
    "Every shirt has a size and a colour (red, blue or green).",
    "Guests choose the blue room or the yellow room.",
    "There are two teams, red and blue.",
    "The form has a field for eye colour: blue, green, brown.",
    "Wine: red, white, rosé.",
    "Lavender, rosemary and sage from our herb garden.",
    "A shop for stone and wood, in many colours.",
    "Walkers follow the yellow trail or the blue trail.",
    "Cells go red when the stock is low.",
    "Mr Brown and Mrs White lead the choir.",
    "Some hives have blue lids, others yellow ones.",
    "A dot with a colour of the queen (white, yellow, red, green, blue) and a mood.",
    "If the water is high, the bar is red.",
    "We play in red and white.",
    "Pictures can be in colour or black and white.",
    "A white paper has a title and authors.",
    "The operator sets it to red, amber or green.",
    "Balls: white, black and coloured ones.",
    "Coffee and cream are charged extra.",
    "Bronze, silver and gold medals are won.",
    "A dash of lime, a splash of cream.",
]


@pytest.mark.parametrize(("text", "background", "primary"), ASKED)
def test_the_colours_asked_for_are_the_theme(text, background, primary):
    found = theme.find(split(text))
    assert close(found.background, background), found
    assert close(found.primary, primary), found


@pytest.mark.parametrize("text", TOLD_OF)
def test_colours_that_are_only_told_of_are_no_theme(text):
    found = theme.find(split(text))
    assert (found.background, found.primary) == (None, None)
