"""A model that somebody edits: what Build would refuse, the rules of Plan name first."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.build.generator import generate
from agents.plan import rules
from agents.plan.model import model_of
from agents.scout import patterns
from contracts.model import AppModel
from tests.agents.plan.test_built import everything_of
from tests.support.builder import model as built

Path = tuple[str | int, ...]
_SHOWN = ("store", "booking", "lms", "helpdesk", "publishing", "tasks")


@cache
def models() -> tuple[dict[str, Any], ...]:
    """Models of patterns and of people, as plain data."""
    made = [model_of(everything_of(key)) for key in _SHOWN if key in patterns.catalogue()]
    own = [built(name) for name in ("ruled_orders", "ruled_booking", "lms", "leave", "crm")]
    sound = [each for each in own if not rules.problems(each)]
    return tuple(msgspec.to_builtins(each) for each in (*made, *sound))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in plain data but the app's head and what only tells of the model."""
    yield path
    if isinstance(value, dict):
        children = list(value.items())
    else:
        children = list(enumerate(value)) if isinstance(value, list | tuple) else []
    for key, child in children:
        if path or key not in {"app", "trace", "acceptance", "patterns", "unmapped", "version"}:
            yield from places(child, (*path, key))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    """A model with one or two things changed as somebody might change them."""
    data = copy.deepcopy(draw(st.sampled_from(models())))
    data = msgspec.json.decode(msgspec.json.encode(data))
    for _ in range(draw(st.integers(1, 2))):
        found = [path for path in places(data) if path]
        path = draw(st.sampled_from(found))
        above, last = at(data, path[:-1]), path[-1]
        old = above[last]
        same = [at(data, p) for p in found if isinstance(at(data, p), type(old))]
        deed = draw(st.sampled_from(["take", "put", "word"]))
        if deed == "take":
            del above[last]
        elif deed == "put":
            above[last] = copy.deepcopy(draw(st.sampled_from(same)))
        elif isinstance(old, str):
            above[last] = draw(st.sampled_from(["", "status", "guest", "member", "x", "date"]))
        else:
            above[last] = draw(st.sampled_from([0, 1, -1, True, None, [], {}]))
    return data


@settings(
    max_examples=200, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)  # fmt: skip
@given(data=edits())
def test_what_build_refuses_breaks_a_rule(data):
    try:
        model = msgspec.convert(data, AppModel)
    except msgspec.ValidationError:
        return
    if not rules.problems(model):
        generate(model)
