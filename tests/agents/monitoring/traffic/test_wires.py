"""What official clients send, as it was recorded, and what anybody may send."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.monitoring.traffic import plausible, posthog, umami
from agents.monitoring.traffic.hits import Hit, Message, Unreadable

SITE = "11111111-1111-4111-8111-111111111111"
PAGE = "http://127.0.0.1:7091/index.html"
NODE = (
    '{"api_key":"phc_x","batch":[{"event":"e","properties":{"p":1,"$lib":"posthog-node",'
    '"$lib_version":"5.70.0","$is_server":true,"$geoip_disable":true},"timestamp":'
    '"2026-11-23T03:10:55.624Z","uuid":"01a20662-9c88-788b-86c2-da3fca4a2ca6","distinct_id":"u"}],'
    '"sent_at":"2026-11-23T03:10:55.625Z"}'
)
PYTHON = (
    '{"batch": [{"properties": {"a": 1, "$lib": "posthog-python"}, "timestamp":'
    ' "2026-11-23T03:11:26.351026+00:00", "distinct_id": "u1", "event": "signup", "uuid":'
    ' "01cff932-e467-4de4-921f-5125cddab457"}], "historical_migration": false, "sent_at":'
    ' "2026-11-23T03:11:26.351305+00:00", "api_key": "phc_test"}'
)


def sent(value):
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def test_plausibles_tracker_tells_views_events_and_how_long_a_page_was_read():
    view = {"n": "pageview", "v": 36, "u": PAGE, "d": "a.test", "r": None}
    event = {**view, "n": "Signup", "p": {"plan": "pro"}}
    read = {"n": "engagement", "sd": 100, "d": "a.test", "u": PAGE, "e": 6081, "v": 36}
    assert plausible.read(sent(view)) == Message(
        project="a.test", hits=(Hit(kind="view", page="/index.html"),)
    )
    assert plausible.read(sent(event)).hits == (
        Hit(kind="event", name="Signup", page="/index.html"),
    )
    assert plausible.read(sent(read)).hits == ()


def test_plausibles_long_names_are_taken_too():
    body = {"name": "pageview", "url": "https://a.test/x", "domain": "a.test,b.test",
            "referrer": "https://www.bing.com/q"}  # fmt: skip
    assert plausible.read(sent(body)) == Message(
        project="a.test", hits=(Hit(kind="view", page="/x", referrer="bing.com"),)
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [({"d": ""}, "domain: can't be blank"), ({"d": None}, "domain: can't be blank"),
     ({"n": " "}, "name: can't be blank"), ({"u": 7}, "url: can't be blank"),
     ({"n": "x" * 121}, "name: is too long"), ({"u": "/" + "x" * 2000}, "url: is too long"),
     ({"u": "file:///x"}, "url: is not an address of a page")],
)  # fmt: skip
def test_plausible_says_which_field_is_wrong(change, said):
    body = {"n": "pageview", "u": PAGE, "d": "a.test", **change}
    with pytest.raises(Unreadable, match=said):
        plausible.read(sent(body))


def test_umamis_client_tells_views_events_and_who_somebody_is():
    payload = {"website": SITE, "url": "/x", "hostname": "a.test", "title": "T", "language": "en",
               "screen": "1x1"}  # fmt: skip
    view = umami.read(sent({"type": "event", "payload": payload}))
    assert view == Message(project=SITE.replace("-", ""), hits=(Hit(kind="view", page="/x"),))
    event = umami.read(sent({"type": "event", "payload": {
        **payload, "name": "buy", "id": "u7", "referrer": "https://x.test/"}}))  # fmt: skip
    assert event.hits == (Hit(kind="event", name="buy", page="/x", person="u7"),)
    told = {"type": "identify", "payload": {"website": SITE, "data": {"name": "Ada"}}}
    assert umami.read(sent(told)) == Message(project=SITE.replace("-", ""))


def test_umami_has_web_vitals_in_a_message():
    payload = {"website": SITE, "url": "/a?b", "hostname": "a.test", "lcp": 1200.5, "cls": 0}
    found = umami.read(sent({"type": "performance", "payload": payload})).vitals
    assert [(one.name, one.value, one.address) for one in found] == [
        ("LCP", 1200.5, "https://a.test/a?b"), ("CLS", 0, "https://a.test/a?b")
    ]  # fmt: skip


def test_posthogs_libraries_for_servers_tell_events_in_batches():
    assert posthog.read(sent(NODE)) == Message(
        project="x", hits=(Hit(kind="event", name="e", person="u"),)
    )
    assert posthog.read(sent(PYTHON)) == Message(
        project="test", hits=(Hit(kind="event", name="signup", person="u1"),)
    )


def test_posthogs_library_for_browsers_tells_views_and_vitals_in_several_forms():
    properties = {"token": "phc_k", "$current_url": "https://a.test/p/7", "$referrer": "$direct",
                  "$raw_user_agent": "Agent/1"}  # fmt: skip
    view = {"event": "$pageview", "distinct_id": "d", "properties": properties}
    leave = {"event": "$pageleave", "properties": properties}
    expected = Hit(kind="view", page="/p/:id", agent="Agent/1", person="d")
    for body in ([view, leave], view, {"token": "phc_k", "batch": [view]}):
        assert posthog.read(sent(body)) == Message(project="k", hits=(expected,))
    form = b"data=" + quote(json.dumps(view)).encode()
    assert posthog.read(form).hits == (expected,)
    vitals = {"event": "$web_vitals", "uuid": "u-1", "properties": {
        **properties, "$web_vitals_LCP_value": 900, "$web_vitals_INP_value": 40}}  # fmt: skip
    found = posthog.read(sent(vitals)).vitals
    assert [(one.name, one.value, one.identity) for one in found] == [
        ("LCP", 900, "u-1"), ("INP", 40, "u-1")
    ]  # fmt: skip


@pytest.mark.parametrize("read", [plausible.read, umami.read, posthog.read])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"null", b'{"batch": 7}', b'{"type":"event","payload":[]}', b"data=",
     b"\xff", b"[" * 50_000, b'{"api_key": {"a": 1}, "batch": [7]}',
     b'{"type":"event","payload":{"website":"no uuid"}}', b'{"type":"x","payload":{}}'],
)  # fmt: skip
def test_what_is_of_no_wire_is_refused(read, body):
    with pytest.raises(Unreadable):
        read(body)


def test_a_batch_of_too_many_is_refused():
    with pytest.raises(Unreadable, match="more than"):
        posthog.read(sent({"api_key": "x", "batch": [{}] * (posthog.MOST + 1)}))


ANY = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]) | st.just({})
)


def bodies(*names):
    return st.dictionaries(st.sampled_from(names), ANY | st.dictionaries(st.text(), ANY))


@given(
    bodies("n", "name", "u", "url", "d", "domain", "r", "referrer"),
    bodies("type", "payload", "website", "url", "hostname", "name", "referrer", "id", "lcp"),
    bodies("api_key", "batch", "event", "properties", "distinct_id", "$current_url", "token"),
)
def test_whatever_comes_is_read_or_refused(one, two, three):
    for read, body in (
        (plausible.read, {"n": "pageview", "u": "http://x/", "d": "k", **one}),
        (umami.read, {"type": "event", "payload": {"website": SITE, "url": "/", **two}}),
        (posthog.read, {"api_key": "k", "batch": [{"event": "$pageview", **three}, three]}),
    ):  # fmt: skip
        try:
            found = read(json.dumps(body).encode())
        except Unreadable:
            continue
        for hit in found.hits:
            assert (hit.kind == "view") == bool(hit.page and not hit.name)
