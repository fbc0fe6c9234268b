from __future__ import annotations

import pytest

from agents.monitoring.regressions.compare import Measured, regressions

GOOD = {"LCP": 2500.0, "CLS": 0.1}


def said(before, after):
    return regressions(Measured(**before), Measured(**after), GOOD)


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ({"checks": 100}, {"checks": 20, "failed": 3}, "15% of 20 checks failed, 0% before"),
        ({"p95": 80.0, "times": 30}, {"p95": 190.0, "times": 30}, "within 190 ms, 80 ms before"),
        ({"minutes": 30}, {"errors": 10, "minutes": 0.2}, "10.0 errors a minute, 0.0 before"),
        ({"errors": 30, "minutes": 30}, {"errors": 30, "minutes": 10}, "3.0 errors a minute, 1.0"),
        ({"sessions": 50, "broken": 1}, {"sessions": 50, "broken": 3}, "6.0% of sessions"),
        ({"vitals": {"LCP": (2000.0, 50)}}, {"vitals": {"LCP": (3000.0, 50)}}, "LCP is 3000, 2000"),
    ],
)
def test_what_is_worse_is_said(before, after, worse):
    (words,) = said(before, after)
    assert worse in words


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({}, {"checks": 19, "failed": 19}),
        ({}, {"checks": 100, "failed": 2}),
        ({"checks": 100, "failed": 30}, {"checks": 100, "failed": 33}),
        ({"p95": 80.0, "times": 29}, {"p95": 900.0, "times": 300}),
        ({"p95": 80.0, "times": 300}, {"p95": 900.0, "times": 29}),
        ({"p95": None, "times": 0}, {"p95": 900.0, "times": 300}),
        ({"p95": 80.0, "times": 300}, {"p95": 170.0, "times": 300}),
        ({"p95": 800.0, "times": 300}, {"p95": 1100.0, "times": 300}),
        ({"minutes": 30}, {"errors": 9, "minutes": 1}),
        ({"errors": 90, "minutes": 30}, {"errors": 80, "minutes": 10}),
        ({"sessions": 49, "broken": 0}, {"sessions": 500, "broken": 400}),
        ({"sessions": 100, "broken": 3}, {"sessions": 100, "broken": 5}),
        ({"vitals": {"LCP": (2000.0, 49)}}, {"vitals": {"LCP": (9000.0, 500)}}),
        ({"vitals": {"LCP": (1000.0, 50)}}, {"vitals": {"LCP": (2400.0, 50)}}),
        ({"vitals": {"LCP": (2600.0, 50)}}, {"vitals": {"LCP": (3000.0, 50)}}),
        ({"vitals": {"NEW": (1.0, 50)}}, {"vitals": {"NEW": (9.0, 50)}}),
    ],
)
def test_too_little_or_too_small_a_difference_is_no_regression(before, after):
    assert said(before, after) == ()
