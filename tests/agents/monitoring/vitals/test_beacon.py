from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.monitoring.traffic.hits import Unreadable
from agents.monitoring.vitals import beacon
from agents.monitoring.vitals.beacon import MOST, OTHER

# As recorded in Chromium.
LCP = {
    "name": "LCP", "value": 116, "rating": "good", "delta": 116, "entries": [],
    "id": "v6-1795403282956-9878581347747", "navigationType": "navigate",
}  # fmt: skip


def samples(body, referer="", project="shop/staging"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    fresh = (f"fresh-{number}" for number in range(1000))
    return beacon.samples(beacon.read(body, referer), "phone", project, fresh)


def test_a_metric_as_the_library_sends_it_is_one_sample():
    [sample] = samples({**LCP, "page": "/orders/17"})
    assert (sample.metric, sample.value, sample.page) == ("LCP", 116.0, "/orders/:id")
    assert sample.device == "phone"


def test_several_come_in_one_beacon():
    body = [LCP, {**LCP, "name": "CLS", "value": 0.05, "id": "b"}]
    assert [one.metric for one in samples(body)] == ["LCP", "CLS"]


def test_a_metric_of_the_same_id_has_the_same_number_and_only_it():
    numbers = {
        samples(LCP)[0].number,
        samples({**LCP, "value": 300})[0].number,
        samples({**LCP, "id": "other"})[0].number,
        samples({**LCP, "name": "FCP"})[0].number,
        samples(LCP, project="shop/production")[0].number,
    }
    assert len(numbers) == 4
    assert all(0 <= number < 2**63 for number in numbers)


@pytest.mark.parametrize(
    ("more", "referer", "page"),
    [
        ({"page": "/a"}, "http://x/b", "/a"),
        ({"url": "http://x.test/c/d?token=1#e"}, "", "/c/d"),
        ({"navigationURL": "http://x.test/f"}, "http://x/b", "/f"),
        ({}, "http://x.test/g?h", "/g"),
        ({"page": ""}, "http://x.test/i", "/i"),
        ({}, "", OTHER),
        ({"page": "javascript:alert(1)"}, "", OTHER),
        ({"page": 7}, "", OTHER),
    ],
)
def test_the_page_is_what_the_metric_says_else_the_referer(more, referer, page):
    assert samples({**LCP, **more}, referer)[0].page == page


@pytest.mark.parametrize(
    "value",
    ["12", None, True, -1, -0.001, 1e300, 600_001, 10**400, [1], {"a": 1}],
)
def test_a_value_that_no_clock_measured_is_left_out(value):
    assert samples([{**LCP, "value": value}, {**LCP, "id": "b"}]) == samples({**LCP, "id": "b"})


@pytest.mark.parametrize("name", ["FID", "lcp", "", "<b>", None, 7, "Next.js-hydration"])
def test_an_unknown_metric_is_left_out(name):
    assert samples({**LCP, "name": name}) == []


def test_metrics_without_an_id_are_visits_of_their_own():
    bare = {key: value for key, value in LCP.items() if key != "id"}
    first, second = samples([bare, bare])
    assert first.number != second.number
    assert samples({**LCP, "id": "x" * 10_000}) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"7", b"null", b"[]", b"[1, null]", b'"text"', b"\xff\xfe", b"[" * 100_000,
     json.dumps([LCP] * (MOST + 1)).encode()],
)  # fmt: skip
def test_what_is_no_beacon_is_refused(body):
    with pytest.raises(Unreadable):
        beacon.read(body, "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["LCP", "CLS", "INP"]) | JSON,
                "value": st.floats() | st.integers() | JSON,
                "id": st.text() | JSON, "page": st.text() | JSON, "url": st.text() | JSON,
            },
        ),
        max_size=5,
    ),
    st.text(),
)  # fmt: skip
def test_whatever_comes_is_counted_safely_or_refused(body, referer):
    try:
        found = samples(json.dumps(body).encode(), referer)
    except Unreadable:
        return
    for one in found:
        assert 0 <= one.value <= 600_000
        assert "\0" not in one.page
        assert len(one.page.encode()) <= 200
