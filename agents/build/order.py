"""An order in which things can be made, each after what it needs. Pure.

Errors:
    ModelError   things that require each other
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.model import ModelError

Needs = Mapping[str, tuple[frozenset[str], frozenset[str]]]
"""Per key: what must come before it, and what had better."""


def in_order(needs: Needs) -> tuple[str, ...]:
    """All keys, each after what it must follow and, where possible, after what it had better.

    Among equals the given order stays.
    """
    left = list(needs)
    done: list[str] = []
    while left:
        ready = [key for key in left if needs[key][0] <= set(done)]
        if not ready:
            raise ModelError(f"these require each other, so none can be made: {', '.join(left)}")
        happy = [key for key in ready if needs[key][1] <= set(done)]
        chosen = (happy or ready)[0]
        left.remove(chosen)
        done.append(chosen)
    return tuple(done)
