"""The command line as people and machines use it: output, exit codes, what is left behind."""

from __future__ import annotations

import json
import signal

import pytest

from tests.support.migrations import migration, run, started, write

USERS = migration("create table users (id int primary key, name text);", "drop table users;")
TEAMS = migration("create table teams (id int primary key);", "drop table teams;")


def cli(own, folder, *arguments):
    return run(own, *arguments, "--dir", str(folder))


async def test_a_day_with_it(own, tmp_path):
    folder = tmp_path / "m"
    made = cli(own, folder, "create", "create_users", "--column", "email:text:unique")
    assert (made.code, made.out) == (0, f"{folder}/001_create_users.sql (create_table)\n")
    assert (
        cli(
            own,
            folder,
            "create",
            "--name",
            "add_age_to_users",
            "--template",
            "add_column",
            "--column",
            "age:int",
        ).code
        == 0
    )
    assert cli(own, folder, "status", "--check").code == 7
    assert [each["name"] for each in cli(own, folder, "list", "--json").json["migrations"]] == [
        "001_create_users",
        "002_add_age_to_users",
    ]
    done = cli(own, folder, "up", "--json", "--approved-by", "bob")
    assert done.code == 0
    assert [each["name"] for each in done.json["done"]] == [
        "001_create_users",
        "002_add_age_to_users",
    ]
    assert cli(own, folder, "status", "--check").code == 0
    status = cli(own, folder, "status", "--json").json
    assert (status["up_to_date"], status["counts"], status["problems"]) == (
        True,
        {"applied": 2},
        [],
    )
    assert own.postgres.password not in json.dumps(status)
    history = cli(own, folder, "history", "--json").json
    assert [(each["name"], each["applied_by"], each["approved_by"]) for each in history] == [
        ("002_add_age_to_users", "ann", "bob"), ("001_create_users", "ann", "bob"),
    ]  # fmt: skip
    assert (
        cli(own, folder, "redo").out.startswith("backup: ")
        or "applied" in cli(own, folder, "status").out
    )
    down = cli(own, folder, "down", "--all")
    assert down.code == 0
    assert "2 taken back" in down.out
    assert await own.tables() == []
    assert "taken back" in cli(own, folder, "history").out


async def test_a_plan_is_written_reviewed_and_run(own, tmp_path):
    folder, plan = (
        write(tmp_path / "m", {"001_users.sql": USERS, "002_teams.sql": TEAMS}),
        tmp_path / "plan.json",
    )
    shown = cli(own, folder, "plan", "--output", str(plan), "--steps", "1")
    assert "create table users (id int primary key, name text);" in shown.out
    assert "teams" not in shown.out
    assert cli(own, folder, "plan", "--output", str(plan)).code == 2
    write(folder, {"001_users.sql": USERS.replace("text", "varchar")})
    assert cli(own, folder, "up", "--plan", str(plan)).code == 7
    write(folder, {"001_users.sql": USERS})
    assert cli(own, folder, "up", "--plan", str(plan)).code == 0
    assert await own.tables() == ["users"]
    broken = write(tmp_path, {"broken.json": "{"}) / "broken.json"
    assert "no plan that can be used" in cli(own, folder, "up", "--plan", str(broken)).err


BAD = [
    ("empty", {"1_a.sql": ""}, 2, "invalid_migration", {}),
    ("comments", {"1_a.sql": migration("-- x")}, 2, "empty_migration", {"line": 2, "column": 1}),
    (
        "syntax",
        {"1_a.sql": migration("select 1;\nselct 2;")},
        5,
        "statement_failed",
        {"line": 3, "column": 1, "statement": 2, "sqlstate": "42601"},
    ),
    (
        "bytes",
        {"1_a.sql": b"-- migrate:up\nselect '\xff'"},
        2,
        "invalid_migration",
        {"line": 2, "column": 9},
    ),
    ("order", {"1_a.sql": USERS, "01_b.sql": USERS}, 2, "duplicate_version", {}),
    ("psql", {"1_a.sql": migration("\\i other.sql")}, 2, "invalid_sql", {"line": 2, "column": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "code", "word", "place"), [each[1:] for each in BAD], ids=[each[0] for each in BAD]
)
async def test_bad_input_ends_with_the_code_of_its_class_and_its_place(
    own, tmp_path, files, code, word, place
):
    folder = write(tmp_path, files)
    done = cli(own, folder, "up", "--json")
    assert (done.code, done.json["exit_code"], done.json["error"]["code"]) == (code, code, word)
    for key, value in place.items():
        assert done.json["error"]["place"][key] == value
    assert done.json["error"]["hint"]
    for_people = cli(own, folder, "up")
    assert for_people.code == code
    assert for_people.err.startswith("genesis migrate: ")
    assert "Traceback" not in for_people.err + done.err
    assert await own.tables() == []


async def test_a_byte_order_mark_and_crlf_are_no_trouble(own, tmp_path):
    content = b"\xef\xbb\xbf" + USERS.replace("\n", "\r\n").encode()
    assert cli(own, write(tmp_path, {"1_a.sql": content}), "up").code == 0
    assert await own.tables() == ["users"]


async def test_names_with_quotes_go_through(own, tmp_path):
    name = '001_it\'s "quoted"; drop table x'
    folder = write(
        tmp_path, {f"{name}.sql": migration('create table "a""b\'c" ();', 'drop table "a""b\'c";')}
    )
    assert cli(own, folder, "up").code == 0
    assert [each["name"] for each in cli(own, folder, "history", "--json").json] == [name]
    assert await own.tables() == ["a\"b'c"]
    assert cli(own, folder, "down", "--no-backup").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("up", "--database-url", "postgresql://u:pw@127.0.0.1:1/d"), 3),
        (("up", "--database-url", "mysql://u:pw@h/d"), 2),
        (("up", "--stepz", "1"), 2),
        (("up", "--to", "999"), 2),
        (("nothing",), 2),
        (("down", "--environment", "none"), 2),
    ],
)
async def test_how_it_was_asked_tells_the_exit_code(own, tmp_path, arguments, code):
    done = cli(own, write(tmp_path, {"1_a.sql": USERS}), *arguments)
    assert done.code == code
    assert "pw" not in done.out + done.err
    assert "Traceback" not in done.err


async def test_edited_irreversible_and_locked_have_codes_of_their_own(own, tmp_path):
    folder = write(
        tmp_path,
        {"1_a.sql": USERS, "2_b.sql": "-- migrate:up\nselect 1;\n-- irreversible: it is so\n"},
    )
    assert cli(own, folder, "up").code == 0
    assert cli(own, folder, "down", "--no-backup").code == 8
    write(folder, {"1_a.sql": USERS.replace("text", "varchar")})
    edited = cli(own, folder, "up")
    assert edited.code == 6
    assert "edited since they were applied: 1_a" in edited.err
    assert "EDITED" in cli(own, folder, "status").out
    assert cli(own, folder, "repair", "1", "--accept", "--reason", "by hand").code == 0
    assert cli(own, folder, "up").code == 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 130), (signal.SIGINT, 130)])
async def test_a_signal_ends_the_statement_on_the_server_too(own, tmp_path, sent, code):
    folder = write(
        tmp_path,
        {"1_a.sql": USERS, "2_slow.sql": migration("create table half ();\nselect pg_sleep(600);")},
    )
    process = await started(own, "up", "--dir", str(folder))
    sleeping = (
        "select from pg_stat_activity where query like '%pg_sleep(600)%' and state = 'active'"
        " and pid <> pg_backend_pid()"
    )
    await own.until(sleeping)
    process.send_signal(sent)
    _, said = await process.communicate()
    assert process.returncode == code, said
    await own.until(sleeping, gone=True)
    assert await own.applied() == ["1_a"]
    assert await own.tables() == ["users"]
    assert b"Traceback" not in said


async def test_a_database_that_holds_something_is_backed_up_before_and_an_empty_one_is_not(
    own, tmp_path
):
    folder = write(tmp_path / "m", {"1_a.sql": USERS})
    kept = tmp_path / "kept"
    assert "backup" not in cli(own, folder, "up", "--backup-dir", str(kept)).out
    await own.execute("insert into users values (1, 'ann')")
    write(folder, {"2_b.sql": TEAMS})
    assert "backup: " in cli(own, folder, "up", "--backup-dir", str(kept)).out
    (name,) = [
        each["backup"]
        for each in cli(own, folder, "history", "--json").json
        if each["name"] == "2_b"
    ]
    assert (kept / name).is_dir()


async def test_a_backup_that_cannot_be_written_ends_it_before_it_begins(own, tmp_path):
    folder = write(tmp_path / "m", {"1_a.sql": USERS})
    assert cli(own, folder, "up").code == 0
    write(folder, {"2_b.sql": TEAMS})
    done = cli(own, folder, "up", "--backup-dir", "/proc/nowhere")
    assert done.code == 8
    assert await own.tables() == ["users"]
