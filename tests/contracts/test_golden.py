"""Bytes that were sent once can be read for ever.

The files in `golden/` are named `<tag>.json`, further ones of the same message
`<tag>~<what is special>.json`. Add files; never change or remove one.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from contracts import asyncapi
from contracts.messages import MESSAGES, TAGS, Message, decode, encode, subject, tag
from contracts.model import decode_plan, encode_plan

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
PLANS = sorted((GOLDEN / "plan").glob("*.json"))


def kind_of(file: Path) -> type[Message]:
    return TAGS[file.stem.partition("~")[0]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_message_decodes_to_its_type_and_encodes_to_the_same_content(file: Path) -> None:
    body = file.read_bytes()
    message = decode(body)
    assert type(message) is kind_of(file)
    assert json.loads(encode(message)) == json.loads(body)


@pytest.mark.parametrize("kind", MESSAGES, ids=tag)
def test_every_field_of_every_message_is_in_a_golden_file(kind: type[Message]) -> None:
    bodies = [json.loads(file.read_bytes()) for file in FILES if kind_of(file) is kind]
    shown = {name for body in bodies for name in body}
    fields = {field.encode_name for field in msgspec.structs.fields(kind)} - {"schema"}
    assert fields <= shown, f"add a file {tag(kind)}~….json with {sorted(fields - shown)}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_message_travels_on_its_documented_address(file: Path) -> None:
    body = json.loads(file.read_bytes())
    kind = kind_of(file)
    expected = asyncapi.address(kind).format(**{name: body[name] for name in asyncapi.names(kind)})
    assert subject(decode(file.read_bytes())) == expected


def test_golden_messages_satisfy_the_published_json_schema() -> None:
    validator = jsonschema.Draft202012Validator(asyncapi.json_schema())
    for file in FILES:
        body = json.loads(file.read_bytes())
        validator.validate(body)
        assert not validator.is_valid({**body, "type": "no.such.message"})


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_a_golden_plan_keeps_its_content_and_satisfies_its_schema(file: Path) -> None:
    text = file.read_bytes()
    written = encode_plan(decode_plan(text))
    assert json.loads(written) == json.loads(text)
    assert encode_plan(decode_plan(written)) == written
    jsonschema.Draft202012Validator(asyncapi.plan_schema()).validate(json.loads(text))


def test_there_is_a_golden_plan() -> None:
    assert PLANS
