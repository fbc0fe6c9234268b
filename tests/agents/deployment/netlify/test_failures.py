"""Whatever goes wrong at Netlify: its reason is said, what is live stays, nothing is left over.

The cases are those that its official client was tried with, and some of our own;
`python -m tests.bench.failures netlify` prints them as a table.
"""

from __future__ import annotations

import asyncio
import math
import re
import time

import pytest
from msgspec.structs import replace

from agents.deployment.netlify.platform import Netlify as Platform
from agents.deployment.port import Variable
from agents.work import AgentError
from bus.settings import Secret, Settings
from tests.agents.deployment.netlify.conftest import (
    PACE,
    order,
    page,
    put_live,
    silent,
    until,
    write,
)
from tests.agents.deployment.netlify.failures import CASES, Case, outcome
from tests.support.netlify_server import TOKEN

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_failure_ends_as_the_table_says(netlify, settings, folder, case: Case):
    found = await outcome(netlify, settings, folder, case)
    assert found.ended == case.ends, found
    assert found.live_untouched
    assert found.left_over == []
    if case.ends != "live":
        assert found.hint
        assert "live stays live" in found.message or "nothing was" in found.message
    assert TOKEN not in found.message + found.hint


@pytest.mark.parametrize(
    ("what", "form"),
    [
        (r"POST .*/deploys\?", lambda at: {"x-ratelimit-reset": str(int(at))}),
        (
            "PUT .*/files/index",
            lambda at: {"retry-after": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))},
        ),
    ],
    ids=["deploy, epoch", "file, date string"],
)
async def test_a_limit_is_waited_for_as_the_platform_asks(netlify, settings, folder, what, form):
    """An earlier try would be refused, and be one more request."""
    opens = time.time() + 0.7
    headers = form(math.ceil(opens + 0.1))
    fault = netlify.http.fail(what, 429, headers=headers, times=float("inf"))
    task = asyncio.create_task(put_live(Platform(settings, PACE), order(folder)))
    await asyncio.sleep(opens - time.time())
    fault.times = 0
    release = await task
    assert netlify.site("shop").live.id == release
    assert len(netlify.http.requests(what)) == 2


async def test_a_token_and_values_that_the_platform_repeats_are_in_no_error(
    netlify, settings, folder
):
    echo = {"message": f"bad value s3cret of {TOKEN}"}
    netlify.http.fail("POST .*/env", 400, body=echo)
    wanted = {"KEY": Variable(Secret("s3cret"))}
    with pytest.raises(AgentError) as error:
        await Platform(settings, PACE).prepare(order(folder, variables=wanted))
    said = f"{error.value} {error.value.hint} {error.value!r}"
    assert "bad value … of …" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("token", ["", "nfp_other", "two words", "ünï"])
async def test_a_token_that_is_wrong_is_said_before_anything_is_changed(netlify, folder, token):
    settings = Settings(
        genesis_home=folder, netlify_auth_token=Secret(token), netlify_api_url=netlify.api
    )
    with pytest.raises(AgentError, match=r"token|401") as error:
        await Platform(settings, PACE).prepare(order(folder))
    assert error.value.code == "netlify_token"
    assert "NETLIFY_AUTH_TOKEN" in error.value.hint
    assert not netlify.sites


async def test_nobody_at_the_address_is_said(settings, folder):
    nowhere = replace(settings, netlify_api_url="http://127.0.0.1:1/api/v1")
    with pytest.raises(AgentError, match="no answer from Netlify") as error:
        await Platform(nowhere, PACE).prepare(order(folder))
    assert error.value.retryable


# --- What is wrong with the files or the site --------------------------------------------------


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        ({}, "empty_site", "no file to publish"),
        ({".env": "SECRET=1", "app.js.map": "{}"}, "empty_site", "no file to publish"),
        ({"index.html": "", "a#b.html": "", "c?.js": ""}, "bad_file_name", "'a#b.html', 'c?.js'"),
        ({"index.html": "", "package.json": "{}"}, "project_root", "holds package.json"),
    ],
    ids=["empty", "hidden only", "signs", "project"],
)
async def test_a_folder_that_cannot_be_published_is_refused_before_anything_is_sent(
    netlify, settings, tmp_path, files, code, says
):
    platform = Platform(settings, PACE)
    (tmp_path / "bad").mkdir()
    write(tmp_path / "bad", files)
    site = await platform.prepare(order(tmp_path / "bad"))
    with pytest.raises(AgentError, match=re.escape(says)) as error:
        await platform.stage(order(tmp_path / "bad"), site, silent)
    assert error.value.code == code
    assert not netlify.http.requests("POST .*/deploys")


async def test_names_in_any_script_are_served(netlify, settings, folder):
    names = {
        f"{name}.txt": name for name in ("ünï cödé+1%", "[id]", "日本/語", "a&b=c;d", "x'\"y", "🎈")
    }
    write(folder, names)
    release = await put_live(Platform(settings, PACE), order(folder))
    served = netlify.bytes_of(netlify.find(release))
    assert {name: served[name].decode() for name in names} == names
    site = netlify.site("shop")
    assert page(f"{netlify.http.url}/~/{site.name}/日本/語.txt") == "日本/語"


async def test_secrets_history_and_source_maps_are_never_sent(netlify, settings, folder):
    hidden = (".env", ".env.local", "a/.git/x", "node_modules/x.js", "a/app.js.map", ".DS_Store")
    write(folder, dict.fromkeys(hidden, "SECRET") | {".well-known/x": "public"})
    (folder / "link").symlink_to("/etc/passwd")
    release = await put_live(Platform(settings, PACE), order(folder))
    assert sorted(netlify.bytes_of(netlify.find(release))) == [
        ".well-known/x", "a/app.js", "a/style.css", "index.html",
    ]  # fmt: skip


async def test_more_files_than_other_platforms_take(netlify, settings, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(15_001):
        (folder / f"{number}.txt").write_text(str(number))
    release = await put_live(Platform(settings, PACE), order(folder))
    assert len(netlify.bytes_of(netlify.find(release))) == 15_001


async def test_a_name_that_is_taken_or_no_name_is_said(netlify, settings, folder):
    platform = Platform(settings, PACE)
    with pytest.raises(AgentError, match="taken is taken at Netlify by another account") as error:
        await platform.prepare(order(folder, site="taken"))
    assert error.value.code == "site_taken"
    with pytest.raises(AgentError, match="small letters") as error:
        await platform.prepare(order(folder, site="My Site"))
    assert error.value.code == "site_name"
    assert not netlify.sites


async def test_a_file_that_changes_while_it_is_sent_is_said(netlify, settings, folder):
    platform = Platform(settings, PACE)
    site = await platform.prepare(order(folder))
    slow = netlify.http.fail("PUT .*/deploys/[^/]+$", delay=0.3)
    task = asyncio.create_task(platform.stage(order(folder), site, silent))
    await until(lambda: slow.times == 0)
    write(folder, {"index.html": "changed"})
    with pytest.raises(AgentError, match=r"index\.html cannot be sent.*digest") as error:
        await task
    assert "while it was sent" in error.value.hint
    assert [one.error for one in netlify.site("shop").deploys] == ["Canceled deploy"]


def test_every_case_of_the_official_client_is_in_the_table():
    assert {case.official for case in CASES if case.official} >= {
        "again after 7.0 s", "cancelled, exit 1", "waits for the reset", "again after 5 s",
        "exit 1", "again up to 5 times, 5 s apart",
    }  # fmt: skip
