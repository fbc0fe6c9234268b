from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.monitoring.vitals.histogram import BUCKETS, ERROR, LARGEST, Histogram, pack, unpack
from agents.monitoring.vitals.metrics import METRICS, rate


def of(metric, values):
    made = Histogram()
    for value in values:
        made.add(METRICS[metric], value)
    return made


def exact(values):
    """The 75th percentile by nearest rank."""
    return sorted(values)[math.ceil(0.75 * len(values)) - 1]


def near(metric, found, true):
    step = METRICS[metric].step
    return abs(found - true) <= max(ERROR * true, step) * (1 + 1e-9)


@given(st.sampled_from(sorted(METRICS)), st.data())
def test_the_p75_is_off_by_no_more_than_what_is_stated(metric, data):
    most = LARGEST * METRICS[metric].step
    values = data.draw(st.lists(st.floats(0, most), min_size=1, max_size=60))
    assert near(metric, of(metric, values).p75(METRICS[metric]), exact(values))


@given(st.sampled_from(sorted(METRICS)), st.data())
def test_the_rating_of_the_p75_is_exact(metric, data):
    most = METRICS[metric].poor * 2
    values = data.draw(st.lists(st.floats(0, most), min_size=1, max_size=60))
    counted = of(metric, values)
    assert counted.rating() == rate(METRICS[metric], exact(values))
    assert rate(METRICS[metric], counted.p75(METRICS[metric])) == counted.rating()


@given(st.lists(st.floats(0, 9000), max_size=50), st.lists(st.floats(0, 9000), max_size=50))
def test_two_merged_are_what_one_of_all_would_be(some, others):
    merged = of("LCP", some)
    merged.merge(of("LCP", others))
    whole = of("LCP", some + others)
    assert merged.buckets == whole.buckets
    assert (merged.good, merged.middling, merged.poor) == (whole.good, whole.middling, whole.poor)


@given(st.dictionaries(st.integers(0, BUCKETS - 1), st.integers(1, 2**31 - 1), max_size=BUCKETS))
def test_what_is_packed_is_unpacked(buckets):
    assert unpack(pack(buckets)) == buckets


def test_a_spread_is_small():
    drawn = random.Random(7)
    visits = of("LCP", [min(drawn.lognormvariate(7.6, 0.6), 6e5) for _ in range(100_000)])
    assert len(pack(visits.buckets)) < 400
    fullest = pack(dict.fromkeys(range(BUCKETS), 100_000))
    assert len(fullest) < 1000


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("CLS", 0.0, 0.0), ("CLS", 0.0004, 0.0), ("INP", 8.0, 8.0), ("LCP", 2500.0, 2500.0),
        ("LCP", 599_999.0, 60_000.0),
    ],
)  # fmt: skip
def test_single_values_are_shown_as_people_expect(metric, value, shown):
    assert of(metric, [value]).p75(METRICS[metric]) == pytest.approx(shown, rel=ERROR)


@pytest.mark.parametrize(
    ("metric", "good", "poor"),
    [("LCP", 2500, 4000), ("INP", 200, 500), ("CLS", 0.1, 0.25), ("FCP", 1800, 3000),
     ("TTFB", 800, 1800)],
)  # fmt: skip
def test_the_thresholds_are_the_official_ones(metric, good, poor):
    one = METRICS[metric]
    assert rate(one, good) == "good"
    assert rate(one, good + one.step) == "needs-improvement"
    assert rate(one, poor) == "needs-improvement"
    assert rate(one, poor + one.step) == "poor"
