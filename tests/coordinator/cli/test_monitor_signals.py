"""`genesis monitor vitals` and `traffic` of a real database."""

from __future__ import annotations

import time

import pytest

from agents.monitoring import store
from agents.monitoring.traffic.hits import Hit
from agents.monitoring.traffic.store import Visit, count
from agents.monitoring.vitals.beacon import Sample
from agents.monitoring.vitals.store import Recent, keep
from bus.settings import Secret, Settings
from coordinator.cli import session as sessions
from tests.coordinator.cli.conftest import Genesis
from tests.support.databases import database
from tests.support.ingest import monitored


@pytest.fixture
def url(postgres):
    with database(postgres) as made:
        yield made


@pytest.fixture
async def shop(url, genesis: Genesis, tmp_path, monkeypatch):
    """An app that is watched in staging and production; gives what tells visits of the latter."""

    async def reach(*, start: bool) -> Settings:
        return Settings(genesis_home=tmp_path / "home", database_url=Secret(url))

    monkeypatch.setattr(sessions, "reach", reach)
    await monitored(url, "shop", "staging", "http://127.0.0.1:1/")
    await monitored(url, "shop", "production", "http://127.0.0.1:2/")

    async def tell(lcp: float, page: str = "/", visits: int = 4) -> None:
        rows = [
            Recent(app="shop", environment="production", sample=Sample(
                metric="LCP", value=lcp, number=hash((page, each)) & 0xFFFFFFF, page=page,
                device="phone",
            ))
            for each in range(visits)
        ]  # fmt: skip
        views = [
            Visit(
                app="shop", environment="production", address=str(each), agent="x",
                hit=Hit(kind="view", page=page, referrer="news.test"),
            )
            for each in range(visits)
        ]  # fmt: skip
        async with store.connected(url) as connection:
            await keep(connection, rows, time.time())
            await count(connection, views, time.time())

    return tell


async def test_vitals_are_shown_by_page_and_poor_ones_are_a_failure(shop, genesis):
    await shop(1000)
    good = await genesis("monitor", "vitals", "shop")
    assert good.code == 0
    assert "✓ LCP" in good.out
    assert "(4 visits: 100 % good, 0 % poor)" in good.out
    await shop(9000, "/slow \x1b[31m", 40)
    poor = await genesis("monitor", "vitals", "shop", "--environment", "production")
    assert poor.code == 1
    assert "✗ LCP" in poor.out
    assert "\x1b" not in poor.out
    (found,) = (await genesis("monitor", "vitals", "shop", "--json", "--limit", "1")).events
    assert [(one["page"], one["samples"]) for one in found] == [
        ("(all pages)", 44), ("/slow \x1b[31m", 40)
    ]  # fmt: skip


async def test_traffic_is_shown_by_day_page_and_site(shop, genesis):
    await shop(1000, "/a", 3)
    await shop(1000, "/b", 2)
    done = await genesis("monitor", "traffic", "shop", "--days", "2")
    assert done.code == 0
    first, *rest = done.out.splitlines()
    assert first == ("shop (production), the last 2 days: 5 views, 3 visitors (counted by day)")
    assert [line.split()[:2] for line in rest if line.startswith("  ")][2:] == [
        ["3", "/a"], ["2", "/b"], ["5", "news.test"]
    ]  # fmt: skip
    (found,) = (await genesis("monitor", "traffic", "shop", "--json")).events
    assert (found["views"], found["visitors"], len(found["per_day"])) == (5, 3, 7)


async def test_another_environment_is_apart(shop, genesis):
    await shop(1000)
    done = await genesis("monitor", "vitals", "shop", "--environment", "staging")
    assert (done.code, done.out) == (0, "shop (staging) has told nothing in the last 7 days.\n")


@pytest.mark.parametrize("part", ["vitals", "traffic"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("ghost",), 1), (("shop", "--environment", "moon"), 1), (("shop", "--days", "0"), 2),
     (("shop", "--days", "401"), 2), (("shop", "--limit", "0"), 2), ((), 2)],
)  # fmt: skip
async def test_what_cannot_be_shown_is_said(shop, genesis, part, arguments, code):
    assert (await genesis("monitor", part, *arguments)).code == code
