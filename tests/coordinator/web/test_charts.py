"""Charts: what they say in words and draw, of all, of some and of nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.web import charts
from coordinator.web.facts import Day, ResponsePoint, UptimeDay, Vital

HOSTILE = "</title><script>alert(1)</script>\"'&"
NUMBERS = st.floats(0, 1e7, allow_nan=False)
POINTS = st.lists(
    st.builds(
        ResponsePoint,
        at=st.floats(0, 4e9, allow_nan=False), p50=st.none() | NUMBERS, p95=st.none() | NUMBERS,
        checks=st.integers(0, 1000), failed=st.integers(0, 1000),
    ),
    max_size=40,
)  # fmt: skip


def svg(source: str) -> ET.Element:
    """The chart, which must be well-formed by itself."""
    return ET.fromstring(source)


def label(source: str) -> str:
    return svg(source).attrib["aria-label"]


def day(name: str, up: float | None, incidents: int = 0) -> UptimeDay:
    return UptimeDay(day=name, up=up, incidents=incidents)


def vital(good: int, middling: int, poor: int) -> Vital:
    return Vital(
        metric="LCP", page="/", device="phone", p75=1.0, samples=good + middling + poor,
        rating="good", good=good, middling=middling, poor=poor,
    )  # fmt: skip


def point(at: float, p50: float | None, p95: float | None, failed: int = 0) -> ResponsePoint:
    return ResponsePoint(at=at, p50=p50, p95=p95, checks=10, failed=failed)


def test_each_day_has_a_bar_of_the_colour_of_its_uptime() -> None:
    drawn = svg(charts.uptime([day("a", 100), day("b", 99.5, 1), day("c", 50, 2), day("d", None)]))
    bars = [each for each in drawn if each.tag == "rect"]
    assert [bar.attrib["class"] for bar in bars] == ["good", "middling", "poor", "none"]
    assert drawn.attrib["aria-label"] == "Uptime of 4 days: 83.17 % on average, 3 incidents"


@pytest.mark.parametrize(("up", "said"), [(99.999, "99.99 %"), (100.0, "100 %"), (0.0, "0.00 %")])
def test_an_uptime_is_never_rounded_up_to_a_whole_hundred(up: float, said: str) -> None:
    assert said in label(charts.uptime([day("a", up)]))


def test_days_without_checks_have_no_uptime() -> None:
    assert "no checks" in label(charts.uptime([day("a", None)]))


def test_a_line_ends_where_nothing_was_measured_and_where_nothing_was_up() -> None:
    whole = [point(at, 10, 20) for at in (0, 60, 120, 180)]
    assert len(re.findall("<polyline", charts.responses(whole))) == 2
    missing = [each for each in whole if each.at != 120]
    assert len(re.findall("<polyline", charts.responses(missing))) == 4
    down = [*whole[:2], point(120, None, None, failed=10), whole[3]]
    drawn = charts.responses(down)
    assert len(re.findall("<polyline", drawn)) == 4
    assert len(re.findall("<circle", drawn)) == 1
    assert "10 checks failed" in label(drawn)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0, 9.99, 10.0, 730.0, 5000.0, 1e7])
def test_every_value_is_within_the_picture(value: float) -> None:
    drawn = charts.responses([point(0, value, value), point(60, value / 2, value)])
    for pair in re.findall(r"([\d.-]+),([\d.-]+)", " ".join(re.findall('points="([^"]+)"', drawn))):
        assert 0 <= float(pair[0]) <= charts.WIDTH + 2
        assert 0 <= float(pair[1]) <= 180


@given(POINTS)
def test_any_points_make_a_well_formed_chart_or_none(points: list[ResponsePoint]) -> None:
    drawn = charts.responses(sorted(points, key=lambda each: each.at))
    assert drawn == "" or svg(drawn).tag == "svg"


def test_a_gauge_shares_out_all_visits() -> None:
    drawn = svg(charts.gauge(vital(3, 1, 0)))
    bars = [each for each in drawn if each.tag == "rect"]
    assert [(bar.attrib["class"], float(bar.attrib["width"])) for bar in bars] == [
        ("good", charts.WIDTH * 0.75), ("middling", charts.WIDTH * 0.25),
    ]  # fmt: skip
    assert "75 % good, 25 % middling, 0 % poor" in drawn.attrib["aria-label"]


def test_what_was_not_measured_is_not_drawn() -> None:
    assert charts.gauge(vital(0, 0, 0)) == ""
    assert charts.responses([]) == ""
    assert charts.responses([point(0, None, None, failed=1)]) == ""
    assert charts.hours((0,) * 24) == ""
    assert charts.uptime([]) == ""
    assert charts.traffic([Day(day="a", views=0, visitors=0)]) == ""


def test_hours_and_traffic_say_their_sums() -> None:
    assert label(charts.hours((0, 3, 1))) == "4 events in 3 hours, at most 3 in one"
    days = [Day(day="a", views=1200, visitors=300), Day(day="b", views=0, visitors=0)]
    assert label(charts.traffic(days)) == "1,200 views in 2 days"


def test_texts_in_charts_are_texts() -> None:
    for drawn in (
        charts.uptime([day(HOSTILE, 50)]),
        charts.traffic([Day(day=HOSTILE, views=1, visitors=1)]),
    ):
        assert "<script>" not in drawn
        assert HOSTILE in "".join(svg(drawn).itertext())
