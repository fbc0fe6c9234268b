"""Envelopes and events of any shape: understood, or refused as malformed, never anything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.monitoring.errors import content, grouping, reading
from agents.monitoring.errors.envelope import MOST_ITEMS, Malformed, decode, parse
from tests.support.errors import envelope, event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = sorted({
    *event(), "timestamp", "logentry", "message", "threads", "stacktrace", "breadcrumbs", "tags",
    "user", "request", "contexts", "sdk", "fingerprint", "debug_meta", "transaction",
})  # fmt: skip


@given(st.lists(st.tuples(st.text(min_size=1, max_size=9), st.binary(max_size=60)), max_size=5))
def test_items_with_lengths_come_out_as_they_were(items):
    found = parse(envelope(*items, event_id="x"))
    assert found.header == {"event_id": "x"}
    assert [(item.kind, item.payload) for item in found.items] == items


@pytest.mark.parametrize(
    "body",
    [
        b'{}\n{"type":"a"}\n{"b":1}',
        b'{}\n{"type":"a"}\n{"b":1}\n',
        b'{}\r\n{"type":"a"}\r\n{"b":1}\r\n',
        b'{}\n\n\n{"type":"a"}\n{"b":1}\n\n\n',
        b'{}\n{"type":"a","length":7}\n{"b":1}',
        b'{}\n{"type":"a","length":null}\n{"b":1}\ngarbage after it\n',
        b'{}\n{"type":"a"}\n{"b":1}\n{"no":"type"}\n{}',
    ],
)
def test_an_item_is_found_in_every_form_seen(body):
    (item,) = parse(body).items
    assert item.kind == "a"
    assert decode(item.payload) == {"b": 1}


def test_items_may_be_empty_or_missing():
    assert parse(b"{}").items == ()
    assert parse(b'{}\n{"type":"a"}').items[0].payload == b""
    assert parse(b'{}\n{"type":"a","length":0}\n\n{"type":"b"}\nx').items[1].payload == b"x"


def test_there_is_an_end_to_items():
    with pytest.raises(Malformed):
        parse(envelope(*[("a", b"")] * (MOST_ITEMS + 1)))


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_parsed_or_malformed(data):
    for body in (data, b"{}\n" + data, b'{}\n{"type":"event"}\n' + data):
        try:
            parse(body)
        except Malformed:
            continue


@given(st.dictionaries(st.sampled_from(KEYS), JSON), JSON)
@settings(max_examples=400)
def test_any_object_becomes_an_event_that_can_be_grouped_and_kept(sent, inner):
    frame = dict.fromkeys(("filename", "function", "lineno", "colno", "pre_context"), inner)
    sent = {
        "exception": [{"type": inner, "value": inner, "stacktrace": {"frames": [frame, inner]}}],
        **sent,
    }
    payload = decode(json.dumps(sent).encode())
    found = reading.read(payload, b"x", header={"sent_at": inner}, peer="1.2.3.4", now=2e9)
    assert len(grouping.group_key(found.event, found.fingerprint, found.template)) == 32
    assert "\n" not in grouping.title(found.event) + grouping.culprit(found.event)
    packed = content.packed(found.event)
    assert content.unpacked(packed) == found.event
    assert b"\0" not in repr(found.event).encode()


def test_texts_are_cut_and_lists_too():
    long = "ü" * 9999
    frame = {"filename": long, "function": long, "pre_context": [long] * 50, "context_line": long}
    sent = event(
        exception=[{"type": long, "value": long, "stacktrace": {"frames": [frame] * 500}}] * 50,
        tags={f"{number}{long}": long for number in range(500)},
        breadcrumbs=[{"message": long}] * 500, release=long, user={"id": long},
        fingerprint=[long] * 500,
    )  # fmt: skip
    found = reading.read(sent, b"", header={}, peer="", now=2e9)
    kept = found.event
    assert (len(kept.exceptions), len(kept.exceptions[0].frames)) == (10, 100)
    assert (len(kept.tags), len(kept.breadcrumbs), len(found.fingerprint)) == (50, 50, 20)
    first = kept.exceptions[0].frames[0]
    assert len(first.before) == 5
    texts = [first.file, first.function, first.before[0], first.source, kept.release, kept.user]
    assert max(map(len, texts)) == 500
    assert len(kept.exceptions[0].value) == 4000


def test_ids_come_with_dashes_or_without_and_are_made_when_there_is_none():
    dashed = "5d0842cd-e76e-4b1b-bdb9-c4abc1df388b"
    assert reading.event_id(dashed.upper(), b"") == dashed.replace("-", "")
    made = reading.event_id(None, b"{}")
    assert made == reading.event_id("too short", b"{}")
    assert made != reading.event_id(None, b"[]")
