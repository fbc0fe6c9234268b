"""What may arrive on the bus, and what becomes of it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.messages import (
    MAX_BODY,
    MESSAGES,
    SCHEMA,
    TAGS,
    Approval,
    BuildRequested,
    CancelSignal,
    Message,
    MessageError,
    NewerSchema,
    OversizedMessage,
    Progress,
    UndecodableMessage,
    UnknownMessage,
    decode,
    encode,
    subject,
    tag,
)  # fmt: skip
from tests.contracts.strategies import structs

PIPELINE = "k7q2m4xw3zt5a6bc"
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(message=st.one_of([structs(kind) for kind in MESSAGES]))
def test_what_is_encoded_decodes_to_the_same_message(message: Message) -> None:
    assert decode(encode(message)) == message


@unhurried
@given(message=st.one_of([structs(kind) for kind in MESSAGES]))
def test_a_subject_is_the_tag_and_as_many_more_tokens_as_the_type_says(message: Message) -> None:
    words = subject(message)
    assert words == tag(type(message)) or words.startswith(f"{tag(type(message))}.")
    tokens = words.split(".")
    assert len(tokens) == message.tokens
    assert all(token.isascii() and token and not set(token) & set(" *>\r\n\t") for token in tokens)


@unhurried
@given(
    message=st.one_of([structs(kind) for kind in MESSAGES]),
    extra=st.dictionaries(st.from_regex(r"new_[a-z]+", fullmatch=True), st.integers(), min_size=1),
)
def test_fields_of_a_later_version_are_ignored(message: Message, extra: dict[str, int]) -> None:
    body = {**json.loads(encode(message)), **extra}
    assert decode(json.dumps(body).encode()) == message


@unhurried
@given(body=st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused_as_a_message_error(body: bytes) -> None:
    with pytest.raises(MessageError):
        decode(body)


@unhurried
@given(
    kind=st.sampled_from(MESSAGES),
    fields=st.dictionaries(
        st.sampled_from(["pipeline", "app", "who", "idea", "timeout", "plan", "schema", "request"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=6,
        ),
    ),
)
def test_any_json_object_decodes_or_is_refused_as_a_message_error(
    kind: type[Message], fields: dict[str, Any]
) -> None:
    body = json.dumps({**fields, "type": tag(kind)}).encode()
    with suppress(MessageError):
        assert type(decode(body)) is kind


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "not a Genesis message: Input data was truncated"),
        (b"build it", "not a Genesis message: JSON is malformed"),
        (b"[]", "not a Genesis message: Expected `object`, got `array`"),
        (b"{}", "not a Genesis message: Object missing required field `type`"),
        (b'{"type": 7}', "not a Genesis message: Expected `str`, got `int` - at `$.type`"),
        (b'{"type": "build.requested"}', "build.requested: Object missing required field `idea`"),
        (b'{"type": "build.requested", "idea": ""}', "build.requested: Expected `str` of length"),
        (b'{"type": "build.requested", "idea": "\xff"}', "build.requested: 'utf-8' codec"),
        (
            b'{"type": "build.requested", "idea": "x", "name": "../etc"}',
            "build.requested: Expected `str` matching regex",
        ),
        (
            b'{"type": "build.requested", "idea": "x", "environment": "moon"}',
            "build.requested: Invalid enum value 'moon' - at `$.environment`",
        ),
        (
            b'{"type": "scout.run", "pipeline": "abcdef", "timeout": 0, "idea": "x"}',
            "scout.run: Expected `float` > 0.0 - at `$.timeout`",
        ),
        (b'{"type": "build.requested", "idea": ' + b"[" * 100_000, "not a Genesis message: "),
    ],
)  # fmt: skip
def test_malformed_bytes_are_refused_with_the_place_and_what_was_expected(
    body: bytes, text: str
) -> None:
    with pytest.raises(UndecodableMessage) as refused:
        decode(body)
    assert str(refused.value).startswith(text)


def test_an_idea_over_its_length_is_refused() -> None:
    with pytest.raises(UndecodableMessage, match=r"build\.requested: .*32000"):
        decode(json.dumps({"type": "build.requested", "idea": "x" * 100_000}).encode())


def test_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(UnknownMessage, match=r"'scout\.dance'"):
        decode(b'{"type": "scout.dance", "pipeline": "abcdef"}')


@pytest.mark.parametrize("kind", MESSAGES, ids=tag)
def test_a_newer_schema_is_refused_whatever_else_the_body_holds(kind: type[Message]) -> None:
    body = json.dumps({"type": tag(kind), "schema": SCHEMA + 1, "pipeline": {"new": "shape"}})
    with pytest.raises(NewerSchema, match=rf"schema {SCHEMA + 1}.*up to {SCHEMA}: upgrade it"):
        decode(body.encode())


def test_the_largest_body_is_sent_and_one_byte_more_is_refused() -> None:
    bare = len(encode(BuildRequested(idea="")))
    fits = BuildRequested(idea="x" * (MAX_BODY - bare))
    assert len(encode(fits)) == MAX_BODY
    with pytest.raises(OversizedMessage, match=f"{MAX_BODY + 1} bytes; the bus takes {MAX_BODY}"):
        encode(msgspec.structs.replace(fits, idea=fits.idea + "x"))


def test_many_long_lines_of_progress_are_refused_before_they_are_sent() -> None:
    with pytest.raises(OversizedMessage, match="progress is"):
        encode(Progress(pipeline=PIPELINE, area="build", step="x", lines=("y" * 1_000,) * 80))


@pytest.mark.parametrize("field", ["pipeline", "who"])
@pytest.mark.parametrize(
    "text", ["", "abcdef\n", "abc def", "abc.def", "abcdef*", ">", "абвгде", "abcdef\r\nPUB x 0"]
)
def test_a_subject_token_that_is_no_token_is_refused(field: str, text: str) -> None:
    good = {"type": "approval", "pipeline": PIPELINE, "who": "ana", "granted": True, "seen": 1}
    assert isinstance(decode(json.dumps(good).encode()), Approval)
    with pytest.raises(UndecodableMessage, match=rf"at `\$\.{field}`"):
        decode(json.dumps({**good, field: text}).encode())


def test_a_message_never_changes() -> None:
    message = CancelSignal(pipeline=PIPELINE)
    with pytest.raises(AttributeError):
        message.pipeline = "other"  # type: ignore[misc]


def test_every_message_is_registered_once_under_its_tag() -> None:
    assert len(TAGS) == len(MESSAGES)
    assert all(TAGS[tag(kind)] is kind for kind in MESSAGES)
    assert set(MESSAGES) == set(_leaves(Message))


def _leaves(kind: type[Message]) -> list[type[Message]]:
    """The message types of contracts.messages that nothing derives from."""
    derived = [each for each in kind.__subclasses__() if each.__module__ == kind.__module__]
    return [leaf for each in derived for leaf in _leaves(each)] or [kind]
