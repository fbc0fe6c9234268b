"""Whatever goes wrong at Vercel: its reason is said, what is live stays, nothing is left over.

The cases are those that its official client was tried with, and some of our own;
`python -m tests.bench.failures vercel` prints them as a table.
"""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from msgspec.structs import replace

from agents.deployment.port import Variable
from agents.deployment.vercel.platform import Vercel as Platform
from agents.work import AgentError
from bus.settings import Secret
from tests.agents.deployment.vercel.conftest import (
    PACE,
    order,
    page,
    put_live,
    silent,
    until,
    write,
)
from tests.agents.deployment.vercel.failures import CASES, Case, outcome
from tests.support.vercel_server import TOKEN

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_failure_ends_as_the_table_says(vercel, settings, folder, case: Case):
    found = await outcome(vercel, settings, folder, case)
    assert found.ended == case.ends, found
    assert found.live_untouched
    assert found.left_over == []
    if case.ends != "live":
        assert found.hint
        assert re.search("live stays live|nothing was|is live$", found.message), found.message
    assert TOKEN not in found.message + found.hint


@pytest.mark.parametrize(
    ("name", "says", "hint"),
    [
        ("deployment 402", "api-deployments-free-per-day", "usage and billing"),
        ("file 429, quota of the day", "api-upload-free", "again in 22 hours"),
        ("deployment 429 until tomorrow", "429", "again in 22 hours"),
    ],
)
async def test_a_plan_used_up_and_being_asked_too_often_are_told_apart(
    vercel, settings, folder, name, says, hint
):
    case = next(case for case in CASES if case.name == name)
    found = await outcome(vercel, settings, folder, case)
    assert says in found.message
    assert hint in found.hint


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
async def test_a_limit_is_waited_for_as_the_platform_asks(vercel, settings, folder, unit):
    """An earlier try would be refused, and be one more request."""
    await put_live(Platform(settings, PACE), order(folder))
    before = len(vercel.http.requests("POST .*/deployments"))
    opens = int(time.time()) + 2
    error = {"code": "rate_limited", "message": "too fast", "limit": {"reset": opens * unit}}
    fault = vercel.http.fail("POST .*/deployments", 429, body={"error": error}, times=float("inf"))
    task = asyncio.create_task(put_live(Platform(settings, PACE), order(folder, "two-2")))
    await asyncio.sleep(opens - time.time())
    fault.times = 0
    release = await task
    assert vercel.project("shop").live.id == release
    assert len(vercel.http.requests("POST .*/deployments")) - before == 2


async def test_a_token_and_values_that_the_platform_repeats_are_in_no_error(
    vercel, settings, folder
):
    echo = {"error": {"code": "bad_request", "message": f"bad value s3cret of {TOKEN}"}}
    vercel.http.fail("POST .*/env", 400, body=echo)
    wanted = {"KEY": Variable(Secret("s3cret"))}
    with pytest.raises(AgentError) as error:
        await Platform(settings, PACE).prepare(order(folder, variables=wanted))
    said = f"{error.value} {error.value.hint} {error.value!r} {error.value.error}"
    assert "bad value … of …" in said
    assert "s3cret" not in said


async def test_a_variable_that_vercel_does_not_take_is_named(vercel, settings, folder):
    failed = {"error": {"code": "BAD", "message": "not this one", "envVarKey": "KEY"}}
    vercel.http.fail("POST .*/env", 201, body={"created": [], "failed": [failed]})
    wanted = {"KEY": Variable(Secret("s3cret"))}
    with pytest.raises(AgentError, match="variables KEY cannot be set: Vercel says BAD: not this"):
        await Platform(settings, PACE).prepare(order(folder, variables=wanted))


@pytest.mark.parametrize("token", ["", "vcp_other", "two words", "ünï"])
async def test_a_token_that_is_wrong_is_said_before_anything_is_changed(
    vercel, settings, folder, token
):
    wrong = replace(settings, vercel_token=Secret(token))
    with pytest.raises(AgentError, match=r"token|403") as error:
        await Platform(wrong, PACE).prepare(order(folder))
    assert error.value.code == "vercel_token"
    assert "VERCEL_TOKEN" in error.value.hint
    assert not vercel.projects


async def test_a_team_that_is_not_the_tokens_is_said(vercel, settings, folder):
    other = replace(settings, vercel_team_id="", vercel_org_id="team_other")
    with pytest.raises(AgentError, match="Not authorized to access this team") as error:
        await Platform(other, PACE).prepare(order(folder))
    assert error.value.code == "vercel_forbidden"
    person = replace(settings, vercel_team_id="", vercel_org_id="a-persons-own-id")
    assert (await Platform(person, PACE).prepare(order(folder))).id


async def test_nobody_at_the_address_is_said(settings, folder):
    nowhere = replace(settings, vercel_api_url="http://127.0.0.1:1")
    with pytest.raises(AgentError, match="no answer from Vercel") as error:
        await Platform(nowhere, PACE).prepare(order(folder))
    assert error.value.retryable


async def test_a_deployment_that_never_gets_ready_is_cancelled_in_the_end(vercel, settings, folder):
    first = await put_live(Platform(settings, PACE), order(folder))
    vercel.ready_after = 600
    hasty = Platform(settings, replace(PACE, deadline=0.3))
    with pytest.raises(AgentError, match="is still building after") as error:
        await put_live(hasty, order(folder, "two-2"))
    assert error.value.code == "vercel_slow"
    states = {one.id: one.state for one in vercel.project("shop").deployments}
    assert states[first] == "READY"
    assert list(states.values())[-1] == "CANCELED"


async def test_a_switch_that_cannot_be_seen_is_not_said_to_have_changed_nothing(
    vercel, settings, folder
):
    platform = Platform(settings, PACE)
    await put_live(platform, order(folder))
    vercel.http.fail("GET .*rollbackInfo", 503, times=float("inf"))
    with pytest.raises(AgentError, match="whether it is cannot be seen") as error:
        await put_live(platform, order(folder, "two-2"))
    assert error.value.retryable
    assert "stays live" not in error.value.message


# --- What is wrong with the files or the project -----------------------------------------------

OUTPUT = ".vercel/output"


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        ({}, "empty_site", "no file to publish"),
        ({".env": "SECRET=1", "app.js.map": "{}"}, "empty_site", "no file to publish"),
        ({f"{OUTPUT}/config.json": "{}"}, "empty_site", "no file to publish"),
        ({"index.html": "", "package.json": "{}"}, "project_root", "holds package.json"),
        ({"server.mjs": "", "build.json": "", "public/x": ""}, "empty_site", "nothing for Vercel"),
        ({f"{i}.txt": "" for i in range(15_000)}, "too_many_files", "holds 15,001 files"),
    ],
    ids=["empty", "hidden only", "output without files", "project", "bundle", "15,001 files"],
)
async def test_a_folder_that_cannot_be_published_is_refused_before_anything_is_sent(
    vercel, settings, tmp_path, files, code, says
):
    platform = Platform(settings, PACE)
    (tmp_path / "bad").mkdir()
    write(tmp_path / "bad", files)
    site = await platform.prepare(order(tmp_path / "bad"))
    with pytest.raises(AgentError, match=re.escape(says)) as error:
        await platform.stage(order(tmp_path / "bad"), site, silent)
    assert error.value.code == code
    assert not vercel.http.requests("POST .*/deployments|files")


async def test_a_link_in_an_output_is_refused_and_in_a_plain_folder_left_out(
    vercel, settings, folder
):
    platform = Platform(settings, PACE)
    (folder / "link").symlink_to("/etc/passwd")
    release = await put_live(platform, order(folder))
    assert not [path for path in vercel.find(release).files if "link" in path]
    write(folder, {f"{OUTPUT}/config.json": "{}", f"{OUTPUT}/static/x": "x"})
    (folder / OUTPUT / "functions").symlink_to("/etc")
    site = await platform.find("shop", "production")
    with pytest.raises(AgentError, match="functions is a link") as error:
        await platform.stage(order(folder, "two-2"), site, silent)
    assert error.value.code == "linked_file"


async def test_names_in_any_script_are_served(vercel, settings, folder):
    names = {
        f"{name}.txt": name
        for name in ("ünï cödé+1%", "[id]", "日本/語", "a&b=c;d", "x'\"y", "🎈", "a#b?c")
    }
    write(folder, names)
    release = await put_live(Platform(settings, PACE), order(folder))
    served = vercel.bytes_of(vercel.find(release))
    assert {n: served[f"{OUTPUT}/static/{n}"].decode() for n in names} == names
    assert page(f"{vercel.http.url}/~/shop/日本/語.txt") == "日本/語"


async def test_a_name_that_is_no_unicode_is_refused(vercel, settings, folder):
    (folder / "bad\udcff.txt").write_text("x")
    site = await Platform(settings, PACE).prepare(order(folder))
    with pytest.raises(AgentError, match="no Unicode") as error:
        await Platform(settings, PACE).stage(order(folder), site, silent)
    assert error.value.code == "bad_file_name"


async def test_a_plain_folder_is_served_with_and_without_html_and_with_its_own_404(
    vercel, settings, folder
):
    write(folder, {"about.html": "about", "docs/index.html": "docs", "404.html": "own 404"})
    await put_live(Platform(settings, PACE), order(folder))
    site = f"{vercel.http.url}/~/shop"
    asked = ("/about", "/about.html", "/docs/", "/a/app.js", "/none")
    assert [page(f"{site}{path}") for path in asked] == ["about", "about", "docs", "1", "own 404"]


async def test_secrets_history_and_source_maps_are_never_sent(vercel, settings, folder):
    hidden = (".env", ".env.local", "a/.git/x", "node_modules/x.js", "a/app.js.map", ".DS_Store")
    write(folder, dict.fromkeys(hidden, "SECRET") | {".well-known/x": "public"})
    release = await put_live(Platform(settings, PACE), order(folder))
    assert sorted(vercel.find(release).files) == [
        f"{OUTPUT}/config.json", f"{OUTPUT}/static/.well-known/x", f"{OUTPUT}/static/a/app.js",
        f"{OUTPUT}/static/a/style.css", f"{OUTPUT}/static/index.html",
    ]  # fmt: skip


async def test_a_name_that_is_taken_or_no_name_is_said(vercel, settings, folder):
    platform = Platform(settings, PACE)
    with pytest.raises(AgentError, match="taken is taken at Vercel") as error:
        await platform.prepare(order(folder, site="taken"))
    assert error.value.code == "site_taken"
    with pytest.raises(AgentError, match="small letters") as error:
        await platform.prepare(order(folder, site="Mein Läden"))
    assert error.value.code == "site_name"
    assert not vercel.projects


async def test_a_file_that_changes_while_it_is_sent_is_said(vercel, settings, folder):
    platform = Platform(settings, PACE)
    first = await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>"})
    site = await platform.prepare(order(folder, "two-2"))
    slow = vercel.http.fail("POST .*/deployments", delay=0.3)
    task = asyncio.create_task(platform.stage(order(folder, "two-2"), site, silent))
    await until(lambda: slow.times == 0)
    write(folder, {"index.html": "changed"})
    with pytest.raises(AgentError, match=r"index\.html cannot be sent.*Digest") as error:
        await task
    assert "while it was sent" in error.value.hint
    assert await platform.live(site) == first


def test_every_case_of_the_official_client_is_in_the_table():
    assert {case.official for case in CASES} >= {
        "again at once, 5 times", "exit 1, not tried again", "exit 1, tells when", "exit 1",
        "again after 13 s",
    }  # fmt: skip
