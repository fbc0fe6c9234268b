"""What `create` writes: it runs on an empty PostgreSQL and its way back leaves nothing."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import asyncpg
import pytest

from agents.migration import runner
from agents.migration.checks import check
from agents.migration.errors import InvalidInput, Refused
from agents.migration.files import read_folder
from agents.migration.policies import recursive
from agents.migration.runs import Options
from agents.migration.sql import split
from agents.migration.templates import Request, create
from agents.migration.templates.bodies import TEMPLATES
from agents.migration.templates.columns import definition, parse
from agents.migration.templates.naming import guess
from agents.migration.verify import verify
from tests.support.migrations import migration, write
from tests.support.postgres import binaries

EVERY = [
    Request(
        name="create_users",
        columns=("email:text:unique", "age:int:null:check=age > 0", "m:text:index:default='a::b'"),
    ),
    Request(
        name="create_order",
        columns=("user_id:bigint:references=users:on_delete=cascade", "select:numeric(10,2)"),
    ),
    Request(
        name="add_phone_to_users",
        columns=("phone:text:index", "rank:int:notnull:default=0", "boss:bigint:references=users"),
    ),
    Request(name="add_fax_and_pager_to_users"),
    Request(name="index_users_on_age", where="age is not null"),
    Request(
        name="add_index", template="add_index", table="order", unique=True,
        columns=("user_id", "created_at"),
    ),
    Request(name="create_function_shout", columns=("word:text", "times:int")),
    Request(name="create_trigger_users"),
    Request(name="create_trigger_stamp_on_order"),
    Request(name="add_rls_to_users"),
    Request(name="add_rls_to_order", columns=("user_id:bigint",)),
    Request(name="something else"),
    Request(name="create_quoted", table='"My ""Table"', columns=("it's:text",)),
]  # fmt: skip


def dump(own) -> str:
    done = subprocess.run(
        [
            binaries() / "pg_dump", "--schema-only", "--exclude-table=schema_migrations*",
            "--restrict-key=x", f"--dbname={own.url}",
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


async def test_every_template_goes_up_and_back_on_an_empty_database(own, tmp_path):
    for request in EVERY:
        create(tmp_path, request)
    folder = read_folder(tmp_path)
    assert {guess(each.name.partition("_")[2]).template for each in folder.migrations} >= set(
        TEMPLATES
    )
    before = []
    for each in folder.migrations:
        check(each)
        check(each, direction="down")
        before.append(dump(own))
        await runner.up(own.url, folder, Options(steps=1))
    whole = dump(own)
    for expected in reversed(before):
        await runner.down(own.url, folder, Options())
        assert dump(own) == expected
    await runner.up(own.url, folder, Options())
    assert dump(own) == whole


async def test_every_templates_way_back_is_proved_exact(own, tmp_path):
    for request in EVERY:
        create(tmp_path, request)
    verdicts = await verify(own.url, read_folder(tmp_path).migrations)
    assert {each.name: each.verdict for each in verdicts if each.verdict != "exact"} == {}
    assert len(verdicts) == len(EVERY)


async def test_row_level_security_shows_each_only_its_own(own, tmp_path):
    create(tmp_path, Request(name="create_notes", columns=("owner:text",)))
    create(tmp_path, Request(name="add_rls_to_notes", columns=("owner:text",)))
    await runner.up(own.url, read_folder(tmp_path), Options())
    await own.execute("insert into notes (owner) values ('ann'), ('bob')")
    role = own.name
    await own.execute(f"create role {role}; grant select on notes to {role}")
    connection = await asyncpg.connect(own.url)
    try:
        await connection.execute(f"set role {role}")
        assert await connection.fetch("select from notes") == []
        await connection.execute("set app.user_id = 'ann'")
        assert [row["owner"] for row in await connection.fetch("select owner from notes")] == [
            "ann"
        ]
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("name", "template", "table", "columns"),
    [
        ("create_users", "create_table", "users", ()),
        ("create_table_users", "create_table", "users", ()),
        ("add_email_to_users", "add_column", "users", ("email",)),
        ("add_a_and_b_to_users", "add_column", "users", ("a", "b")),
        ("add_index_to_users", "add_index", "users", ()),
        ("index_users_on_email", "add_index", "users", ("email",)),
        ("add_email_index_to_users", "add_index", "users", ("email",)),
        ("create_trigger_users", "create_trigger", "users", ()),
        ("add_rls_to_users", "add_rls", "users", ()),
        ("enable_row_level_security_on_users", "add_rls", "users", ()),
        ("create_function_shout", "create_function", None, ()),
        ("drop_users", "blank", None, ()),
    ],
)
def test_the_name_tells_the_template(name, template, table, columns):
    found = guess(name)
    assert (found.template, found.table, found.columns) == (template, table, columns)


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("email", "email text not null"),
        ("email:string:unique", "email text not null unique"),
        ("n:int:null", "n integer"),
        ("price:numeric(10, 2):default=0.5", "price numeric(10, 2) not null default 0.5"),
        ("at:timestamp:default=now()", "at timestamptz not null default now()"),
        ("tags:text[]:default='{}'::text[]", "tags text[] not null default '{}'::text[]"),
        ("order:int", '"order" integer not null'),
        (
            "Team:bigint:references=app.teams(id):on_delete=set_null:null",
            '"Team" bigint references app.teams (id) on delete set null',
        ),
        ("d:double precision", "d double precision not null"),
    ],
)
def test_columns_are_read_as_people_write_them(text, sql):
    assert definition(parse(text), nullable=False) == sql


@pytest.mark.parametrize(
    "text",
    ["", ":text", "a:text;drop table x", "a:text:uniqe", "a:int:default=1; drop table x",
     "a:int:default='", "a:int:default=f(",
     "a:int:null:notnull", "a:int:on_delete=cascade", "a:int:references=t:on_delete=explode",
     "a:int:check=1 -- x", "a" * 64],
)  # fmt: skip
def test_a_column_that_cannot_be_read_is_refused(text):
    with pytest.raises(InvalidInput, match="nothing was written"):
        parse(text)


def test_numbers_go_on_as_they_are(tmp_path):
    assert create(tmp_path, Request(name="First Thing!")).path.name == "001_first_thing.sql"
    write(tmp_path, {"0041_x.sql": migration("select 1;")})
    assert create(tmp_path, Request(name="b")).path.name == "0042_b.sql"
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (
        create(tmp_path, Request(name="c", timestamp=True), now=now).path.name
        == "20260102030405_c.sql"
    )
    assert create(tmp_path, Request(name="d"), now=now).path.name == "20260102030406_d.sql"


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (Request(name="!!"), InvalidInput, "no name for a migration"),
        (Request(name="x", template="add_column"), InvalidInput, "which table"),
        (Request(name="x", template="nothing"), InvalidInput, "no template"),
        (Request(name="add_index_to_users"), InvalidInput, "no column"),
        (
            Request(name="add_a_to_b", columns=("a:int:notnull",)),
            InvalidInput,
            "fails on a table with rows",
        ),
        (Request(name="create_x", table="a.b.c"), InvalidInput, "no table's name"),
        (
            Request(name="add_rls_to_users", using="id in (select boss from public.users)"),
            Refused,
            "recursion",
        ),
        (
            Request(name="add_rls_to_users", using="true); drop table x; --"),
            InvalidInput,
            "no expression",
        ),
    ],
)
def test_what_cannot_be_written_is_not(tmp_path, request_, error, said):
    with pytest.raises(error, match=said):
        create(tmp_path / "m", request_)
    assert not (tmp_path / "m").exists()


def test_a_folder_of_another_tool_gets_nothing(tmp_path):
    with pytest.raises(InvalidInput, match="files of goose"):
        create(write(tmp_path, {"1_a.sql": "-- +goose Up\nselect 1;"}), Request(name="b"))


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("create policy p on t using (exists (select from t))", True),
        ('create policy p on public."T" using (id in (select id from x join "T" on true))', True),
        ("create policy p on t using (exists (select from a, t))", True),
        ("alter policy p on t with check ((select count(*) from only t) > 1)", True),
        ("create policy p on t using (exists (select from members m where m.t = t.id))", False),
        ("create policy p on t using (t.owner = current_user)", False),
        ("create policy p on t using (exists (select from t2))", False),
        ("create policy p on t using (exists (select from t('x')))", False),
        ("create policy p on t", False),
    ],
)
def test_a_policy_that_reads_its_own_table_is_found(sql, found):
    assert (recursive(split(sql)[0]) is not None) is found
