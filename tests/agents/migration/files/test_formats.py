"""Folders of other tools, read as they are."""

from __future__ import annotations

import pytest

from agents.migration.checks import check
from agents.migration.errors import InvalidInput
from agents.migration.files import read_folder
from tests.support.migrations import migration, write

ONE = migration("select 1;")
INVALID = "invalid_migration"


def read(folder, files):
    found = read_folder(write(folder, files))
    return found.format, [(each.version, each.name) for each in found.migrations], found.migrations


def sqls(section):
    return [statement.sql for statement in section.statements()]


def test_dbmates_files_are_ours(tmp_path):
    text = (
        "-- a comment\n\n-- migrate:up transaction:false\nselect 1;\n\n-- migrate:down\nselect 2;\n"
    )
    form, names, (first, second) = read(
        tmp_path, {"20260102030405_a.sql": text, "20260102030406_b.sql": migration("select 3;")}
    )
    assert form == "native"
    assert names == [("20260102030405", "20260102030405_a"), ("20260102030406", "20260102030406_b")]
    assert (first.up.transaction, first.down.transaction) == (False, True)
    assert sqls(first.up) == ["select 1"]
    assert (first.up.line, first.down.line) == (4, 7)
    assert second.up.transaction


@pytest.mark.parametrize("up", ["-- Up Migration", "--up migration", "  -- UP Migration  "])
def test_the_earlier_markers_are_read(tmp_path, up):
    _, _, (found,) = read(tmp_path, {"1_a.sql": f"{up}\nselect 1;\n-- Down Migration\nselect 2;\n"})
    assert (sqls(found.up), sqls(found.down)) == (["select 1"], ["select 2"])


def test_gooses_files_are_read_in_any_case(tmp_path):
    text = (
        "-- +goose no transaction\n-- +goose Up\n-- +goose StatementBegin\n"
        "create function f() returns int as $$ begin return 1; end $$ language plpgsql;\n"
        "-- +goose StatementEnd\nselect 2;\n-- +goose Down\ndrop function f();\n"
    )
    form, names, (found,) = read(tmp_path, {"00001_a.sql": text})
    assert (form, names) == ("goose", [("1", "00001_a")])
    assert not found.up.transaction
    assert len(sqls(found.up)) == 2
    assert sqls(found.down) == ["drop function f()"]


def test_golang_migrates_pairs_are_read(tmp_path):
    form, names, (one, two, three) = read(
        tmp_path,
        {
            "2_b.up.sql": "-- nothing to do\n",
            "2_b.down.sql": "",
            "10_c.up.sql": "create index concurrently i on t (n);",
            "1_a.up.sql": "BEGIN;\nselect 1;\nCOMMIT;",
            "1_a.down.sql": "select 2;",
            "README.md": "",
        },
    )
    assert form == "golang-migrate"
    assert names == [("1", "1_a"), ("2", "2_b"), ("10", "10_c")]
    assert sqls(one.down) == ["select 2"]
    assert two.down is None
    check(two, strict=False)
    check(one)
    # Alone in its file it runs without a transaction, as that tool does it.
    assert not three.up.transaction


def test_diesels_folders_sort_by_their_digits(tmp_path):
    files = {
        "20170318181441_second/up.sql": "select 2;",
        "20170318181441_second/down.sql": "select 2;",
        "2017-03-18-181440_first one/up.sql": "select 1;",
        "2024-04-12-120000_third/up.sql": "create index concurrently i on t (n);",
        "2024-04-12-120000_third/down.sql": "drop index i;",
        "2024-04-12-120000_third/metadata.toml": "run_in_transaction = false\n",
    }
    form, names, (first, second, third) = read(tmp_path, files)
    assert form == "diesel"
    assert [name for _, name in names] == [
        "2017-03-18-181440_first one", "20170318181441_second", "2024-04-12-120000_third",
    ]  # fmt: skip
    assert first.down is None
    assert second.up.transaction
    assert not third.up.transaction
    assert not third.down.transaction


def test_flyways_versions_undos_and_repeatables_are_read(tmp_path):
    files = {
        "V1__a.sql": "select 1;", "U1__a.sql": "select -1;", "V1.10__c.sql": "select 3;",
        "V1_2__b.sql": "vacuum;", "V1_2__b.sql.conf": "executeInTransaction=false\n",
        "R__views.sql": "select 4;",
    }  # fmt: skip
    form, names, (first, second, third, last) = read(tmp_path, files)
    assert form == "flyway"
    assert [key for key, _ in names] == ["1", "1.2", "1.10", "R__views"]
    assert sqls(first.down) == ["select -1"]
    assert (second.up.transaction, third.up.transaction, last.repeatable) == (False, True, True)


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"1_a.sql": b""}, INVALID, "is empty"),
        ({"1_a.sql": b"  \n\n"}, INVALID, "is empty"),
        ({"1_a.sql": "-- only a comment\n"}, INVALID, "no line `-- migrate:up`"),
        ({"1_a.sql": b"-- migrate:up\nselect '\xe4';"}, INVALID, "1_a.sql:2:9: is not UTF-8"),
        ({"1_a.sql": "-- migrate:up\n".encode("utf-16")}, INVALID, "looks like UTF-16"),
        ({"1_a.sql": "-- migrate:up\nselect '\0';"}, INVALID, "zero byte"),
        ({"1_a.sql": ONE, "01_b.sql": ONE}, "duplicate_version", "01_b.sql and"),
        ({"notes.sql": ONE}, INVALID, "is not named like 001_create_users.sql"),
        ({"1_a.sql": ONE, "1_b.up.sql": "select 1;"}, "unknown_format", "1_a.sql (native)"),
        (
            {"1_a.sql": "-- migrate:up transaction:maybe\nselect 1;"},
            INVALID,
            "1_a.sql:1: asks for 'transaction:maybe'",
        ),
        (
            {"1_a.sql": "-- migrate:up\nselect 1;\n-- migrate:down\n-- irreversible:\n"},
            INVALID,
            "and not why",
        ),
        (
            {"1_a.sql": "-- migrate:up\n-- irreversible: x\n-- migrate:down\nselect 1;"},
            INVALID,
            "has a way back",
        ),
        ({"1_a.down.sql": "select 1;"}, INVALID, "no file of the way up"),
        ({"V1__a.sql": "select '${it}';"}, INVALID, "V1__a.sql:1: has the placeholder ${it}"),
        ({"B1__a.sql": "select 1;"}, INVALID, "baseline migration of Flyway"),
        ({"1_a.sql": "-- +goose Up\nselect 1;", "2_b.go": "x"}, INVALID, "written in Go"),
        ({"1_a.sql": "-- +goose ENVSUB ON\n-- +goose Up\n"}, INVALID, "environment variables"),
    ],
)
def test_what_cannot_be_used_says_file_and_why(tmp_path, files, code, said):
    with pytest.raises(InvalidInput) as caught:
        read_folder(write(tmp_path, files))
    assert caught.value.code == code
    assert said in caught.value.message
    assert caught.value.place is not None


def test_a_folder_that_is_missing_says_so(tmp_path):
    with pytest.raises(InvalidInput, match="does not exist") as caught:
        read_folder(tmp_path / "none")
    assert caught.value.code == "no_folder"


def test_an_empty_folder_has_no_migrations(tmp_path):
    assert read_folder(tmp_path).migrations == ()


@pytest.mark.parametrize("name", ['1_it\'s "quoted".sql', "1-dash.sql", "1.sql", "000001_ä.sql"])
def test_unusual_names_are_read(tmp_path, name):
    assert read_folder(write(tmp_path, {name: migration("select 1;")})).migrations[0].version == "1"


def test_a_way_back_of_comments_alone_is_none(tmp_path):
    text = "-- migrate:up\nselect 1;\n-- migrate:down\n/* not\nyet\n*/ -- really\n;"
    assert read_folder(write(tmp_path, {"1_a.sql": text})).migrations[0].down is None


def test_comments_and_line_ends_do_not_change_the_second_hash(tmp_path):
    one = read_folder(
        write(tmp_path / "1", {"1_a.sql": migration("select 1;\nselect 'a  b';")})
    ).migrations[0]
    two = read_folder(
        write(
            tmp_path / "2", {"1_a.sql": migration("select /* why */   1; -- x\r\nselect 'a  b';")}
        )
    ).migrations[0]
    three = read_folder(
        write(tmp_path / "3", {"1_a.sql": migration("select 1;\nselect 'a b';")})
    ).migrations[0]
    assert one.checksum != two.checksum
    assert one.code_checksum == two.code_checksum
    assert one.code_checksum != three.code_checksum
    assert (
        one.code_checksum
        != read_folder(
            write(
                tmp_path / "4",
                {"1_a.sql": migration("select 1;\nselect 'a  b';", transaction=False)},
            )
        )
        .migrations[0]
        .code_checksum
    )
