"""Whatever colours an idea names, what is written in them can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.build.generator import generate
from agents.build.render.colours import READABLE, VISIBLE, contrast, parse, schemes, stylesheet
from contracts.model import Theme
from tests.support.builder import NAMES, model

SURFACES = ("surface", "tint", "hover", "sunken", "control")
PAGES = ("background", "hero")
TEXTS = [
    *((text, page) for text in ("text", "muted", "link") for page in PAGES),
    *(
        (f"{text}-on-surface", surface)
        for text in ("text", "muted", "link")
        for surface in SURFACES
    ),
    ("on-primary", "primary"), ("on-primary", "primary-hover"), ("on-danger", "danger"),
    ("danger", "surface"), ("text-on-surface", "danger-tint"), ("text-on-surface", "good-tint"),
    *((f"{kind}-text", f"{kind}-tint") for kind in ("danger", "good")),
    *((f"{kind}-text", surface) for kind in ("danger", "good") for surface in ("surface", "hover")),
]  # fmt: skip
OUTLINES = ("control-line", "primary-line", "focus")
CONTROLS = [
    *((line, surface) for line in OUTLINES for surface in SURFACES),
    *(("focus-on-page", page) for page in PAGES),
]  # fmt: skip
colours = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))
TEMPLATES = Path(__file__).parents[3] / "agents" / "build"


@settings(max_examples=300, deadline=None)
@given(background=colours, primary=colours)
@example(background="#ffffff", primary="#ffffff")
@example(background="#000000", primary="#000000")
@example(background="#777777", primary="#777777")
@example(background="#008080", primary="#ffd700")
def test_text_and_controls_stand_out_in_both_schemes(background, primary):
    own, other = schemes(Theme(background=background, primary=primary))
    assert {own["scheme"], other["scheme"]} == {"light", "dark"}
    for scheme in (own, other):
        for pairs, least in ((TEXTS, READABLE), (CONTROLS, VISIBLE)):
            for front, behind in pairs:
                found = contrast(parse(scheme[front]), parse(scheme[behind]))
                assert found >= least, (scheme["scheme"], front, behind, found)


def test_the_ideas_own_colours_are_used_as_they_are():
    own, _ = schemes(Theme(background="#fff8e7", primary="#006400"))
    assert (own["background"], own["primary"]) == ("#fff8e7", "#006400")


@pytest.mark.parametrize("background", ["#ffffff", "#0f172a"])
def test_a_visitor_may_choose_the_other_scheme(background):
    text = stylesheet(Theme(background=background, primary="#2563eb"))
    assert ':root[data-theme="' in text
    assert ("prefers-color-scheme: dark" in text) == (background == "#ffffff")


@pytest.mark.parametrize("name", NAMES)
def test_stylesheets_use_colours_of_the_theme_only(name):
    files = {path: text.decode() for path, text in generate(model(name)).items()
             if path.endswith(".css")}  # fmt: skip
    known = set(re.findall(r"(--[a-z0-9-]+):", "\n".join(files.values())))
    for path, text in files.items():
        assert not {f"--{used}" for used in re.findall(r"var\(--([a-z0-9-]+)\)", text)} - known, (
            path
        )
        if path != "src/theme.css":
            assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])", text), path
