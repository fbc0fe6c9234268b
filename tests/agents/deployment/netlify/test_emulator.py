"""The emulator answers as Netlify's own client accepts it, and as the OpenAPI file says.

The recordings and the file lie beside the repository, in `../shared/reference/api-specs`.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from agents.deployment.netlify.platform import Netlify as Platform
from agents.deployment.port import Variable
from agents.work import AgentError
from bus.settings import Secret
from tests.agents.deployment.netlify.conftest import PACE, order, put_live, silent, write
from tests.support.netlify_server import Netlify, Site
from tests.support.openapi import Specification
from tests.support.platform_http import Request

SPECS = Path(__file__).parents[5] / "shared" / "reference" / "api-specs"
RECORDINGS = sorted((SPECS / "recordings" / "netlify").glob("*.jsonl"))
pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(not RECORDINGS, reason=f"no recordings in {SPECS}"),
]
UUID = "11111111-2222-3333-4444-555555555555"
PLACEHOLDER = re.compile(r"<(\d+) bytes sha1=(\w{40}) sha256=(\w{64})>")


@pytest.fixture
def recorded_server():
    server = Netlify(ready_after=0, prepared_after=0).start()
    server.sites[UUID] = Site(UUID, "emu-site", 0.0)
    yield server
    server.close()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_of_the_official_client_gets_the_same_statuses_and_keys(
    recorded_server, recording
):
    entries = [json.loads(line) for line in recording.read_text().splitlines()]
    replaced = stand_ins(entries)
    for entry in entries:
        recorded_server.tokens.add(entry["h"].get("authorization", "").removeprefix("Bearer "))
    with httpx.Client(base_url=recorded_server.http.url) as client:
        for entry in entries:
            if "injected" in entry["resp"]:
                recorded_server.http.fail(re.escape(entry["m"]), entry["status"], body={
                    "code": entry["status"], "message": "injected", "error": {}})  # fmt: skip
            path, body = (translated(text or "", replaced) for text in (entry["u"], entry["body"]))
            answer = client.request(
                entry["m"], path, content=body.encode(), headers=sent_headers(entry)
            )
            assert answer.status_code == entry["status"], (entry["m"], path, answer.text)
            assert entry["resp"][:1] == answer.text[:1]
            if answer.text != "[]":
                assert keys_of(entry["resp"]) <= keys_of(answer.text), (entry["m"], path)
            note_id(entry, answer, replaced)


def stand_ins(entries: list[dict]) -> dict[str, str]:
    """Texts to send in place of contents that the recording only describes, and their digests."""
    replaced = {}
    for entry in entries:
        if found := PLACEHOLDER.fullmatch(entry["body"] or ""):
            text = f"stand-in for {found[0]}".replace(found[2], "").replace(found[3], "")
            replaced[found[0]] = text
            replaced[found[2]] = hashlib.sha1(text.encode()).hexdigest()
            replaced[found[3]] = hashlib.sha256(text.encode()).hexdigest()
    return replaced


def translated(text: str, replaced: dict[str, str]) -> str:
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


def sent_headers(entry: dict) -> dict[str, str]:
    left_out = ("host", "content-length", "transfer-encoding", "connection")
    return {name: value for name, value in entry["h"].items() if name not in left_out}


def keys_of(text: str) -> set[str]:
    """The keys of an answer, or of the first of a list; a recording may be cut off."""
    try:
        body = json.loads(text or "null")
    except ValueError:
        return set(re.findall(r'"(\w+)":', text))
    body = body[0] if isinstance(body, list) and body else body
    return set(body) if isinstance(body, dict) else set()


def note_id(entry: dict, answer: httpx.Response, replaced: dict[str, str]) -> None:
    if (
        entry["m"] == "POST"
        and answer.is_success
        and (found := re.match(r'{"id":"(.*?)"', entry["resp"]))
    ):
        replaced.setdefault(found[1], answer.json()["id"])


# --- The OpenAPI file ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def specification() -> Specification:
    return Specification(SPECS / "netlify-swagger.yml")


async def test_every_request_of_ours_and_every_answer_is_as_the_openapi_file_says(
    netlify, settings, tmp_path, specification
):
    folder = tmp_path / "site"
    write(folder, {f"{number}.html": f"page {number}" for number in range(120)})
    write(tmp_path / "function" / "netlify" / "public", {"index.html": "x"})
    netlify.fails_processing = "broken"
    platform = Platform(settings, PACE)
    with pytest.raises(AgentError):
        await put_live(platform, order(folder, "zero-0"))
    netlify.fails_processing = ""
    wanted = {"PLAIN": Variable(Secret("x1"), hidden=False), "KEY": Variable(Secret("s3cret"))}
    first = await put_live(platform, order(folder, variables=wanted))
    write(folder, {"1.html": "changed"})
    await put_live(platform, order(folder, "two-2", variables=wanted, branch="main"))
    site = await platform.prepare(order(folder, "three-3"))
    await platform.switch(site, first)
    staged = await platform.stage(order(folder, "three-3"), site, silent)
    await platform.logs(site, staged.release)
    await platform.discard(site, staged.release)
    await platform.past(site, 100)
    with pytest.raises(AgentError):
        await platform.prepare(order(folder, site="taken"))
    seen = {
        specification.check(entry.request, entry.status, entry.body)
        for entry in netlify.http.journal
    }
    assert seen == {
        "getSite", "listAccountsForUser", "createSiteInTeam", "listSiteDeploys",
        "createSiteDeploy", "updateSiteDeploy", "uploadDeployFile", "getSiteDeploy", "getDeploy",
        "restoreSiteDeploy", "deleteDeploy", "cancelSiteDeploy",
        "getEnvVars", "createEnvVars", "updateEnvVar",
    }  # fmt: skip


async def test_a_deploy_of_ours_asks_what_the_official_client_asks(
    netlify, settings, folder, specification
):
    await put_live(Platform(settings, PACE), order(folder))
    ours = operations(specification, [(e.request, e.status, e.body) for e in netlify.http.journal])
    recording = SPECS / "recordings" / "netlify" / "netlifyB.jsonl"
    theirs = operations(specification, [
        (Request(e["m"], e["u"], e["h"], e["body"].encode()), e["status"], None)
        for e in map(json.loads, recording.read_text().splitlines())
    ])  # fmt: skip
    assert [name for name in ours if name in theirs] == list(theirs)
    for name, keys in theirs.items():
        assert ours[name] <= keys


def operations(specification: Specification, asked: list) -> dict[str, set[str]]:
    """What was asked that changes a deploy or follows it, in order, and the keys of the bodies."""
    found: dict[str, set[str]] = {}
    for request, _status, _body in asked:
        if "/deploys" in request.path and not request.path.endswith(("/deploys", "/restore")):
            name = specification.operation(request)["operationId"]
        elif request.method == "POST" and request.path.endswith("/deploys"):
            name = "createSiteDeploy"
        else:
            continue
        is_json = request.headers.get("content-type") == "application/json"
        found.setdefault(name, set()).update(request.json() if is_json else ())
    return found


def test_the_specification_finds_what_is_wrong(netlify, specification):
    with httpx.Client(headers={"authorization": "Bearer nfp_emulated_token"}) as client:
        site = netlify.site("shop")
        path = f"{netlify.api}/sites/{site.id}/deploys"
        client.post(path, json={"drafts": True})
        client.post(path, json={"draft": "yes"})
        client.get(path, params={"pages": "1"})
        client.get(f"{netlify.api}/sites/{site.id}/nothing")
    reasons = []
    for entry in netlify.http.journal:
        with pytest.raises(AssertionError) as error:
            specification.check(entry.request, entry.status, entry.body)
        reasons.append(str(error.value))
    for wanted, reason in zip(("drafts", "boolean", "pages", "no operation"), reasons, strict=True):
        assert wanted in unquote(reason)
