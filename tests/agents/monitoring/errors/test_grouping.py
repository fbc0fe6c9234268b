"""Which errors are one, and what they are called."""

from __future__ import annotations

import copy

import pytest

from agents.monitoring.errors import reading
from agents.monitoring.errors.grouping import culprit, group_key, masked, title
from tests.support.errors import event, message


def read(sent):
    return reading.read(sent, b"", header={}, peer="", now=1000.0)


def key(sent):
    found = read(sent)
    return group_key(found.event, found.fingerprint, found.template)


def changed(path, value):
    """The usual event with one value of its exception changed."""
    made = copy.deepcopy(event())
    place = made["exception"]["values"][0]
    *way, last = path
    for step in way:
        place = place[step]
    place[last] = value
    return made


SAME = [
    (("value",), "division by something else"),
    (("stacktrace", "frames", 1, "lineno"), 99),
    (("stacktrace", "frames", 1, "context_line"), "changed"),
    (("stacktrace", "frames", 1, "filename"), "/srv/releases/7/shop/cart.py"),
    (("mechanism", "handled"), True),
]
DIFFERENT = [
    (("type",), "ValueError"),
    (("stacktrace", "frames", 1, "function"), "median"),
    (("stacktrace", "frames", 1, "filename"), "shop/basket.py"),
]


@pytest.mark.parametrize(("path", "value"), SAME)
def test_where_it_was_thrown_makes_it_the_same(path, value):
    assert key(changed(path, value)) == key(event())


@pytest.mark.parametrize(("path", "value"), DIFFERENT)
def test_another_place_or_kind_is_another_error(path, value):
    assert key(changed(path, value)) != key(event())


def test_calls_of_libraries_do_not_count():
    deeper = event()
    frames = deeper["exception"]["values"][0]["stacktrace"]["frames"]
    library = "/venv/lib/python3.11/site-packages/flask/app.py"
    frames.insert(1, {"filename": library, "function": "full_dispatch_request", "lineno": 1})
    assert key(deeper) == key(event())


def test_recursion_of_any_depth_is_one():
    def deep(times):
        made = event()
        frames = made["exception"]["values"][0]["stacktrace"]["frames"]
        frames[0:0] = [{"filename": "shop/main.py", "function": "again", "lineno": 1}] * times
        return made

    assert key(deep(3)) == key(deep(70))


def test_a_fingerprint_of_the_sender_decides():
    assert key(event(fingerprint=["pay", "eu"])) == key(message("x", fingerprint=["pay", "eu"]))
    assert key(event(fingerprint=["pay"])) != key(event())
    assert key(event(fingerprint=["{{ default }}"])) == key(event())
    both = key(event(fingerprint=["{{ default }}", "eu"]))
    assert both != key(event())
    assert both != key(changed(("type",), "ValueError") | {"fingerprint": ["{{ default }}", "eu"]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 17 not found", "order 4711 not found"),
        ("no user ann@example.org", "no user bob@test.example"),
        ("id 0b0c2f3a-1f8c-4a52-9b84-8f4c94b39d10", "id 9b0c2f3a1f8c4a529b848f4c94b39d1f"),
        ("at 0xdeadbeef", "at 0x1234"),
        ("commit 8afd7110 is bad", "commit f25ea44b1 is bad"),
        ("first line\nsecond", "first line\nother"),
    ],
)
def test_messages_are_the_same_but_for_numbers_and_names_of_things(one, other):
    assert key(message(one)) == key(message(other))


def test_messages_that_say_something_else_are_not():
    assert key(message("order not found")) != key(message("user not found"))
    assert masked("decade facade") == "decade facade"


def test_a_message_s_template_counts_not_its_values():
    def said(name):
        return {**message(""), "logentry": {"message": "hello %s", "formatted": f"hello {name}"}}

    assert key(said("ann")) == key(said("bob"))
    assert title(read(said("ann")).event) == "hello ann"


def test_minified_names_do_not_tell_builds_apart():
    def minified(function, file):
        made = changed(("stacktrace", "frames"), [
            {"filename": f"https://shop.test/assets/{file}", "function": function,
             "lineno": 1, "colno": 40_351, "in_app": True},
        ])  # fmt: skip
        return {**made, "platform": "javascript"}

    first = minified("Hr", "index-DQp1x2Zv.js")
    assert key(first) == key(minified("kt", "index-B7aa91Qx.js"))
    first["exception"]["values"][0]["value"] = "something else"
    assert key(first) != key(minified("Hr", "index-DQp1x2Zv.js"))


def test_a_file_s_build_hash_does_not_count():
    one = changed(("stacktrace", "frames", 1, "filename"), "https://a/assets/cart-DQp1x2Zv.js")
    other = changed(("stacktrace", "frames", 1, "filename"), "https://b/assets/cart-B7aa91Qx.js")
    assert key(one) == key(other)


def test_what_caused_it_counts_too():
    def chained(kind):
        made = event()
        made["exception"]["values"].insert(0, {"type": kind, "value": "x"})
        return made

    assert key(chained("KeyError")) != key(chained("OSError"))
    assert title(read(chained("KeyError")).event).startswith("ZeroDivisionError")


def test_titles_are_one_line_and_culprits_the_nearest_own_call():
    assert title(read(message("\n two \n lines")).event) == "two"
    assert title(read(message("")).event) == "(no message)"
    assert title(read(changed(("value",), "")).event) == "ZeroDivisionError"
    assert len(title(read(changed(("value",), "x" * 9999)).event)) == 300
    library = changed(("stacktrace", "frames", 1, "in_app"), False)
    assert culprit(read(library).event) == "main in shop/main.py:4"
    assert culprit(read(message("x", transaction="GET /pay")).event) == "GET /pay"
