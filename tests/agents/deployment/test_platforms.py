"""Every hosting platform behind the machine: what is live is exact, whatever happens."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import pytest
from msgspec.structs import replace

from agents.deployment import cli, previewing
from agents.deployment.choosing import promote
from agents.deployment.probes import Answer
from agents.work import AgentError
from bus.errors import Retry
from tests.agents.deployment.hosting import Gone, Points, attached
from tests.support.netlify_server import Netlify as NetlifyServer
from tests.support.sampling import today
from tests.support.vercel_server import Vercel as VercelServer

pytestmark = pytest.mark.timeout(120)
ILL = "only words"
"""A start page that is no HTML."""
EMULATED = {"netlify": NetlifyServer, "vercel": VercelServer}
BROKEN = Answer(500, "broken", 0.01)


ELSEWHERE = ["memory", "netlify", "vercel"]


@pytest.fixture(params=[*ELSEWHERE, "local"])
def hosting(request, tmp_path):
    if request.param == "memory":
        yield attached("memory", tmp_path, str(tmp_path / "platform.json"))
    elif request.param == "local":
        yield attached("local", tmp_path, request.getfixturevalue("caddy").url)
        cli.stop_all(tmp_path)
    else:
        server = EMULATED[request.param]().start()
        yield attached(request.param, tmp_path, server.api)
        server.close()


async def spoil_after_switch(hosting, rounds=0):
    """Let the site's own address break after so many answers; each release's own does not."""
    left = [rounds]
    site = await hosting.remote.find(hosting.app, hosting.environment)

    def spoils(url):
        if not url.startswith(f"{site.url.rstrip('/')}/"):
            return None
        left[0] -= 1
        return BROKEN if left[0] < 0 else None

    hosting.spoils = spoils
    # Long enough for a slow machine to get there; it ends with the third bad round.
    hosting.window = replace(hosting.window, seconds=20)


async def test_a_first_release_goes_live_checked_and_watched(hosting):
    done = await hosting.deploy("pipeone", "b1")
    assert (done.previous, done.release) == (None, await hosting.live())
    assert {check.name for check in done.checks} == {"health", "page", "time", "watch"}
    assert all(check.ok for check in done.checks)
    assert await hosting.answering() == "b1"


async def test_the_same_build_again_sends_nothing_and_is_a_release_of_its_own(hosting):
    first = await hosting.deploy("pipeone", "b1")
    second = await hosting.deploy("pipetwo", "b1")
    assert second.previous == first.release != second.release
    assert any(step.startswith("0 files sent, ") for step in hosting.told)


async def test_a_command_delivered_again_answers_the_same_and_makes_nothing(hosting):
    done = await hosting.deploy("pipeone", "b1")
    again = await hosting.deploy("pipeone", "b1")
    assert (again.url, again.release, again.previous) == (done.url, done.release, done.previous)
    assert await hosting.made_by("pipeone") == [done.release]


async def test_a_release_that_is_not_healthy_never_goes_live_and_is_removed(hosting):
    first = await hosting.deploy("pipeone", "b1")
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipetwo", "b2", ILL)
    assert caught.value.code == "unhealthy"
    assert "the start page is no HTML" in caught.value.message
    assert f"{first.release} stays live" in caught.value.message
    assert await hosting.made_by("pipetwo") == []
    back = await hosting.take_back("pipetwo")
    assert (back.live, back.undone) == (first.release, ())
    assert await hosting.answering() == "b1"


async def test_a_release_that_nobody_can_ask_is_not_called_ill_and_does_not_go_live(hosting):
    first = await hosting.deploy("pipeone", "b1")
    hosting.spoils = lambda _url: Answer(0, "no answer (the name is not known)", 0.0, own=True)
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipetwo", "b2")
    assert (caught.value.code, caught.value.retryable) == ("unverified", True)
    hosting.spoils = lambda _url: None
    assert await hosting.live() == first.release
    assert (await hosting.deploy("pipetwo", "b2")).previous == first.release


@pytest.mark.parametrize("rounds", [0, 5])
async def test_a_release_that_fails_when_it_is_live_is_taken_back_at_once(hosting, rounds):
    first = await hosting.deploy("pipeone", "b1")
    await spoil_after_switch(hosting, rounds)
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipetwo", "b2")
    assert caught.value.code == "failed_watch"
    assert f"{first.release} is live again" in caught.value.message
    hosting.spoils = lambda _url: None
    assert await hosting.answering() == "b1"
    back = await hosting.take_back("pipetwo")
    assert back.live == first.release
    assert len(back.undone) == 1
    with pytest.raises(AgentError, match="failed at"):
        await hosting.deploy("pipetwo", "b2")


async def test_without_automatic_rollback_it_stays_and_its_checks_say_so(hosting):
    await hosting.deploy("pipeone", "b1")
    await spoil_after_switch(hosting)
    done = await hosting.deploy("pipetwo", "b2", auto_rollback=False)
    assert [check.name for check in done.checks if not check.ok] == ["health", "page"]
    assert await hosting.live() == done.release


async def test_a_first_release_that_is_taken_back_leaves_nothing_live(hosting):
    first = await hosting.deploy("pipeone", "b1")
    back = await hosting.take_back("pipeone")
    assert (back.live, back.undone) == (None, (first.release,))
    assert await hosting.answering() is None
    assert await hosting.take_back("pipeone") == back
    second = await hosting.deploy("pipetwo", "b1")
    assert second.previous is None
    assert await hosting.answering() == "b1"


async def test_taking_back_returns_to_exactly_the_release_before(hosting):
    first = await hosting.deploy("pipeone", "b1")
    second = await hosting.deploy("pipetwo", "b2")
    back = await hosting.take_back("pipetwo")
    assert (back.live, back.undone) == (first.release, (second.release,))
    assert await hosting.made_by("pipetwo") == []
    assert await hosting.take_back("pipetwo") == back
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipetwo", "b2")
    assert caught.value.code == "withdrawn"
    assert await hosting.answering() == "b1"


async def test_taking_back_what_never_began_bars_it(hosting):
    first = await hosting.deploy("pipeone", "b1")
    back = await hosting.take_back("pipetwo")
    assert (back.live, back.undone) == (first.release, ())
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipetwo", "b2")
    assert caught.value.code == "withdrawn"


async def test_a_release_under_a_later_one_is_not_taken_back(hosting):
    await hosting.deploy("pipeone", "b1")
    second = await hosting.deploy("pipetwo", "b2")
    for wanted in (hosting.take_back("pipeone"), hosting.deploy("pipeone", "b1")):
        with pytest.raises(AgentError) as caught:
            await wanted
        assert caught.value.code == "superseded"
    assert await hosting.live() == second.release


async def test_what_was_approved_must_still_be_live(hosting):
    first = await hosting.deploy("pipeone", "b1", expected_live="")
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipetwo", "b2", expected_live="")
    assert caught.value.code == "live_changed"
    assert await hosting.made_by("pipetwo") == []
    await hosting.deploy("pipethree", "b3", expected_live=first.release)
    assert await hosting.answering() == "b3"


async def test_a_chosen_release_goes_live_again(hosting):
    first = await hosting.deploy("pipeone", "b1")
    await hosting.deploy("pipetwo", "b2")
    third = await hosting.deploy("pipethree", "b3")
    for named in (first.release, "b1", "pipeone"):
        done = await promote(hosting.machine(), hosting.app, "production", named, hosting.tell())
        assert done.release == first.release
    assert await hosting.answering() == "b1"
    done = await promote(hosting.machine(), hosting.app, "production", "b3", hosting.tell())
    assert (done.release, done.previous) == (third.release, first.release)
    with pytest.raises(AgentError) as caught:
        await promote(hosting.machine(), hosting.app, "production", "b9", hosting.tell())
    assert caught.value.code == "release_gone"
    assert await hosting.answering() == "b3"


async def own_address(hosting, release):
    site = await hosting.remote.find(hosting.app, hosting.environment)
    (url,) = [one.url for one in await hosting.remote.past(site, 100) if one.release == release]
    return url


async def test_a_release_that_fails_stays_when_the_one_before_is_not_healthy_either(hosting):
    first = await hosting.deploy("pipeone", "b1")
    await spoil_after_switch(hosting)
    front, old = hosting.spoils, await own_address(hosting, first.release)
    hosting.spoils = lambda url: BROKEN if url.startswith(f"{old}/") else front(url)
    done = await hosting.deploy("pipetwo", "b2")
    assert await hosting.live() == done.release
    (said,) = [check.summary for check in done.checks if check.name == "rollback"]
    assert said.startswith(f"it stays live: {first.release}, which was before, is not healthy")
    assert not all(check.ok for check in done.checks)


async def test_what_is_live_again_and_not_healthy_is_called_so(hosting):
    first = await hosting.deploy("pipeone", "b1")
    await hosting.deploy("pipetwo", "b2")
    await spoil_after_switch(hosting)
    back = await hosting.take_back("pipetwo")
    assert (back.live, "500" in back.unhealthy) == (first.release, True)
    assert any(f"{first.release} is live again, and is not healthy" in one for one in hosting.told)
    hosting.spoils = lambda _url: None
    assert (await hosting.take_back("pipetwo")).unhealthy == ""


@pytest.mark.parametrize("rounds", [0, 5])
async def test_a_chosen_release_that_fails_when_it_is_live_is_taken_back(hosting, rounds):
    first = await hosting.deploy("pipeone", "b1")
    second = await hosting.deploy("pipetwo", "b2")
    await spoil_after_switch(hosting, rounds)
    with pytest.raises(AgentError) as caught:
        await promote(hosting.machine(), hosting.app, "production", "b1", hosting.tell())
    assert caught.value.code == "failed_watch"
    assert f"{first.release} failed at" in caught.value.message
    assert f"{second.release} is live again" in caught.value.message
    hosting.spoils = lambda _url: None
    assert await hosting.answering() == "b2"


async def shown_at(hosting, url):
    said = await hosting.asks(f"{url.rstrip('/')}{hosting.path}", 5)
    return json.loads(said.text)["build"] if said.status == 200 else None


async def test_a_preview_answers_at_its_own_address_and_what_is_live_stays(hosting):
    live = await hosting.deploy("pipeone", "b1")
    done = await hosting.deploy("pipetwo", "b2", branch="sort-by-date")
    assert (done.previous, all(check.ok for check in done.checks)) == (None, True)
    assert await shown_at(hosting, done.url) == "b2"
    assert (await hosting.live(), await hosting.answering()) == (live.release, "b1")
    again = await hosting.deploy("pipetwo", "b2", branch="sort-by-date")
    assert again.release == done.release
    other = await hosting.deploy("pipethree", "b3", branch="other")
    newer = await hosting.deploy("pipefour", "b4", branch="sort-by-date")
    machine = hosting.machine()
    listed = await previewing.previews(machine, hosting.app, hosting.environment)
    assert [(one.release, one.branch) for one in listed] == [
        (newer.release, "sort-by-date"), (other.release, "other"),
    ]  # fmt: skip
    assert await shown_at(hosting, newer.url) == "b4"
    assert await shown_at(hosting, other.url) == "b3"
    assert (await hosting.live(), await hosting.answering()) == (live.release, "b1")


async def test_a_preview_is_removed_from_the_platform(hosting):
    live = await hosting.deploy("pipeone", "b1")
    done = await hosting.deploy("pipetwo", "b2", branch="one")
    machine = hosting.machine()
    gone = await previewing.remove(machine, hosting.app, hosting.environment, "one")
    assert gone == (done.release,)
    assert await hosting.made_by("pipetwo") == []
    assert await previewing.previews(machine, hosting.app, hosting.environment) == ()
    with pytest.raises(AgentError) as caught:
        await previewing.remove(machine, hosting.app, hosting.environment, "one")
    assert caught.value.code == "no_preview"
    taken = await hosting.deploy("pipethree", "b3", branch="two")
    back = await hosting.take_back("pipethree")
    assert (back.live, back.undone) == (live.release, ())
    assert await hosting.made_by("pipethree") == []
    with pytest.raises((AgentError, AssertionError)):
        assert await shown_at(hosting, taken.url) == "b3"
    assert await hosting.answering() == "b1"
    if hosting.name == "local":
        assert hosting.serving() == [live.release]


async def test_a_preview_that_is_not_healthy_is_removed_and_the_one_before_stays(hosting):
    await hosting.deploy("pipeone", "b1")
    with pytest.raises(AgentError):
        await hosting.deploy("pipezero", "b0", ILL, branch="one")
    assert await previewing.previews(hosting.machine(), hosting.app, hosting.environment) == ()
    kept = await hosting.deploy("pipetwo", "b2", branch="one")
    with pytest.raises(AgentError) as caught:
        await hosting.deploy("pipethree", "b3", ILL, branch="one")
    assert caught.value.code == "unhealthy"
    assert await hosting.made_by("pipethree") == []
    assert await shown_at(hosting, kept.url) == "b2"
    assert await hosting.answering() == "b1"


async def test_of_two_deploys_at_once_one_follows_the_other(hosting):
    one, two = await asyncio.gather(
        hosting.deploy("pipeone", "b1"), hosting.deploy("pipetwo", "b2")
    )
    later, earlier = (two, one) if two.previous else (one, two)
    assert (earlier.previous, later.previous) == (None, earlier.release)
    assert await hosting.live() == later.release


async def test_a_deploy_while_another_goes_on_for_long_comes_again_later(hosting, monkeypatch):
    monkeypatch.setattr("agents.deployment.state.LOCK_WAIT", 0.05)
    answers = await asyncio.gather(
        hosting.deploy("pipeone", "b1"), hosting.deploy("pipetwo", "b2"), return_exceptions=True
    )
    waited = [one for one in answers if isinstance(one, Retry)]
    done = [one for one in answers if not isinstance(one, BaseException)]
    assert len(done) + len(waited) == 2
    assert await hosting.live() in [one.release for one in done]


@pytest.mark.parametrize("hosting", ELSEWHERE, indirect=True)
async def test_of_two_machines_that_approved_the_same_only_one_goes_live(hosting, tmp_path):
    first = await hosting.deploy("pipeone", "b1")
    answers = await asyncio.gather(
        hosting.deploy("pipetwo", "b2", expected_live=first.release),
        hosting.deploy("pipethree", "b3", expected_live=first.release, home=tmp_path / "other"),
        return_exceptions=True,
    )
    refused = [one.code for one in answers if isinstance(one, AgentError)]
    live = await hosting.live()
    done = [one for one in answers if not isinstance(one, BaseException)]
    assert refused in (["live_changed"], ["superseded"], [])
    assert live in [one.release for one in done]
    assert live is not None


async def points_of(hosting, pipeline, build) -> list[str]:
    """Every point that a deploy comes to."""
    points = Points()
    await hosting.deploy(pipeline, build, points=points)
    return points.passed


def gone():
    raise Gone


def cancelled():
    raise asyncio.CancelledError


def points(hosting, number: int, share: int) -> range:
    """Where to end: everywhere in memory, else at one of so many, others each day."""
    step = 1 if hosting.name == "memory" else share
    return range(1 + today() % step, number + 1, step)


OFTEN = pytest.param(3, marks=[pytest.mark.soak], id="often")


@pytest.mark.parametrize("share", [pytest.param(6, id="some"), OFTEN])
@pytest.mark.parametrize("end", [gone, cancelled])
async def test_a_deploy_that_ends_at_any_point_goes_on_or_back(hosting, end, share):
    hosting.app = "counted"
    await hosting.deploy("pipeone", "b1")
    number = len(await points_of(hosting, "pipetwo", "b2"))
    assert number > 15
    for at in points(hosting, number, share):
        hosting.app = f"app{at}"
        first = await hosting.deploy("pipeone", "b1")
        passing = Points(at, end)
        try:
            await hosting.deploy("pipetwo", "b2", points=passing)
        except (Gone, asyncio.CancelledError):
            where = passing.passed[-1]
        else:
            # How many rounds a window has depends on the machine's speed.
            assert len(passing.passed) > number / 2
            break
        assert await hosting.live() in (first.release, *await hosting.made_by("pipetwo")), where
        if at % 2:
            done = await hosting.deploy("pipetwo", "b2")
            assert done.previous == first.release, where
            assert await hosting.made_by("pipetwo") == [done.release], where
            assert await hosting.answering() == "b2", where
        back = await hosting.take_back("pipetwo")
        assert back.live == await hosting.live() == first.release, where
        assert await hosting.made_by("pipetwo") == [], where


@pytest.mark.parametrize("share", [pytest.param(4, id="some"), OFTEN])
async def test_a_rollback_that_ends_at_any_point_goes_on(hosting, share):
    number = 0
    for at in points(hosting, 100, share):
        hosting.app = f"app{at}"
        first = await hosting.deploy("pipeone", "b1")
        second = await hosting.deploy("pipetwo", "b2")
        passing = Points(at, gone)
        try:
            await hosting.take_back("pipetwo", passing)
        except Gone:
            number = at
        assert await hosting.live() in (first.release, second.release), passing.passed
        back = await hosting.take_back("pipetwo")
        assert (back.live, back.undone) == (first.release, (second.release,)), passing.passed
        if number < at:
            break
    assert number > 5


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.agents.deployment.hosting import Points, attached
name, home, address, app, undo, at = sys.argv[1:]
points = Points(int(at), lambda: os.kill(os.getpid(), signal.SIGKILL))
hosting = attached(name, Path(home), address)
hosting.app = app
back, there = hosting.take_back, hosting.deploy
asyncio.run(back("pipetwo", points) if undo else there("pipetwo", "b2", points=points))
"""


async def killed(hosting, at, back=""):
    """The work in a process of its own that is killed at that point; whether it came to it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, hosting.name, str(hosting.home), hosting.address, hosting.app,
        back, str(at),
    )  # fmt: skip
    code = await child.wait()
    assert code in (0, -signal.SIGKILL)
    return code != 0


async def whole(hosting, pipeline, release):
    """Exactly this is live, it answers, and nothing of the pipeline is left beside it."""
    assert await hosting.live() == release
    assert await hosting.answering() is not None
    assert await hosting.made_by(pipeline) in ([], [release])
    if hosting.name == "local":
        assert hosting.serving() == [release]


SAMPLED, EVERY = [0.2, 0.6, 0.9], [number / 60 for number in range(1, 60)]
MANY = pytest.param(EVERY, marks=[pytest.mark.soak, pytest.mark.timeout(900)], id="every")


@pytest.mark.parametrize("shares", [pytest.param(SAMPLED, id="sampled"), MANY])
async def test_a_process_that_is_killed_leaves_what_the_next_goes_on_from(hosting, shares):
    hosting.app = "counted"
    await hosting.deploy("pipeone", "b1")
    number = len(await points_of(hosting, "pipetwo", "b2"))
    points = sorted({max(1, round(number * share)) for share in shares})
    for count, at in enumerate(points):
        hosting.app = f"app{at}"
        first = await hosting.deploy("pipeone", "b1")
        if not await killed(hosting, at):
            break
        assert await hosting.live() in (first.release, *await hosting.made_by("pipetwo"))
        assert await hosting.answering() in ("b1", "b2")
        if count % 2:
            second = await hosting.deploy("pipetwo", "b2")
            assert second.previous == first.release
            await whole(hosting, "pipetwo", second.release)
        assert (await hosting.take_back("pipetwo")).live == first.release
        await whole(hosting, "pipetwo", first.release)
        await hosting.take_back("pipeone")
    assert count > len(points) / 2


@pytest.mark.parametrize("shares", [pytest.param([0.2, 0.5, 0.8], id="sampled"), MANY])
async def test_a_rollback_whose_process_is_killed_is_ended_by_the_next(hosting, shares):
    hosting.app = "counted"
    await hosting.deploy("pipeone", "b1")
    await hosting.deploy("pipetwo", "b2")
    counted = Points()
    await hosting.take_back("pipetwo", counted)
    number = len(counted.passed)
    for at in sorted({max(1, round(number * share)) for share in shares}):
        hosting.app = f"app{at}"
        first = await hosting.deploy("pipeone", "b1")
        second = await hosting.deploy("pipetwo", "b2")
        if not await killed(hosting, at, "back"):
            break
        assert await hosting.live() in (first.release, second.release)
        back = await hosting.take_back("pipetwo")
        assert (back.live, back.undone) == (first.release, (second.release,))
        await whole(hosting, "pipetwo", first.release)
        await hosting.take_back("pipeone")
    assert at > number / 2
