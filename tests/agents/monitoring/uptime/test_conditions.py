from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.monitoring.uptime.conditions import (
    Answer,
    BadCondition,
    Conditions,
    at_path,
    health,
    json_condition,
    problem,
    status_ranges,
)

BODY = {"ok": True, "build": "b1", "items": [{"count": 3, "name": "first"}], "none": None}


def answer(body=BODY, status=200, milliseconds=5.0, cut=False):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, body=text, milliseconds=milliseconds, cut=cut)


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (Conditions(), ""),
        (Conditions(status=((300, 399), (404, 404))), "status 200"),
        (Conditions(status=status_ranges("404,2xx")), ""),
        (Conditions(contains="first"), ""),
        (Conditions(contains="second"), "'second' is not in the answer"),
        (Conditions(lacks="first"), "'first' is in the answer"),
        (Conditions(milliseconds=5), ""),
        (Conditions(milliseconds=4), "it took 5 ms, more than 4"),
    ],
)
def test_an_answer_is_held_to_each_condition(conditions, said):
    assert problem(conditions, answer()) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ok == true", ""),
        ("ok == 1", "ok is true, not == 1"),
        ("ok != false", ""),
        ("items[0].count > 2", ""),
        ("items[0].count>=3", ""),
        ("items[0].count < 3", "items[0].count is 3, not < 3"),
        ("items[0].name == first", ""),
        ('items[0].name == "last"', 'items[0].name is "first", not == "last"'),
        ("items[0].name > 2", 'items[0].name is "first", not > 2'),
        ("items[1].count == 3", "items[1].count is not in the answer"),
        ("none == null", ""),
        ("items.count == 3", "items.count is not in the answer"),
    ],
)
def test_json_answers_are_compared_at_a_path(text, said):
    assert problem(Conditions(json=(json_condition(text),)), answer()) == said


@pytest.mark.parametrize(
    ("given_answer", "said"),
    [
        (answer({"ok": True, "build": "b1"}), ""),
        (answer({"ok": True, "build": "b0"}), "build 'b0' answers, not 'b1'"),
        (answer({"ok": True}), "build None answers, not 'b1'"),
        (answer({"ok": False, "build": "b1"}), "ok is false, not == true"),
        (answer(["no"]), "the health answer is not an object"),
        (answer(b"<html>"), "status 200, and the answer is not JSON"),
        (answer(b"<html>", status=502), "status 502, and the answer is no object of JSON"),
        (answer({"database": "away"}, status=503), "status 503, database away"),
        (answer(b"[" * 100_000), "status 200, and the answer is not JSON"),
        (answer(cut=True), "the answer is too long to be read as JSON"),
    ],
)
def test_an_app_of_ours_says_that_it_is_well_and_which_build_it_is(given_answer, said):
    assert problem(health("b1"), given_answer) == said


@pytest.mark.parametrize(
    "text",
    ["", "ok", "ok = true", "== 3", "a..b == 3", "a[x] == 3", "a == [1]", "a > b", "[0 == 1"],
)
def test_a_condition_that_cannot_be_understood_is_refused(text):
    with pytest.raises(BadCondition):
        json_condition(text)


@pytest.mark.parametrize("text", ["", "20", "300-200", "6xx", "200,", "a-b"])
def test_a_range_that_cannot_be_understood_is_refused(text):
    with pytest.raises(BadCondition):
        status_ranges(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(JSON, st.sampled_from(["a", "a.b", "[0]", "a[1].b", "0"]), st.binary(max_size=40))
def test_whatever_comes_back_is_judged_without_breaking(value, path, garbage):
    at_path(value, path)
    for body in (garbage, json.dumps(value).encode("utf-8", "surrogatepass")):
        assert isinstance(problem(health("b"), answer(body)), str)
