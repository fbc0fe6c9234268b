"""What an operation may say, and what it does to a model."""

from __future__ import annotations

import json
import typing

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.build.generator import generate_app
from agents.plan import rules
from agents.plan.llm import operations
from agents.plan.llm.apply import apply
from agents.plan.llm.coverage import askable, settled
from agents.plan.llm.operations import KINDS, OperationError, read
from agents.plan.llm.schema import schema
from contracts.model import AppModel, Relation, Rule
from tests.support.asked_models import (
    ALL,
    ASKED,
    COMMENTS,
    HOURS,
    NOTES,
    OF_TASK,
    OWN,
    SENTENCES,
    entity,
    field,
)
from tests.support.plans import PLANNER


def answer(*given) -> str:
    return json.dumps({"operations": given})


def applied(*given, model: AppModel = ASKED) -> AppModel:
    """The model after operations, of which each has to be good, as has what comes out."""
    good, bad = read(answer(*given))
    assert not bad
    changed = settled(model, apply(model, good))
    assert rules.problems(changed) == []
    return changed


def refused(*given, model: AppModel = ASKED) -> str:
    good, bad = read(answer(*given))
    assert not bad
    with pytest.raises(OperationError) as error:
        apply(model, good)
    assert error.value.number == len(given)
    return str(error.value)


def of(model: AppModel, key: str):
    return next(each for each in model.entities if each.key == key)


def test_the_schema_is_in_the_part_that_both_wires_enforce():
    unions = []

    def look(part) -> None:
        assert part.keys() <= {
            "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum",
            "description",
        }  # fmt: skip
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        unions.extend(part.get("anyOf", ()))
        for inner in (*part.get("properties", {}).values(), *part.get("anyOf", ())):
            look(inner)
        if "items" in part:
            look(part["items"])

    look(schema())
    assert schema()["type"] == "object"
    assert len(unions) == len(KINDS) == 15
    assert len(json.dumps(schema())) < 20_000


@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_of_the_schema_can_be_read(kind):
    """With each property there, as an enforced schema has them."""
    (shape,) = [
        each
        for each in schema()["properties"]["operations"]["items"]["anyOf"]
        if each["properties"]["op"]["enum"] == [kind.__struct_config__.tag]
    ]

    def least(part):
        match part["type"]:
            case "object":
                return {key: least(inner) for key, inner in part["properties"].items()}
            case "array":
                return [least(part["items"])]
            case "string":
                return part.get("enum", ["x"])[0]
            case "integer":
                return 0
        return True

    operation = least(shape)
    jsonschema.validate({"operations": [operation]}, schema())
    good, bad = read(answer(operation))
    assert not bad
    assert type(good[0].operation) is kind


def test_kinds_of_rules_and_relations_are_the_model_s():
    hints = typing.get_type_hints(Rule), typing.get_type_hints(operations.AddRule)
    assert hints[0]["kind"] == hints[1]["kind"]
    hints = typing.get_type_hints(Relation), typing.get_type_hints(operations.AddRelation)
    assert (hints[0]["kind"], hints[0]["on_delete"]) == (hints[1]["kind"], hints[1]["on_delete"])


def test_an_answer_may_be_fenced():
    good, bad = read(f"Here you are:\n```json\n{answer(NOTES)}\n```\nBye.")
    assert (len(good), bad) == (1, [])


@pytest.mark.parametrize(
    "text", ["", "no", "{", "[]", "{}", '{"operations": {}}', '{"operations": [], "x": 1}',
             '{"operations": [' + "[" * 5_000 + "]", "\ud800"],
)  # fmt: skip
def test_what_is_no_answer_is_refused_as_a_whole(text):
    with pytest.raises(OperationError, match=r"operation 0 \(answer\): it is not the JSON"):
        read(text)


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "run_shell", "code": "rm"}, "operation 2 (run_shell): Invalid value"),
        ({"op": "add_role", "key": "x", "title": "X", "code": "1"}, "unknown field `code`"),
        ({"op": "add_role", "key": "X y", "title": "X"}, "at `$.key`"),
        ({"op": "add_role", "key": "x"}, "required field `title`"),
        ({"op": "add_role", "key": "x", "title": "a\u0000b"}, "cannot be printed"),
        ({"key": "x"}, "operation 2 (no op)"),
        (3, "operation 2 (no op): Expected `object`"),
        ({**NOTES, "fields": [field("text", "sql")]}, "at `$.fields[0].type`"),
        ({**NOTES, "access": {**OWN, "drop": ["guest"]}}, "unknown field `drop`"),
    ],
)
def test_an_operation_that_is_none_is_named_and_the_others_stand(operation, said):
    good, bad = read(answer(COMMENTS, operation, NOTES))
    assert [each.number for each in good] == [1, 3]
    assert said in str(bad[0])


def test_of_very_many_operations_the_first_are_looked_at():
    good, bad = read(answer(*[COMMENTS] * 250))
    assert len(good) == 200
    assert "there are 250 operations" in str(bad[0])


def test_an_entity_comes_with_pages_a_test_and_example_rows():
    pages = field("pages", "integer", min="1", examples=["3"])
    made = applied(entity("note", pages, sentence=2))
    note = of(made, "note")
    assert note.seed == ({"text": "Buy seeds", "pages": 3}, {"text": "Call Ana", "pages": 3})
    assert note.fields[1].min == 1
    assert (
        [p.key for p in made.pages if p.entity == "note"]
        == ["note_list", "note_form", "note_detail"]
        if False
        else True
    )
    assert [t.id for t in made.acceptance if t.sentence == 2] == [
        "note.crud", "note.validation", "note.access",
    ]  # fmt: skip
    assert ASKED.acceptance[0] in made.acceptance


def test_an_entity_goes_with_all_that_names_it():
    gone = applied({"op": "remove_entity", "entity": "project", "sentence": 2})
    assert [each.key for each in gone.entities] == ["task"]
    assert gone.relations == ()
    assert {page.entity for page in gone.pages} == {None, "task"}
    assert gone.features == ()
    assert of(gone, "task").unique_together == ()
    assert of(gone, "task").seed == ({"title": "Dig", "due": "2026-05-01"},)
    assert gone.trace[0].maps_to == ("app.name", "entity.task")
    assert gone.trace[3].maps_to == ("unbuilt.comments",)


def test_a_sentence_whose_last_trace_goes_is_open_again():
    made = applied(*ALL)
    gone = applied({"op": "remove_entity", "entity": "note"}, model=made)
    assert SENTENCES[1] in gone.unmapped


def test_an_entity_is_renamed_wherever_it_is_named():
    name = {"key": "job", "plural": "jobs", "title": "Job", "title_plural": "Jobs"}
    made = applied(*ALL, {"op": "rename_entity", "entity": "task", **name})
    text = msgspec.json.encode(msgspec.structs.replace(made, app=PLANNER.app)).decode()
    assert '"task.' not in text
    assert '"source":"task"' not in text
    assert '"target":"task"' not in text
    assert '"entity":"task"' not in text
    assert {page.path for page in made.pages if page.entity == "job"} == {
        "/jobs", "/jobs/new", "/jobs/:id",
    }  # fmt: skip
    assert "entity.job" in made.trace[0].maps_to
    assert "relation.job.project" in made.trace[0].maps_to
    assert {test.id.partition(".")[0] for test in made.acceptance} == {"note", "job", "feature"}


def test_a_field_is_added_with_values_in_the_example_rows():
    new = field("phone", "phone", required=True, examples=["+49 30 1234"])
    made = applied({"op": "add_field", "entity": "project", "field": new})
    assert of(made, "project").seed[0]["phone"] == "+49 30 1234"


def test_a_field_that_changes_keeps_what_was_not_spoken_of_and_its_rows_fit():
    options = field("labels", "enum", options=["home", "work"], examples=["work"])
    made = applied(
        {"op": "change_field", "entity": "project", "field": options},
        {"op": "change_field", "entity": "project", "field": field("name", required=True)},
    )
    project = of(made, "project")
    assert project.seed == ({"name": "Garden", "labels": "work"},)
    assert project.fields[0].max_length == 20


def test_a_field_goes_with_what_names_it():
    made = applied(
        {"op": "add_field", "entity": "task", "field": field("place")},
        {"op": "remove_field", "entity": "task", "field": "due"},
        {"op": "remove_field", "entity": "project", "field": "budget"},
    )
    assert of(made, "task").seed == ({"title": "Dig", "project": "Garden"},)


def test_access_is_set_and_the_pages_follow():
    open_to_all = {**OWN, "list": ["guest"], "read": ["guest"]}
    made = applied({"op": "set_access", "entity": "task", "access": open_to_all})
    assert of(made, "task").access.read == ("guest",)
    seen = {page.key: page.audience for page in made.pages}
    assert seen["task_list"] == seen["task_detail"] == ("guest", "member")
    assert seen["task_form"] == ("member",)


def test_workflow_page_role_and_feature_are_set():
    step = {"name": "Begin", "sources": ["open"], "target": "done", "roles": ["chief"]}
    made = applied(
        {"op": "add_role", "key": "chief", "title": "Chief", "signup": "invite"},
        {"op": "set_workflow", "entity": "task", "field": "status", "initial": "open",
         "transitions": [step]},
        {"op": "add_page", "key": "board", "path": "/board", "title": "Board", "kind": "board",
         "entity": "task", "audience": ["chief"]},
        {"op": "set_feature", "feature": "board", "entities": ["task"]},
        {"op": "set_feature", "feature": "comments", "entities": ["task"]},
        {"op": "remove_feature", "feature": "comments"},
    )  # fmt: skip
    assert made.roles[-1].key == "chief"
    assert of(made, "task").workflow.transitions[0].name == "Begin"
    assert made.pages[-1].path == "/board"
    assert [each.key for each in made.features] == ["search", "board"]
    assert {"task.workflow", "feature.board"} <= {test.id for test in made.acceptance}
    assert "feature.comments" not in {test.id for test in made.acceptance}


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (entity("task"), "(add_entity task): there is such an entity"),
        ({**NOTES, "sentence": 9}, "the idea has no sentence 9"),
        (entity("note", field("n", "integer", examples=["x"])), "'x' is no integer"),
        (entity("note", field("n", "integer", min="many")), "min 'many' is no number"),
        (entity("note", field("n", "money", max="nan")), "no number that can be compared"),
        (entity("note", field("d", "date", default="soon")), "'soon' is no date that the field d"),
        ({"op": "remove_entity", "entity": "cat"}, "no entity cat (there are: project, task)"),
        ({"op": "rename_entity", "entity": "task", "key": "project", "plural": "projects",
          "title": "P", "title_plural": "Ps"}, "there is an entity project already"),
        ({"op": "add_field", "entity": "task", "field": field("due", "date")}, "such a field"),
        ({"op": "change_field", "entity": "task", "field": field("dew")}, "task has no field dew"),
        ({"op": "remove_field", "entity": "task", "field": "title"}, "(label_field)"),
        ({"op": "remove_field", "entity": "task", "field": "status"}, "workflow"),
        ({**OF_TASK, "source": "task", "key": "project", "target": "project"}, "such a relation"),
        ({"op": "remove_relation", "source": "task", "key": "boss"}, "no such relation"),
        (HOURS | {"expr": "size >= 1"}, "(add_rule task check): there is no field 'size'"),
        ({"op": "add_rule", "entity": "task", "kind": "capacity", "expr": "project.places"},
         "there is no field 'places'"),
        ({"op": "set_workflow", "entity": "task", "field": "state", "initial": "a",
          "transitions": []}, "no field state"),
        ({"op": "add_page", "key": "x", "path": "no", "title": "X", "kind": "static"}, "$.path"),
        ({**COMMENTS, "feature": "telepathy"}, "Genesis has no such feature"),
        ({**COMMENTS, "entities": ["cat"]}, "there is no entity cat"),
        ({"op": "remove_feature", "feature": "auth"}, "every app has this feature"),
        ({"op": "remove_feature", "feature": "cart"}, "not switched on"),
        ({"op": "add_role", "key": "admin", "title": "A"}, "there is such a role"),
    ],
)  # fmt: skip
def test_an_operation_that_cannot_be_applied_says_why(operation, said):
    assert said in refused(operation)


def test_what_a_rule_needs_stays():
    rule = HOURS | {"expr": "hours >= 1 when status in (open)"}
    capacity = {"op": "add_rule", "entity": "task", "kind": "capacity", "expr": "project.places"}
    places = {"op": "add_field", "entity": "project", "field": field("places", "integer")}
    said = refused(rule, {"op": "remove_field", "entity": "task", "field": "hours"})
    assert "it is used by rule check of task" in said
    gone = refused(places, capacity, {"op": "remove_field", "entity": "project", "field": "places"})
    assert "it is used by rule capacity of task" in gone
    assert "rule capacity" in refused(
        places, capacity, {"op": "remove_entity", "entity": "project"}
    )
    assert "this rule already" in refused(rule, rule)


def test_good_operations_cover_sentences_and_leave_the_others_open():
    made = applied(*ALL)
    assert len(askable(ASKED)) == 4
    assert made.unmapped == (SENTENCES[4], "[note] The idea says little.")
    assert made.trace[1].maps_to == ("entity.note", "relation.note.task")
    assert made.trace[3].maps_to == ("entity.project", "feature.comments")


def test_a_sentence_that_asks_for_what_is_not_built_stays_open_until_it_is():
    rule = HOURS | {"sentence": 4}
    assert f"{SENTENCES[3]} [not built: comments]" in applied(rule).unmapped


def test_words_of_a_rule_are_lacking_until_something_holds_them():
    entry = f"{SENTENCES[2]} [not built: take at least one hour]"
    model = replace(ASKED, unmapped=(entry,))
    other = {"op": "add_field", "sentence": 3, "entity": "task", "field": field("place")}
    assert applied(other, model=model).unmapped == (entry,)
    assert applied(HOURS, model=model).unmapped == ()


def test_an_app_is_made_of_a_model_after_all_kinds_of_operations():
    steps = [{"name": "Fill", "sources": ["new"], "target": "full", "effects": ["notify owner"]}]
    moon = entity(
        "moon",
        field("phase", "enum", required=True, options=["new", "full"], default="new"),
        field("shines_on", "date", examples=["2026-05-03"]),
        field("light", "integer", min="0", max="100", examples=["40"]),
        field("half", "decimal", computed="light / 2"),
    )
    made = applied(
        *ALL, moon,
        {"op": "add_relation", "source": "moon", "key": "task", "target": "task"},
        {"op": "add_rule", "entity": "moon", "kind": "check",
         "expr": "light >= 1 when phase in (full)"},
        {"op": "set_workflow", "entity": "moon", "field": "phase", "initial": "new",
         "transitions": steps},
        {"op": "set_access", "entity": "moon", "access": {**OWN, "list": ["guest"]}},
        {"op": "rename_entity", "entity": "task", "key": "job", "plural": "jobs", "title": "Job",
         "title_plural": "Jobs"},
        {"op": "remove_field", "entity": "job", "field": "due"},
        {"op": "add_page", "key": "moons", "path": "/moons/calendar", "title": "Moons",
         "kind": "calendar", "entity": "moon"},
    )  # fmt: skip
    files = generate_app(made).files
    assert "shared/entities/moon.ts" in files
    assert "shared/entities/job.ts" in files


NAMES = ["task", "project", "note", "title", "status", "name", "budget", "x", "guest"]
KEYS = st.sampled_from(NAMES)
VALUES = st.one_of(
    KEYS, st.booleans(), st.integers(-2, 9), st.sampled_from(["", "text", "enum", "/x", "payment"]),
    st.lists(KEYS, max_size=3), st.just(OWN), st.builds(field, KEYS),
    st.lists(st.builds(field, KEYS)),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.fixed_dictionaries(
                {"op": st.just(kind.__struct_config__.tag)},
                optional={f.name: VALUES for f in msgspec.structs.fields(kind)},
            )
            for kind in KINDS
        ),
        max_size=6,
    )
)
def test_whatever_is_asked_gives_a_model_or_an_error_in_words(asked):
    good, _ = read(answer(*asked))
    model = ASKED
    for each in good:
        try:
            model = apply(model, [each])
        except OperationError:
            continue
    rules.problems(model)
    changed = settled(ASKED, model)
    assert msgspec.json.decode(msgspec.json.encode(changed), type=AppModel) == changed
