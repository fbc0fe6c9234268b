"""Every problem of a plan file is told with the line on which to mend it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.plan import cli, places, tasks
from contracts.model import AppModel, ModelError, Plan, decode_plan, encode_plan
from tests.support.plans import PLANNER, Gone, edit

PLAN = encode_plan(Plan(model=PLANNER, tasks=tasks.tasks(PLANNER)))


def changed(changes: dict[str, Any]) -> bytes:
    return json.dumps(edit(json.loads(PLAN), changes), indent=2).encode()


@pytest.mark.parametrize(
    ("changes", "path", "line"),
    [
        (
            {"model.entities.0.label_field": "nope"},
            "$.model.entities[0].label_field", '"label_field": "nope"',
        ),
        (
            {"model.entities.1.default_sort": "nope"},
            "$.model.entities[1].default_sort", '"default_sort": "nope"',
        ),
        (
            {"model.entities.0.access.update": ["boss"]},
            "$.model.entities[0].access.update", '"update": [',
        ),
        (
            {"model.entities.1.fields.1.options": []},
            "$.model.entities[1].fields[1].options", '"options": []',
        ),
        ({"model.entities.1.seed.0.shape": "x"}, "$.model.entities[1].seed[0]", "{"),
        ({"model.relations.0.target": "plot"}, "$.model.relations[0].target", '"target": "plot"'),
        ({"model.pages.1.entity": "plot"}, "$.model.pages[1].entity", '"entity": "plot"'),
        ({"model.features.0.key": "magic"}, "$.model.features[0]", "{"),
        ({"tasks.0.after": ["nothing"]}, "$.tasks[0].after", '"after": ['),
        ({"model.entities.0.fields": []}, "$.model.entities[0].fields", '"fields": []'),
    ],
)  # fmt: skip
def test_a_broken_rule_has_the_place_of_what_breaks_it(
    changes: dict[str, Any], path: str, line: str
) -> None:
    text = changed(changes)
    found = cli.problems(decode_plan(text), text)
    (problem,) = [each for each in found if each.path == path]
    assert text.decode().splitlines()[problem.line - 1].strip().startswith(line)


def test_of_two_that_are_the_same_the_later_one_is_named() -> None:
    twice = edit(json.loads(PLAN), {"model.features.+": {"key": "search"}})
    text = json.dumps(twice, indent=2).encode()
    (problem,) = cli.problems(decode_plan(text), text)
    assert problem.path == "$.model.features[1]"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b'{\n "model": {\n  "app": {"name": "X", "slug": "X Y"},\n  "entities": []}}', 3),
        (b'{\n "model": {"app": {"name": "X", "slug": "x"},\n  "entities": [\n   3]}}', 4),
        (b'{\n "model": {"app":\n   {"name": "X", "slug": "x", "colour": 1}}}', 3),
        (b"{\n\n ]", 3),
        (b'{\n "model"', 0),
        (b"\xff\xfe\x00", 1),
        (b"", 0),
    ],
)
def test_a_file_that_is_no_plan_has_the_line_that_the_decoder_named(text: bytes, line: int) -> None:
    with pytest.raises(ModelError) as refused:
        decode_plan(text)
    assert places.unreadable(str(refused.value), text).line == line


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_every_value_of_a_file_has_its_line(indent: Any) -> None:
    content = json.loads(PLAN)
    text = json.dumps(content, indent=indent)
    known = places.lines(text)
    rows = text.splitlines()
    for path, value in walked("$", content):
        shown = json.dumps(value) if not isinstance(value, dict | list) else "{" if value else "["
        assert path in known
        assert shown[0] in rows[known[path] - 1] or isinstance(value, list)


def walked(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(path, value), *(w for k, v in value.items() for w in walked(f"{path}.{k}", v))]
    if isinstance(value, list):
        return [(path, value), *(w for i, v in enumerate(value) for w in walked(f"{path}[{i}]", v))]
    return [(path, value)]


@given(st.text(alphabet='{}[],:"\\ \na1', max_size=60))
def test_any_text_has_lines_without_a_failure(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in places.lines(text).values())


def test_a_sound_plan_has_no_problem() -> None:
    assert cli.problems(decode_plan(PLAN), PLAN) == ()


def test_without_a_place_in_the_file_a_problem_is_told_all_the_same() -> None:
    model: AppModel = PLANNER
    plan = Plan(model=model)
    found = places.problem("entity ghost: it is not there", plan, places.lines("{}"))
    assert (found.path, found.line) == ("", 0)


def test_what_is_missing_has_the_place_of_what_lacks_it() -> None:
    text = changed({"model.pages.1.entity": Gone})
    (problem,) = [p for p in cli.problems(decode_plan(text), text) if "needs an entity" in p.text]
    assert problem.path == "$.model.pages[1]"
