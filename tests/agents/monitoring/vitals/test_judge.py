from __future__ import annotations

import random

import pytest

from agents.monitoring.vitals.beacon import OTHER, Sample
from agents.monitoring.vitals.histogram import Histogram
from agents.monitoring.vitals.judge import ENOUGH, FORGOTTEN, PAGES, Change, judge, judge_all
from agents.monitoring.vitals.metrics import METRICS
from agents.monitoring.vitals.store import QUIET, Recent, keep, settle
from tests.support.signals import DAY, HOUR, NOON, monitoring

HOME = ("LCP", "/", "phone")


def spread(metric, *values):
    made = Histogram()
    for value, times in values:
        for _ in range(times):
            made.add(METRICS[metric], value)
    return made


POOR = spread("LCP", (1000, 70), (5000, 30))
MIDDLING = spread("LCP", (1000, 70), (3000, 30))
GOOD = spread("LCP", (1000, 80), (5000, 20))
FEW = spread("LCP", (5000, ENOUGH - 1))


@pytest.mark.parametrize(
    ("counted", "poor", "changes"),
    [
        (POOR, False, ["poor"]), (MIDDLING, False, []), (GOOD, False, []), (FEW, False, []),
        (POOR, True, []), (MIDDLING, True, []), (GOOD, True, ["good"]), (FEW, True, []),
    ],
)  # fmt: skip
def test_it_is_poor_above_one_threshold_and_over_below_the_other(counted, poor, changes):
    found = judge({HOME: counted}, {HOME: NOON - HOUR} if poor else {}, NOON)
    assert [change.kind for change in found] == changes


def test_what_nobody_visits_any_more_is_over_in_the_end():
    assert judge({}, {HOME: NOON}, NOON + FORGOTTEN - 1) == []
    assert judge({}, {HOME: NOON}, NOON + FORGOTTEN + 1) == [Change(HOME, "unseen")]
    assert judge({HOME: POOR}, {HOME: NOON}, NOON + FORGOTTEN + 1) == []


def test_only_the_pages_with_most_visits_are_judged():
    busy = spread("LCP", (5000, 100))
    counted = {("LCP", f"/{number:02}", "phone"): busy for number in range(PAGES + 10)}
    counted["LCP", OTHER, "phone"] = spread("LCP", (5000, 1000))
    found = judge(counted, {}, NOON)
    assert len(found) == PAGES
    assert OTHER not in {change.place[1] for change in found}


class Site:
    """Visits of one page with a virtual clock."""

    def __init__(self, base):
        self.base = base
        self.now = NOON
        self.number = 0
        self.drawn = random.Random(1)

    async def hour(self, value, visits, page="/"):
        rows = []
        for _ in range(visits):
            self.number += 1
            sample = Sample(
                metric="LCP", value=value * self.drawn.uniform(0.9, 1.1), number=self.number,
                page=page, device="phone",
            )  # fmt: skip
            rows.append(Recent(app="shop", environment="staging", sample=sample))
        if rows:
            await keep(self.base, rows, self.now)
        await settle(self.base, self.now)
        await judge_all(self.base, self.now)
        self.now += HOUR

    async def findings(self):
        rows = await self.base.fetch(
            "select key, firing, severity, title, kind from monitoring.findings order by id"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def site(url):
    async with monitoring(url) as connection:
        yield Site(connection)


async def test_a_page_that_becomes_slow_is_told_once_and_once_that_it_is_good_again(site):
    for _ in range(24):
        await site.hour(1500, 20)
    assert await site.findings() == []
    for _ in range(24):
        await site.hour(6000, 20)
    [(key, firing, severity, title, kind)] = await site.findings()
    assert (key, firing, severity, kind) == ("vitals:LCP:/:phone", True, "warning", "vitals")
    assert title.startswith("LCP of / is poor on phones: ")
    # Somewhat better is not good: nobody is told, and nobody is told again.
    for value in (3000, 5000, 3000, 5000) * 12:
        await site.hour(value, 20)
    assert len(await site.findings()) == 1
    for _ in range(48):
        await site.hour(1500, 20)
    assert [(one[0], one[1]) for one in await site.findings()] == [
        ("vitals:LCP:/:phone", True), ("vitals:LCP:/:phone", False)
    ]  # fmt: skip


async def test_a_few_slow_visits_are_no_finding(site):
    for _ in range(20):
        await site.hour(9000, 2)
    assert await site.findings() == []


async def test_a_page_that_nobody_visits_any_more_is_over(site):
    for _ in range(5):
        await site.hour(6000, 20)
    site.now += 4 * DAY + QUIET
    await site.hour(0, 0)
    assert [one[1] for one in await site.findings()] == [True, False]
    assert "not poor any more" in (await site.findings())[1][3]
    await site.hour(0, 0)
    assert len(await site.findings()) == 2


async def test_a_finding_that_could_not_be_kept_is_found_again(site, monkeypatch):
    await site.hour(6000, 100)
    await site.base.execute("delete from monitoring.findings; delete from monitoring.vitals_poor")
    await site.base.execute("alter table monitoring.findings rename to gone")
    with pytest.raises(Exception, match="findings"):
        await judge_all(site.base, site.now)
    await site.base.execute("alter table monitoring.gone rename to findings")
    await judge_all(site.base, site.now)
    assert [one[1] for one in await site.findings()] == [True]
