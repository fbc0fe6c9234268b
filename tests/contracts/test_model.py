"""The plan file, which people edit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts import asyncapi
from contracts.explained import EXPLAINED
from contracts.model import MODEL_VERSION, ModelError, decode_plan, encode_plan

PLAN = (Path(__file__).parent / "golden" / "plan" / "plan.json").read_bytes()


def edited(*path: str | int, value: Any) -> bytes:
    """The golden plan with one value set."""
    plan = json.loads(PLAN)
    place = plan
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(plan).encode()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("app", "color"), "red", r"unknown field `color` - at `\$\.model\.app`"),
        (("entities", 0, "key"), "A-b", r"matching regex .*entities\[0\]\.key"),
        (("entities", 0, "ownership"), "me", r"'me' .*entities\[0\]\.ownership"),
        (("app", "theme", "primary"), "red", r"\.app\.theme\.primary"),
        (("app", "slug"), "../etc", r"\.app\.slug"),
        (("pages", 0, "path"), "/a b", r"\.pages\[0\]\.path"),
    ],
)
def test_a_typing_mistake_is_refused_with_its_place(
    path: tuple[str | int, ...], value: str, reason: str
) -> None:
    with pytest.raises(ModelError, match=reason) as refused:
        decode_plan(edited("model", *path, value=value))
    assert str(refused.value).startswith("the plan cannot be read: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b'{"model": {"app": {"name": "\xff"}}}', "utf-8"),
        (b"[" * 100_000, "Expected `object`"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as refused:
        decode_plan(text)
    assert str(refused.value).startswith("the plan cannot be read: ")


def test_a_plan_of_a_newer_genesis_is_refused() -> None:
    with pytest.raises(ModelError, match=rf"version {MODEL_VERSION + 1}.*up to {MODEL_VERSION}"):
        decode_plan(edited("model", "version", value=MODEL_VERSION + 1))


def test_a_plan_of_a_newer_genesis_with_new_fields_says_upgrade() -> None:
    newer = json.loads(edited("model", "version", value=MODEL_VERSION + 1))
    newer["model"]["themes"] = []
    with pytest.raises(ModelError, match=rf"version {MODEL_VERSION + 1}.*upgrade it"):
        decode_plan(json.dumps(newer).encode())


def test_a_plan_may_tell_editors_where_its_schema_is() -> None:
    plan = {"$schema": "./plan.schema.json", **json.loads(PLAN)}
    written = encode_plan(decode_plan(json.dumps(plan).encode()))
    assert json.loads(written) == plan
    assert b"schema" not in encode_plan(decode_plan(PLAN))


def test_every_field_of_a_plan_is_explained_to_editors() -> None:
    for name, schema in asyncapi.plan_schema()["$defs"].items():
        assert EXPLAINED[name].keys() == schema["properties"].keys()
        assert all(text.endswith(".") for text in EXPLAINED[name].values())
