"""The quick way through SQL gives what the thorough one gives, or leaves it to that."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.migration import quick_sql
from agents.migration.sql import SqlError, _scan, _Splitter, code, split

PIECES = [
    "select", "create table t", "é", "_x", "a$b", "$1", "$$", "$t$", "'", "''", '"', "e'", "E'a'",
    "U&'x'", "--", "-- c\n", "/*", "*/", "\n", " ", "\t", "\u00a0", "\x1c", ";", ";;", "(", ")",
    ",", ".", "1.5", "1a", "::", "->>", "'a;b'", '"a;b"', "$$a;b$$", "$q$ ; $$ $q$", "begin atomic",
    "copy t from stdin", "case end", "😀", "\\", "\\n", "٣", "end$$", "x", "İ",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def thorough(text):
    try:
        return _Splitter(text, 3).statements(), " ".join(each.text for each in _scan(text, 1))
    except SqlError as error:
        return str(error), error.line, error.column


def either(text):
    try:
        return split(text, first_line=3), code(text)
    except SqlError as error:
        return str(error), error.line, error.column


@settings(max_examples=3000, deadline=None)
@given(texts)
def test_both_ways_agree(text):
    found = thorough(text)
    if isinstance(found[0], tuple):
        assert either(text) == found
    else:
        # Splitting knows the file's lines, the bare code does not.
        assert either(text)[0] == found[0]


def test_ordinary_migrations_take_the_quick_way():
    text = "-- why\ncreate table t (id int, s text default 'a;b'); -- x\ndo $$ begin null; end $$;"
    assert quick_sql.places(text) is not None
    assert [each.sql for each in split(text)] == [
        "create table t (id int, s text default 'a;b')", "do $$ begin null; end $$",
    ]  # fmt: skip
