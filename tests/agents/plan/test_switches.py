"""Which features a model has, for which entities, and what is taken in or out with them."""

from __future__ import annotations

import msgspec
import pytest

from agents.plan import switches
from agents.plan.merge import merge
from agents.plan.model import model_of
from agents.plan.sketching import sketched
from agents.scout.scout import scout
from contracts.model import AppModel, Feature

BEES = "Keep beehives with a name, an address, a status (new, strong, weak) and a harvest date."


def made(idea: str) -> AppModel:
    return model_of(scout(idea))


def plain(idea: str) -> AppModel:
    """The model of what the idea alone says, without any pattern."""
    return model_of(msgspec.structs.replace(scout(idea), patterns=(), notes=()))


def on(idea: str) -> dict[str, Feature]:
    return {feature.key: feature for feature in made(idea).features}


@pytest.mark.parametrize(
    ("wish", "feature"),
    [
        ("Show beehives on a map.", "map"),
        ("Show beehives in a calendar.", "calendar"),
        ("Beehives are cards on a kanban board.", "board"),
        ("Members comment on beehives.", "comments"),
        ("Members rate beehives with stars.", "ratings"),
        ("Others can like beehives.", "ratings"),
        ("Members mark beehives as favourites.", "favourites"),
        ("Members upload a photo of beehives.", "upload"),
    ],
)
def test_a_wish_is_a_feature_for_what_its_sentence_speaks_of(wish, feature):
    model = plain(f"{BEES} {wish}")
    found = {each.key: each for each in model.features}
    assert found[feature].entities == ("beehive",)
    assert f"feature.{feature}" in model.trace[-1].maps_to
    assert model.unmapped == ()


@pytest.mark.parametrize(
    ("wish", "type_"),
    [("Show beehives on a map.", "geo"), ("Upload a picture of the beehives.", "image")],
)
def test_a_field_that_a_feature_needs_is_added(wish, type_):
    model = plain(f"Keep beehives with a name. {wish}")
    beehive = next(each for each in model.entities if each.key == "beehive")
    assert type_ in {field.type for field in beehive.fields}


def test_reviews_are_stars_and_words():
    features = on(f"{BEES} Members leave reviews of beehives.")
    assert features["comments"].entities == features["ratings"].entities == ("beehive",)
    stars = plain(f"{BEES} Members rate beehives with stars.")
    assert "ratings" in {feature.key for feature in stars.features}
    assert "comments" not in {feature.key for feature in stars.features}


def test_a_performance_review_is_no_comment():
    idea = "Each employee has a performance review with goals. Employees comment on announcements."
    assert "comments" in on(idea)


@pytest.mark.parametrize("wish", ["no comments", "without a map", "no calendar"])
def test_what_is_excluded_is_off_and_has_no_page(wish):
    key = wish.split()[-1]
    model = made(f"{BEES} Members comment on beehives, on a map and in a calendar. We want {wish}.")
    assert key not in {feature.key for feature in model.features}
    assert key not in {page.kind for page in model.pages}


def test_a_shop_sells_for_money_and_keeps_the_orders_itself():
    model = made("An online shop for candles with a price. Customers put candles into a cart.")
    found = {each.key: each for each in model.features}
    (sold,) = found["cart"].entities
    entity = next(each for each in model.entities if each.key == sold)
    assert "money" in {field.type for field in entity.fields}
    assert not {"order", "cart", "cart_item"} & {each.key for each in model.entities}
    assert {"cart", "checkout"} <= {page.kind for page in model.pages}


def test_nobody_pays_where_nothing_is_sold():
    model = plain(f"{BEES} Members pay with a credit card.")
    assert "payment" not in {each.key for each in model.features}
    assert model.unmapped[-1].endswith("[not built: payment]")


def test_bookings_of_one_thing_never_overlap():
    model = made("Members of our club book tennis courts by the hour.")
    found = {each.key: each for each in model.features}
    booking = next(e for e in model.entities if e.key == found["booking"].entities[0])
    assert [rule.kind for rule in booking.rules] == ["no_overlap"]


def test_separate_organisations_keep_their_records_apart():
    model = made("A multi-tenant app. Keep beehives with a name and a status (new, strong).")
    assert {entity.ownership for entity in model.entities} == {"org"}
    assert "organisations" in {each.key for each in model.features}


def test_pictures_mean_that_files_are_uploaded():
    assert on("A recipe box with a photo of each dish.")["upload"].entities


def test_features_that_lean_on_one_that_is_not_there_go_one_after_the_other():
    report = scout(BEES)
    sketch = sketched(report, merge(report), ())
    sketch.features = {key: Feature(key=key) for key in ("coupons", "payment", "admin")}
    switches.finish(sketch)
    assert sorted(sketch.features) == ["admin"]
