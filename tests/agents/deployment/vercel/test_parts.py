"""The pure parts: how long to wait."""

from __future__ import annotations

import pytest

from agents.deployment.vercel.limits import seconds_to_wait

pytestmark = pytest.mark.timeout(20)
NOW = 1_643_322_000.0  # 2022-01-27 22:20:00 UTC


@pytest.mark.parametrize(
    ("headers", "error", "seconds"),
    [
        ({"retry-after": "17"}, {}, 17),
        ({"Retry-After": "Thu, 27 Jan 2022 22:20:17 GMT"}, {}, 17),
        ({"retry-after": "soon", "X-RateLimit-Reset": "1643322017"}, {}, 17),
        ({}, {"limit": {"reset": 1_643_322_017}}, 17),
        ({}, {"limit": {"reset": 1_643_322_017_000}}, 17),
        ({}, {"limit": {"resetMs": 1_643_322_017_000}}, 17),
        ({"x-ratelimit-reset": "1643329999"}, {"limit": {"reset": 1_643_322_017}}, 17),
        ({}, {"message": "Too many requests - try again in 22 hours (more than 5000)"}, 79_200),
        ({}, {"message": "try again in 1 minute"}, 60),
        ({"x-ratelimit-reset": "1643321000"}, {}, 0),
        ({"retry-after": "soon"}, {"limit": "many", "message": None}, None),
        ({}, {}, None),
    ],
)
def test_a_limit_is_read_in_every_form_that_is_known(headers, error, seconds):
    assert seconds_to_wait(headers, error, NOW) == seconds
