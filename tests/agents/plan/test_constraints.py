"""What an idea says must hold: as rules of the model, or said to be lacking."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agents.plan import rules
from agents.plan.model import model_of
from agents.scout.scout import scout
from contracts.model import AppModel, Entity
from contracts.scouting import FoundRule

IDEA = (
    "Teachers keep rooms with a name and a number of seats. Members add visits with a title, a"
    " price, a start date and an end date. A visit belongs to a room."
)


def made(kind: Any, entity: str = "visit", **members: Any) -> AppModel:
    """The model of the idea with one rule more."""
    report = scout(IDEA)
    rule = FoundRule(kind=kind, entity=entity, text="as it says", sentence=2, **members)
    model = model_of(msgspec.structs.replace(report, rules=(rule,), patterns=(), notes=()))
    assert rules.problems(model) == []
    return model


def entity(model: AppModel, key: str = "visit") -> Entity:
    return next(each for each in model.entities if each.key == key)


def kept(model: AppModel) -> set[tuple[str, str]]:
    return {(rule.kind, rule.expr) for each in model.entities for rule in each.rules}


def field(model: AppModel, key: str):
    return next(each for each in entity(model).fields if each.key == key)


def lacking(model: AppModel) -> str:
    return next((text for text in model.unmapped if "[not built" in text), "")


def test_two_at_one_time_are_refused():
    (found,) = kept(made("no_overlap"))
    assert found[0] == "no_overlap"
    assert found[1].startswith("room: start")


def test_what_must_not_overlap_may_be_what_is_booked():
    assert {kind for kind, _ in kept(made("no_overlap", "room"))} == {"no_overlap"}


@pytest.mark.parametrize(("members", "expr"), [({}, ""), ({"field": "room"}, "room")])
def test_once_each_is_kept_by_the_database(members, expr):
    assert ("once_per_user", expr) in kept(made("once_per_user", **members))


def test_once_for_each_of_what_is_not_there_cannot_be_kept_and_is_said():
    model = made("once_per_user", field="book")
    assert kept(model) == set()
    assert lacking(model)


def test_more_than_one_each_cannot_be_kept_and_is_said():
    model = made("per_user", value=5)
    assert kept(model) == set()
    assert lacking(model).endswith("[not built: at most 5 per user]")
    assert ("once_per_user", "") in kept(made("per_user", value=1))


def test_places_are_counted_where_there_is_a_number_of_them():
    ((kind, expr),) = kept(made("capacity", field="seats"))
    assert kind == "capacity"
    assert expr.startswith("room.")


@pytest.mark.parametrize(
    ("kind", "key", "value", "member"),
    [("at_most", "price", 90, "max"), ("at_least", "price", 5, "min"),
     ("at_most", "title", 40, "max_length"), ("at_least", "title", 3, "min")],
)  # fmt: skip
def test_a_bound_is_one_of_the_field(kind, key, value, member):
    model = made(kind, field=key, value=value)
    assert getattr(field(model, key), member) == value
    assert f"field.visit.{key}" in model.trace[1].maps_to


def test_no_two_have_the_same():
    assert field(made("unique", field="title"), "title").unique


def test_one_field_comes_before_another():
    model = made("order", field="start_date", other="end_date")
    assert kept(model) == {("check", "start_date <= end_date")}


def test_only_some_do_it():
    model = made("only", roles=("teacher",))
    assert set(entity(model).access.create) == {"teacher", "admin"}
    assert "access.visit" in model.trace[1].maps_to


def test_a_field_for_some_is_closed_to_others():
    price = field(made("only", field="price", roles=("teacher",)), "price")
    assert price.write_roles == ("teacher", "admin")


def test_what_must_be_approved_waits_for_those_who_may():
    model = made("approval", roles=("teacher",))
    (feature,) = (each for each in model.features if each.key == "approvals")
    assert (feature.entities, feature.params) == (("visit",), {"roles": ["teacher", "admin"]})


@pytest.mark.parametrize("kind", ["stock", "unique", "order", "at_most"])
def test_what_names_nothing_that_is_there_is_said_to_be_lacking(kind):
    assert "as it says" in lacking(made(kind, entity="nobody", field="nothing", other="none"))


@pytest.mark.parametrize(
    ("idea", "lacking"),
    [
        ("Members book tennis courts. Nobody may have more than 3 bookings a week.",
         "at most 3 per user a week"),
        ("Members book tennis courts. Nobody may have more than one booking per day.",
         "at most 1 per user per day"),
        ("Staff enter purchase orders. A manager must approve purchase orders above 500 euros.",
         "above 500 euros"),
    ],
)  # fmt: skip
def test_a_part_of_a_sentence_that_is_not_kept_is_said(idea, lacking):
    unmapped = model_of(scout(idea)).unmapped
    assert any(f"[not built: {lacking}" in entry for entry in unmapped), unmapped


def test_what_is_for_me_alone_is_seen_by_nobody_else_and_traced():
    model = model_of(
        scout("An app to log my blood pressure and weight with my doctors. Only I can see it.")
    )
    assert model.unmapped == ()
    assert "access.owner" in model.trace[1].maps_to
    for entity in model.entities:
        assert set(entity.access.list) <= {"owner", "admin"}
        assert entity.ownership in {"user", "parent"}


def test_a_sentence_that_only_says_who_asks_is_context():
    model = model_of(scout("We run a small bakery.\n\n## Goals\n\nCustomers order bread online."))
    assert model.unmapped == ()
    assert [trace.maps_to[-1:] for trace in model.trace[:2]] == [("app.context",)] * 2


def test_what_a_whole_team_may_change_waits_for_nobody():
    idea = "Staff enter purchase orders with a supplier and a sum. Orders are accepted or refused."
    app = model_of(scout(idea))
    shared = {e.key for e in app.entities if "member" in e.access.update}
    waiting = {key for f in app.features if f.key == "approvals" for key in f.entities}
    assert "purchase_order" in shared
    assert not shared & waiting


def test_what_a_whole_team_changes_is_its_authors_where_somebody_must_approve():
    idea = "Staff enter purchase orders with a supplier and a sum. A manager must approve them all."
    app = model_of(scout(idea))
    (order,) = (each for each in app.entities if each.key == "purchase_order")
    assert any("purchase_order" in f.entities for f in app.features if f.key == "approvals")
    assert set(order.access.update) == {"owner", "manager", "admin"}
