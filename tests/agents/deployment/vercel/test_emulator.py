"""The emulator answers as Vercel's own client accepts it, and as the OpenAPI file says.

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

from agents.deployment.port import Variable
from agents.deployment.vercel.platform import Vercel as Platform
from agents.work import AgentError
from bus.settings import Secret
from tests.agents.deployment.vercel.conftest import PACE, order, put_live, silent, write
from tests.support.openapi3 import Specification3
from tests.support.vercel_server import TOKEN, Vercel

SPECS = Path(__file__).parents[5] / "shared" / "reference" / "api-specs"
RECORDINGS = sorted((SPECS / "recordings" / "vercel").glob("*.jsonl"))
pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(not RECORDINGS, reason=f"no recordings in {SPECS}"),
]
NO_ROUTE = "Not Found /"
"""What the recording server answered to paths that it did not know yet."""
OF_THE_RECORDER = {"prod"}
"""A key of its own that no answer of Vercel's has; nor is there a target that is null."""
DESCRIBED = re.compile(r"<(\d+) bytes sha1=(\w{40}) sha256=\w{64}>")
"""How a recording has a content that is no text."""
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
NAMES = re.compile(r"(?:dpl|prj)_\w+|[\w.-]+-emu-team\.vercel\.app")


@pytest.fixture
def recorded_server():
    server = Vercel(ready_after=0, aliased_after=0, job_after=0, loopback=False).start()
    yield server
    server.close()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_of_the_official_client_gets_the_same_statuses_and_keys(
    recorded_server, recording
):
    entries = [json.loads(line) for line in recording.read_text().splitlines()]
    known = stand_ins(entries)
    compared, before = 0, ""
    with httpx.Client(base_url=recorded_server.http.url) as client:
        for entry in entries:
            if "injected" in entry["resp"]:
                recorded_server.http.fail(re.escape(entry["m"]), entry["status"], body={
                    "error": {"code": "emu_fail", "message": "injected"}, "code": "emu_fail",
                    "message": "injected"})  # fmt: skip
            make_what_was_there(recorded_server, client, entry, known)
            body = translated(entry["body"] or "", known)
            answer = client.request(
                entry["m"], translated(entry["u"], known), content=body.encode(),
                headers=sent_headers(entry, known),
            )  # fmt: skip
            if NO_ROUTE in entry["resp"]:
                assert answer.status_code < 500
                continue
            # The client repeats a rollback that the recorder answered wrongly at first.
            repeats = entry["m"] == "POST" and "/rollback/" in entry["u"] and entry["u"] == before
            before = entry["u"]
            if repeats and answer.status_code == 409:
                continue
            assert answer.status_code == entry["status"], (entry["m"], entry["u"], answer.text)
            wanted = keys_of(entry["resp"].replace('"target":null,', "")) - OF_THE_RECORDER
            assert wanted <= keys_of(answer.text), (entry["m"], entry["u"])
            if not entry["resp"]:
                assert "content-type" not in answer.headers
            learn(entry["resp"], answer.text, known)
            compared += 1
    assert compared >= 4


def stand_ins(entries: list[dict]) -> dict[str, str]:
    """Texts to send in place of contents that the recording only describes, and their digests."""
    known = {}
    for entry in entries:
        if found := DESCRIBED.fullmatch(entry["body"] or ""):
            text = "x" * int(found[1])
            known[found[0]] = text
            known[found[2]] = hashlib.sha1(text.encode()).hexdigest()
    return known


def make_what_was_there(
    server: Vercel, client: httpx.Client, entry: dict, known: dict[str, str]
) -> None:
    """Make what a recording takes for granted."""
    for name in NAMES.findall(unquote(entry["u"])):
        if name in known or entry["status"] == 404:
            continue
        shown = re.search(r'"name":"([\w-]+)"', entry["resp"])
        project = shown[1] if shown else "pre"
        if not any(one.name == project for one in server.projects.values()):
            client.post("/v1/projects", json={"name": project}, headers=AUTHORIZED)
        made = server.project(project)
        if name.startswith("prj_"):
            known[name] = made.id
        else:
            known |= pair_of(server, made.name, entry["resp"], name)


def pair_of(server: Vercel, project: str, shown: str, name: str) -> dict[str, str]:
    """A deployment for one that was there before the recording began."""
    made = server.add_deployment(project, {})
    made.target = "production"
    newer = server.add_deployment(project, {})
    newer.target = "production"
    found = re.search(r'"id":"(dpl_\w+)","uid":"dpl_\w+","url":"([\w.-]+)"', shown)
    pair = {found[1]: made.id, found[2]: made.host} if found else {}
    return {**pair, name: made.host if "." in name else made.id}


def translated(text: str, known: dict[str, str]) -> str:
    for old, new in known.items():
        text = text.replace(old, new)
    return text


def sent_headers(entry: dict, known: dict[str, str]) -> dict[str, str]:
    left_out = ("host", "content-length", "transfer-encoding", "connection")
    headers = {name: value for name, value in entry["h"].items() if name not in left_out}
    return {name: known.get(value, value) for name, value in headers.items()}


def keys_of(text: str) -> set[str]:
    """The keys of an answer itself, not of what is in it; a recording may be cut off."""
    lines = text.splitlines()
    if len(lines) > 1:
        return set().union(*(keys_of(line) for line in lines))
    found, depth = set(), 0
    for string, sign in re.findall(r'("(?:[^"\\\\]|\\\\.)*"\s*:?)|([{}\[\]])', text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(sign, 0)
        if depth == 1 and string.endswith(":"):
            found.add(json.loads(string[:-1]))
    return found


def learn(recorded: str, answered: str, known: dict[str, str]) -> None:
    """Which of our names stand for the recording's."""
    for pattern in (r'^{"id":"(\w+)"', r'^{"id":"dpl.*?"url":"([\w.-]+)"'):
        old, new = re.search(pattern, recorded), re.search(pattern, answered)
        if old and new:
            known.setdefault(old[1], new[1])


# --- The OpenAPI file ------------------------------------------------------------------------

BESIDES = {
    "prebuilt": "the official client sends it with a Build Output",
    "rollbackInfo": "the official client asks so for the job of a rollback",
    "meta-.*": "the official client filters its list so",
    "autoAssignCustomDomains": "the official client's --skip-domain",
}


@pytest.fixture(scope="module")
def specification() -> Specification3:
    return Specification3(SPECS / "vercel-openapi-2025-10.json", BESIDES)


async def test_every_request_of_ours_and_every_answer_is_as_the_openapi_file_says(
    vercel, settings, folder, specification
):
    vercel.protects = True
    platform = Platform(settings, PACE)
    await put_live(platform, order(folder, "zero-0"))
    vercel.fails_build = "broken"
    with pytest.raises(AgentError):
        await put_live(platform, order(folder, "one-1"))
    vercel.fails_build = ""
    wanted = {"PLAIN": Variable(Secret("x1"), hidden=False), "KEY": Variable(Secret("s3cret"))}
    first = await put_live(platform, order(folder, "two-2", variables=wanted))
    write(folder, {"index.html": "changed"})
    await put_live(platform, order(folder, "three-3", variables=wanted))
    site = await platform.prepare(order(folder, "four-4"))
    await platform.switch(site, first)
    staged = await platform.stage(order(folder, "four-4", branch="x"), site, silent)
    await platform.logs(site, staged.release)
    await platform.discard(site, staged.release)
    await platform.past(site, 100)
    with pytest.raises(AgentError):
        await platform.prepare(order(folder, site="taken"))
    seen, rolled_back = set(), 0
    for entry in vercel.http.journal:
        if "/rollback/" in entry.request.path:
            # It came after this file: vercel-sdk-1.28.35-operations.txt has it.
            assert (entry.request.path[:4], entry.status, entry.body) == ("/v1/", 201, None)
            rolled_back += 1
        elif entry.status != 404:
            seen.add(specification.check(entry.request, entry.status, entry.body))
    assert rolled_back == 1
    assert seen == {
        "getProject", "createProject", "getProjectDomains", "updateProjectProtectionBypass",
        "filterProjectEnvs", "createProjectEnv", "editProjectEnv", "uploadFile",
        "createDeployment", "getDeployment", "getDeployments", "getDeploymentEvents",
        "deleteDeployment", "requestPromote",
    }  # fmt: skip


def test_the_specification_finds_what_is_wrong(vercel, specification):
    with httpx.Client(headers=AUTHORIZED, base_url=vercel.api) as client:
        client.post("/v11/projects", json={"name": "a", "colour": "red"})
        client.post("/v11/projects", json={"name": 5})
        client.get("/v9/projects/a", params={"pages": "1"})
        client.get("/v9/projects/a/nothing")
    reasons = []
    for entry in vercel.http.journal:
        with pytest.raises(AssertionError) as error:
            specification.check(entry.request, entry.status, entry.body)
        reasons.append(str(error.value))
    for wanted, reason in zip(("colour", "string", "pages", "no operation"), reasons, strict=True):
        assert wanted in reason
