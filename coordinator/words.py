"""How times are said to people, wherever they read."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds as people say them: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if (rounded := round(seconds, 1)) < 10:  # noqa: PLR2004
        return f"{rounded:.1f} s"
    if (whole := round(seconds)) < 60:  # noqa: PLR2004
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
