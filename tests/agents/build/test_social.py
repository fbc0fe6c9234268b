from __future__ import annotations

import msgspec
import pytest

from agents.build.generator import generate
from contracts.model import AppModel, Feature, ModelError, Page
from tests.support.builder import model


def having(*features: Feature, pages: tuple[Page, ...] = ()) -> AppModel:
    social = model("social")
    return msgspec.structs.replace(social, features=features, pages=(*social.pages, *pages))


@pytest.mark.parametrize("highest", [1, 11, 2.5, "5", True])
def test_a_highest_rating_that_is_no_number_of_stars_is_named(highest: object) -> None:
    ratings = Feature(key="ratings", entities=("post",), params={"max": highest})
    with pytest.raises(ModelError, match="ratings: max"):
        generate(having(ratings))


def test_points_that_no_counted_entity_has_are_named() -> None:
    counted = Feature(key="leaderboard", entities=("post",), params={"points": "title"})
    with pytest.raises(ModelError, match="leaderboard: points names title"):
        generate(having(counted))


def test_a_page_of_a_feature_is_beside_another_at_its_address() -> None:
    taken = Page(key="own", path="/leaderboard", title="Own", kind="static", sections=("Text",))
    counted = Feature(key="leaderboard", entities=("post",))
    pages = generate(having(counted, pages=(taken,)))["shared/pages.ts"].decode()
    assert '"/leaderboard", title: "Own"' in pages
    assert '"/leaderboard-page", title: "Leaderboard"' in pages


def test_a_part_comes_only_with_features_that_need_it() -> None:
    files = generate(having(Feature(key="ratings", entities=("post",))))
    assert "server/marks.ts" in files
    assert "server/stream.ts" not in files
