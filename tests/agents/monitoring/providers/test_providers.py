"""Every provider is set up, verified, found again and taken back, whatever its API does."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import msgspec
import pytest
from ruamel.yaml import YAML

from agents.monitoring import store
from agents.monitoring.providers import receivers, setup, things
from agents.monitoring.providers.api import Pace, asked_to_wait
from agents.monitoring.providers.port import NotSetUp, Target
from bus.settings import Secret, Settings
from tests.support import analytics_servers, sentry_server, uptimerobot_server
from tests.support.analytics_servers import PlausibleServer, PostHogServer, UmamiServer
from tests.support.openapi3 import Specification3
from tests.support.postgres import Postgres
from tests.support.sentry_server import SentryServer
from tests.support.uptimerobot_server import UptimeRobotServer

SPECS = Path(__file__).parents[5] / "shared" / "reference" / "api-specs"
QUICK = Pace(tries=3, first=0.01, most=0.02, limit=0.5, proof=0.3, poll=0.02, request=2.0)
TARGET = Target(
    app="shop", environment="production", url="https://shop.example.com", build_id="b1",
    pipeline="pipe0001",
)  # fmt: skip


class Account:
    """An emulator, the settings that lead to it, what it holds, and an account's first request."""

    def __init__(self, server, settings: dict, held, creation: str, secret: str) -> None:
        self.server = server
        self.settings = Settings(genesis_home=Path("/nowhere"), **settings)
        self.held = held
        self.creation = creation
        self.secret = secret


def sentry() -> Account:
    server = SentryServer()
    server.start()
    settings = {
        "sentry_auth_token": Secret(sentry_server.TOKEN), "sentry_org": "acme",
        "sentry_team": "web", "sentry_url": server.url,
    }  # fmt: skip
    held = lambda: [*server.projects, *server.releases]  # noqa: E731
    return Account(server, settings, held, "POST /api/0/teams", sentry_server.TOKEN)


def uptimerobot() -> Account:
    server = UptimeRobotServer()
    server.start()
    for name in ("shop (production) 2", "Shop (Production)", "other"):
        server.monitors[len(server.monitors) + 1] = sentry_server.shell(
            "monitor", id=len(server.monitors) + 1, friendlyName=name, url="https://x.test"
        )
    settings = {
        "uptimerobot_api_key": Secret(uptimerobot_server.KEY), "uptimerobot_url": f"{server.url}/v3"
    }  # fmt: skip
    held = lambda: [number for number in server.monitors if number > 3]  # noqa: E731
    return Account(server, settings, held, "POST /v3/monitors", uptimerobot_server.KEY)


def plausible() -> Account:
    server = PlausibleServer()
    server.start()
    settings = {"plausible_api_key": Secret(analytics_servers.KEY), "plausible_url": server.url}
    return Account(
        server, settings, lambda: list(server.sites), "POST /api/v1/sites", analytics_servers.KEY
    )


def umami() -> Account:
    server = UmamiServer()
    server.start()
    settings = {
        "umami_username": "admin", "umami_password": Secret("pass word"), "umami_url": server.url
    }  # fmt: skip
    held = lambda: list(server.websites)  # noqa: E731
    return Account(server, settings, held, "POST /api/websites", "pass word")


def posthog() -> Account:
    server = PostHogServer()
    server.start()
    settings = {
        "posthog_api_key": Secret(analytics_servers.KEY), "posthog_url": server.url,
        "posthog_collector_url": server.url,
    }  # fmt: skip
    held = lambda: list(server.projects)  # noqa: E731
    return Account(server, settings, held, "POST /api/projects", analytics_servers.KEY)


@pytest.fixture(params=[sentry, uptimerobot, plausible, umami, posthog], ids=lambda p: p.__name__)
def account(request):
    made = request.param()
    yield made
    made.server.close()


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    server.start()
    yield server
    server.close()


@pytest.fixture
async def database(postgres):
    """The address of an empty monitoring schema."""
    async with store.connected(postgres.url()) as connection:
        await connection.execute(
            "truncate monitoring.receivers, monitoring.things, monitoring.changes"
        )
    return postgres.url()


async def set_up(account: Account, database: str, target: Target = TARGET):
    async with setup.configured(account.settings, QUICK) as providers:
        (check,) = await setup.set_up(providers, lambda: store.connected(database), target)
    assert account.secret not in check.summary
    return check


async def take_back(account: Account, database: str, pipeline: str = TARGET.pipeline):
    async with (
        setup.configured(account.settings, QUICK) as providers,
        store.connected(database) as connection,
    ):
        return await setup.take_back(providers, connection, pipeline)


async def test_an_app_is_set_up_and_taken_back(account, database) -> None:
    check = await set_up(account, database)
    assert check.ok, check.summary
    assert account.held()
    said = await take_back(account, database)
    assert len(said) == (2 if isinstance(account.server, SentryServer) else 1)
    assert account.held() == []
    assert await take_back(account, database) == ()


async def test_an_app_is_told_where_to_send_for_as_long_as_it_is_set_up(account, database) -> None:
    async def told() -> dict[str, str]:
        async with store.connected(database) as connection:
            return await receivers.of(connection, "shop", "production")

    await set_up(account, database)
    first = await told()
    later = msgspec.structs.replace(TARGET, pipeline="pipe0002")
    await set_up(account, database, later)
    await take_back(account, database, "pipe0002")
    assert await told() == first
    assert bool(first) == (not isinstance(account.server, UptimeRobotServer))
    assert account.secret not in str(first)
    await take_back(account, database)
    assert await told() == {}


async def test_again_makes_no_second_one(account, database) -> None:
    await set_up(account, database)
    held = account.held()
    again = await set_up(account, database)
    assert again.ok, again.summary
    assert account.held() == held


async def test_what_a_pipeline_found_it_does_not_remove(account, database) -> None:
    await set_up(account, database)
    held = account.held()
    later = msgspec.structs.replace(TARGET, pipeline="pipe0002")
    assert (await set_up(account, database, later)).ok
    assert await take_back(account, database, "pipe0002") == ()
    assert account.held() == held
    await take_back(account, database)
    assert account.held() == []


async def test_an_answer_that_got_lost_leaves_one_thing_and_it_is_ours(account, database) -> None:
    account.server.fail(account.creation, cut="after")
    check = await set_up(account, database)
    if not check.ok:  # made, not found by the second try at once: a later run finds it
        check = await set_up(account, database)
    assert check.ok, check.summary
    await take_back(account, database)
    assert account.held() == []


async def test_what_was_made_when_the_agent_died_is_removed(account, database, monkeypatch) -> None:
    async def die(*_):
        raise asyncpg.ConnectionDoesNotExistError

    with monkeypatch.context() as patch:
        patch.setattr(things.Things, "keep", die)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await set_up(account, database)
    assert account.held()
    await take_back(account, database)
    assert account.held() == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_told_and_nothing_is_left(account, database, status) -> None:
    account.server.fail(".", status, body={"detail": f"no: {account.secret}"}, times=99)
    check = await set_up(account, database)
    assert not check.ok
    assert "not set up" in check.summary
    assert str(status) in check.summary
    assert "key or token" in check.summary
    assert account.held() == []


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"retry-after": "0.02"}), (429, {}), (500, {}), (502, {}), (503, {})],
)
async def test_what_passes_is_waited_for(account, database, status, headers) -> None:
    account.server.fail(".", status, body={"detail": "later"}, headers=headers, times=2)
    check = await set_up(account, database)
    assert check.ok, check.summary
    assert len(account.held()) == (2 if isinstance(account.server, SentryServer) else 1)


async def test_a_limit_that_lasts_is_told_with_its_time(account, database) -> None:
    account.server.fail(".", 429, body={"detail": "slow"}, headers={"retry-after": "90"}, times=99)
    check = await set_up(account, database)
    assert not check.ok
    assert "wait 90 s" in check.summary
    assert account.held() == []


async def test_a_provider_that_is_down_spoils_nothing(account, database) -> None:
    account.server.fail(".", 500, body=b"<html><h1>oops</h1></html>",
                        headers={"content-type": "text/html"}, times=99)  # fmt: skip
    check = await set_up(account, database)
    assert not check.ok
    assert "500" in check.summary
    assert "<h1>" not in check.summary


@pytest.mark.parametrize("body", [b"not json", b"[]", b'"text"', b"\xff\xfe"])
async def test_an_answer_that_makes_no_sense_is_told(account, database, body) -> None:
    account.server.fail("GET", 200, body=body, times=99)
    account.server.fail("POST", 200, body=body, times=99)
    check = await set_up(account, database)
    if isinstance(account.server, PlausibleServer):
        return  # its answers say nothing but their status
    assert not check.ok
    assert "not set up" in check.summary


async def test_nobody_answering_is_told(database) -> None:
    settings = Settings(
        genesis_home=Path("/nowhere"), plausible_api_key=Secret("k"),
        plausible_url="http://127.0.0.1:9",
    )  # fmt: skip
    async with setup.configured(settings, QUICK) as providers:
        (check,) = await setup.set_up(providers, lambda: store.connected(database), TARGET)
    assert not check.ok
    assert "does not answer" in check.summary


async def test_a_pipeline_that_was_rolled_back_meanwhile_makes_nothing(account, database) -> None:
    async with store.connected(database) as connection:
        await store.unregister(connection, TARGET.pipeline, "shop", "production")
    check = await set_up(account, database)
    assert not check.ok
    assert "rolled back" in check.summary
    assert account.held() == []


async def test_a_provider_that_is_not_configured_any_more_stops_the_undo(account, database) -> None:
    await set_up(account, database)
    async with store.connected(database) as connection:
        with pytest.raises(NotSetUp, match="not configured now"):
            await setup.take_back([], connection, TARGET.pipeline)
    assert account.held()


# --- What only one of them does --------------------------------------------------------------


@pytest.fixture
def one(request):
    made = request.param()
    yield made
    made.server.close()


@pytest.mark.parametrize("one", [sentry], indirect=True)
async def test_sentry_has_a_deploy_and_shows_an_event_whose_issue_is_resolved(one, database):
    await set_up(one, database)
    await set_up(one, database)
    (deploy,) = one.server.deploys
    assert (deploy["environment"], deploy["name"]) == ("production", "pipe0001")
    (first, _) = one.server.events.values()
    assert (first["release"], first["environment"]) == ("b1", "production")
    assert one.server.resolved == {"77"}
    sent = one.server.requests("envelope")
    assert all(not each.headers.get("authorization") for each in sent)


@pytest.mark.parametrize("one", [sentry], indirect=True)
async def test_sentry_that_shows_no_event_is_not_set_up(one, database):
    one.server.shows_after = None
    check = await set_up(one, database)
    assert not check.ok
    assert "does not show it" in check.summary
    await take_back(one, database)
    assert one.held() == []


@pytest.mark.parametrize("one", [sentry], indirect=True)
async def test_a_release_that_was_there_stays_there(one, database):
    one.server.releases["b1"] = {"another"}
    await set_up(one, database)
    assert one.server.releases["b1"] == {"another", "shop-production"}
    await take_back(one, database)
    assert one.held() == ["b1"]


@pytest.mark.parametrize("one", [uptimerobot], indirect=True)
async def test_uptimerobot_that_sees_the_app_down_is_told(one, database):
    one.server.status = "DOWN"
    check = await set_up(one, database)
    assert not check.ok
    assert "sees https://shop.example.com/api/health down" in check.summary


@pytest.mark.parametrize("one", [uptimerobot], indirect=True)
async def test_uptimerobot_that_has_not_looked_yet_is_said_so(one, database):
    one.server.status = "STARTED"
    check = await set_up(one, database)
    assert check.ok
    assert "has not been checked yet" in check.summary


@pytest.mark.parametrize("one", [uptimerobot], indirect=True)
async def test_a_monitor_of_another_address_is_moved_and_moved_back(one, database):
    await set_up(one, database)
    moved = msgspec.structs.replace(TARGET, url="https://new.example.com", pipeline="pipe0002")
    assert (await set_up(one, database, moved)).ok
    (number,) = one.held()
    assert one.server.monitors[number]["url"] == "https://new.example.com/api/health"
    await take_back(one, database, "pipe0002")
    assert one.server.monitors[number]["url"] == "https://shop.example.com/api/health"


@pytest.mark.parametrize("one", [uptimerobot, plausible], indirect=True)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://shop.localhost", "http://10.0.0.1"]
)
async def test_an_app_that_nobody_outside_can_reach_is_refused(one, database, url):
    check = await set_up(one, database, msgspec.structs.replace(TARGET, url=url))
    assert not check.ok
    assert one.server.journal == []


@pytest.mark.parametrize("one", [plausible], indirect=True)
async def test_plausible_that_drops_the_event_is_not_set_up(one, database):
    one.server.drops = True
    check = await set_up(one, database)
    assert not check.ok
    assert "dropped" in check.summary


# --- Held to the files -----------------------------------------------------------------------


def _sentry_file(_: Path) -> Specification3:
    return Specification3(SPECS / "sentry-openapi-derefed.json", {})


def _uptimerobot_file(folder: Path) -> Specification3:
    """The file in JSON, with its server's path; a false `exclusiveMaximum` is no limit."""
    text = (SPECS / "uptimerobot-v3-openapi.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^ *exclusive(Maximum|Minimum): false\n", "", text, flags=re.MULTILINE)
    whole = YAML(typ="safe").load(text)
    whole["paths"] = {f"/v3{path}": item for path, item in whole["paths"].items()}
    (folder / "v3.json").write_bytes(msgspec.json.encode(whole))
    return Specification3(folder / "v3.json", {})


@pytest.mark.skipif(not SPECS.exists(), reason="the OpenAPI files lie beside the repository")
@pytest.mark.parametrize(
    ("one", "file"), [(sentry, _sentry_file), (uptimerobot, _uptimerobot_file)], indirect=["one"]
)
async def test_requests_and_answers_are_as_the_files_say(one, file, database, tmp_path) -> None:
    await set_up(one, database)
    later = msgspec.structs.replace(TARGET, url="https://new.example.com", pipeline="pipe0002")
    await set_up(one, database, later)
    await take_back(one, database, "pipe0002")
    await take_back(one, database)
    specification = file(tmp_path)
    asked = {
        specification.check(entry.request, entry.status, entry.body)
        for entry in one.server.journal
        if "envelope" not in entry.request.target
    }
    assert len(asked) >= 5


def test_a_limit_is_read_in_every_form() -> None:
    assert asked_to_wait({"retry-after": "1.5"}, 1000.0) == 1.5
    assert asked_to_wait({"retry-after": "Thu, 01 Jan 1970 00:17:00 GMT"}, 1000.0) == 20.0
    assert asked_to_wait({"x-ratelimit-reset": "1012.5"}, 1000.0) == 12.5
    assert asked_to_wait({"x-sentry-rate-limit-reset": "1003"}, 1000.0) == 3.0
    assert asked_to_wait({"retry-after": "soon"}, 1000.0) == 0.0
