from __future__ import annotations

import pytest

from agents.migration.bundle import parse, read
from agents.work import AgentError

GOOD = "-- migrate:up\ncreate table t ();\n-- migrate:down\ndrop table t;\n"


def test_files_come_in_the_order_of_their_numbers():
    files = {f"migrations/{name}.sql": GOOD.encode() for name in ("10_c", "9_b", "001_a")}
    files["server.mjs"] = b""
    files["migrations/README.md"] = b""
    assert [migration.name for migration in read(files)] == ["001_a", "9_b", "10_c"]


def test_line_ends_and_byte_order_mark_do_not_change_the_checksum():
    other = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert parse("1_a.sql", GOOD.encode()).checksum == parse("1_a.sql", other).checksum


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("create.sql", GOOD, "001_create_users.sql"),
        ("1_a.sql", "create table t ();", "-- migrate:up"),
        ("1_a.sql", GOOD + "-- migrate:up\n", "-- migrate:up"),
        ("1_a.sql", "select 1;\n" + GOOD, "above"),
        ("1_a.sql", GOOD.replace("up", "up transaction:false", 1), "transaction:false"),
        ("1_a.sql", GOOD.replace("drop table t;", "-- nothing"), "line 4: has no statement"),
        ("1_a.sql", GOOD.replace("create table t ();", "begin; commit;"), "BEGIN"),
        ("1_a.sql", GOOD.replace("create table t ();", "\n\nRESET ROLE;"), "line 4: changes"),
        ("1_a.sql", GOOD.replace("create table t ();", "set local role x;"), "changes the role"),
        ("1_a.sql", GOOD.replace("create table t ();", "set session authorization x;"), "role"),
        ("1_a.sql", GOOD.replace("create table t ();", "copy t from stdin;"), "STDIN"),
        ("1_a.sql", GOOD.replace("create table t ();", "select 'a"), "line 2: this ' is never"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(name, text, said):
    with pytest.raises(AgentError) as caught:
        parse(name, text.encode())
    assert caught.value.code == "invalid_migration"
    assert said in caught.value.message + caught.value.hint
    assert name in caught.value.message


def test_text_that_is_not_utf8_is_refused():
    with pytest.raises(AgentError, match="not UTF-8"):
        parse("1_a.sql", b"\xff\xfe")


def test_two_files_of_one_number_are_refused():
    with pytest.raises(AgentError, match="same number"):
        read({"migrations/1_a.sql": GOOD.encode(), "migrations/01_b.sql": GOOD.encode()})
