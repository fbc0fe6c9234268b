from __future__ import annotations

import pytest

from agents.monitoring.incidents import judge


@pytest.mark.parametrize(
    ("newest_first", "is_open", "verdict"),
    [
        ([], False, "stays"),
        ([False], False, "stays"),
        ([False, True], False, "stays"),
        ([True, False], False, "stays"),
        ([False, False], False, "opens"),
        ([False, False], True, "stays"),
        ([True, False], True, "stays"),
        ([True], True, "stays"),
        ([True, True], True, "resolves"),
        ([True, True], False, "stays"),
    ],
)
def test_two_looks_in_a_row_decide(newest_first, is_open, verdict):
    assert judge(newest_first, is_open=is_open) == verdict
