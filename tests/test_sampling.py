"""The short run tries other cases each day, the long run all of them."""

from __future__ import annotations

import pytest

from tests.support import sampling

NAMES = [f"case-{n}" for n in range(20)]


@pytest.fixture
def on(monkeypatch):
    def set_to(day: int) -> None:
        monkeypatch.setattr(sampling, "today", lambda: day)

    return set_to


def test_all_are_tried_in_time_and_never_more_a_day_than_wanted(on):
    tried = set()
    for day in range(60):
        on(day)
        chosen = sampling.sample(4, NAMES)
        assert len(chosen) == len(set(chosen)) == 4
        tried |= set(chosen)
    assert tried == set(NAMES)


def test_the_draw_of_a_day_does_not_depend_on_the_order_of_the_cases(on):
    on(3)
    assert sampling.sample(4, NAMES) == sampling.sample(4, reversed(NAMES))


def test_what_is_not_drawn_is_left_to_the_long_run(on):
    on(3)
    parameters = sampling.drawn(4, NAMES)
    assert [each.values[0] for each in parameters] == NAMES
    short = [str(each.values[0]) for each in parameters if not each.marks]
    assert sorted(short) == sampling.sample(4, NAMES)
    rest = [mark.name for each in parameters for mark in each.marks]
    assert rest == ["soak"] * 16
