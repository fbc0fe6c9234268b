from __future__ import annotations

import msgspec
import pytest

from agents.build.features.booking.periods import hours
from agents.build.generator import generate, generate_app
from agents.build.modules import prepared
from contracts.model import Access, AppModel, Page, Rule
from tests.support.builder import model


@pytest.fixture
def views() -> AppModel:
    return model("views")


def entity(app: AppModel, key: str):
    return next(each for each in app.entities if each.key == key)


def changed(app: AppModel, key: str, **values: object) -> AppModel:
    """The model with an entity that differs."""
    replaced = msgspec.structs.replace(entity(app, key), **values)
    entities = tuple(replaced if each.key == key else each for each in app.entities)
    return msgspec.structs.replace(app, entities=entities)


def pages(app: AppModel) -> str:
    return generate(app)["shared/pages.ts"].decode()


def test_a_page_of_an_entity_without_the_field_it_needs_is_a_list_and_a_note(views):
    made = generate_app(views)
    line = 'path: "/room-map", title: "Map of rooms", kind: "list"'
    assert line in made.files["shared/pages.ts"].decode()
    assert [note for note in made.notes if "Map of rooms" in note]


def test_a_board_at_the_address_of_the_list_leaves_the_list_another(views):
    text = pages(views)
    assert 'path: "/tasks", title: "Tasks", kind: "board"' in text
    assert 'path: "/tasks/all", title: "Tasks", kind: "list"' in text
    assert 'path: "/tasks/:id", title: "Task", kind: "detail"' in text


def test_a_thread_at_the_address_of_a_record_is_the_page_of_the_record(views):
    assert 'path: "/topics/:id", title: "Topic", kind: "detail"' in pages(views)
    assert "/topics/:topic_id" not in pages(views)


def test_an_entity_of_the_feature_without_a_page_is_given_one(views):
    assert 'path: "/events/board"' in pages(views)


def test_a_page_without_an_entity_shows_the_first_that_fits(views):
    page = Page(key="any", path="/anywhere", title="Anywhere", kind="map")
    app = msgspec.structs.replace(views, pages=(*views.pages, page))
    maps = generate(app)["shared/features/maps.ts"].decode()
    assert '"/anywhere": { entity: "place", field: "at" }' in maps


def test_a_booking_without_a_rule_is_given_one_that_forgets_the_cancelled(views):
    rules = entity(prepared(views), "booking").rules
    assert [rule.expr for rule in rules] == ["room: start, end when status in (booked)"]


def test_a_booking_with_a_rule_keeps_it(views):
    own = Rule(kind="no_overlap", expr="room: start, end", message="Taken")
    app = changed(views, "booking", rules=(own,))
    assert entity(prepared(app), "booking").rules == (own,)
    times = next(
        text.decode() for path, text in generate(app).items() if "booking_times" in path
    )  # fmt: skip
    assert "status" not in times


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ("08:00", "18:00", 60)),
        ({"open": "10:00", "close": "24:00", "minutes": 15}, ("10:00", "24:00", 15)),
        ({"open": "18:00", "close": "08:00"}, ("08:00", "18:00", 60)),
        ({"open": "9", "close": 5, "minutes": "x"}, ("08:00", "18:00", 60)),
        ({"minutes": True}, ("08:00", "18:00", 60)),
    ],
)
def test_opening_hours_that_make_no_day_are_the_usual_ones(params, expected):
    found = hours(params)
    assert (found.open, found.close, found.minutes) == expected


def test_questions_with_their_answers_are_seen_by_their_authors_alone(views):
    access = entity(prepared(views), "question").access
    assert access.list == access.read == ("owner", "admin")


def test_whoever_may_change_all_questions_is_no_taker_of_them(views):
    everybody = Access(
        list=("guest",), read=("guest",), create=("member",), update=("member", "teacher"),
        delete=("member",),
    )  # fmt: skip
    access = entity(prepared(changed(views, "question", access=everybody)), "question").access
    assert access.read == ("owner", "teacher", "admin")
    assert access.update == ("teacher", "owner")
    assert access.delete == ("owner",)


def test_a_model_without_these_features_is_left_as_it_is():
    recipes = model("recipes")
    assert prepared(recipes) == recipes
