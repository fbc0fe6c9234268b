"""`seed run` against a real PostgreSQL: what goes in, in which order, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.migration.errors import InvalidInput
from agents.migration.seeds import running
from tests.agents.migration.seeds.shop import SHOP, entry


async def test_rows_come_in_behind_what_they_refer_to(connection, seeds, write) -> None:
    await connection.execute(SHOP)
    write(
        "a_orders.json",
        r"""[{"data": [{"id": 7, "user": 3, "size": "large", "price": 12.50,
        "notes": {"a": [1, null, 1.50]}, "tags": ["x", "q\"\\", null]}], "table": "orders"}]""",
    )
    write("b_users.json", [entry("users", {"id": 3, "email": "a@b.c", "name": "Ä\t\n\\ 😀"})])
    report = await running.run(connection, seeds)
    assert [file.state for file in report.files] == ["applied", "applied"]
    row = await connection.fetchrow(
        'select o.*, u.name from orders o join users u on u.id = o."user"'
    )
    assert row["notes"] == '{"a": [1, null, 1.50]}'
    assert row["tags"] == ["x", 'q"\\', None]
    assert str(row["price"]) == "12.50"
    assert row["name"] == "Ä\t\n\\ 😀"


async def test_sequences_go_on_behind_the_given_ids(connection, seeds, write) -> None:
    await connection.execute(SHOP)
    write(
        "users.json",
        [entry("users", {"id": 30, "email": "a"}), entry("orders", {"id": 70, "user": 30})],
    )
    await running.run(connection, seeds)
    assert await connection.fetchval("insert into users (email) values ('b') returning id") == 31
    assert await connection.fetchval('insert into orders ("user") values (30) returning id') == 71


async def test_a_second_run_does_nothing(connection, seeds, write) -> None:
    await connection.execute(SHOP)
    write("users.json", [entry("users", {"id": 1, "email": "a"})])
    await running.run(connection, seeds)
    await connection.execute("update users set name = 'by hand'")
    report = await running.run(connection, seeds)
    assert [(file.state, report.transactions) for file in report.files] == [("unchanged", 0)]
    assert await connection.fetchval("select name from users") == "by hand"


async def test_a_changed_file_updates_what_is_there_and_writes_only_what_differs(
    connection, seeds, write
) -> None:
    await connection.execute(SHOP)
    write("users.json", [entry("users", {"email": "a", "name": "A"}, {"email": "b", "name": "B"})])
    await running.run(connection, seeds)
    write(
        "users.json",
        [
            entry(
                "users", {"email": "a", "name": "A"}, {"email": "b", "name": "new"}, {"email": "c"}
            )
        ],
    )
    report = await running.run(connection, seeds)
    assert (report.files[0].tables[0].rows, report.files[0].tables[0].changed) == (3, 2)
    rows = await connection.fetch("select email, name from users order by email")
    assert [tuple(row) for row in rows] == [("a", "A"), ("b", "new"), ("c", None)]


async def test_what_a_row_does_not_bring_stays_as_it_is(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key, a text default 'd', b text)")
    await connection.execute("insert into t values (1, 'mine', 'old')")
    write("t.json", [entry("t", {"id": 1, "b": "new"}, {"id": 2, "a": None}, {"b": "x", "id": 3})])
    await running.run(connection, seeds)
    rows = await connection.fetch("select * from t order by id")
    assert [tuple(row) for row in rows] == [(1, "mine", "new"), (2, None, None), (3, "d", "x")]


async def test_a_key_without_an_index_is_honoured(connection, seeds, write) -> None:
    await connection.execute("create table t (k text, v json); insert into t values ('a', '1')")
    write("t.json", [entry("t", {"k": "a", "v": {"n": 2}}, {"k": "b", "v": 3}, key="k")])
    await running.run(connection, seeds)
    write("t.json", [entry("t", {"k": "a", "v": {"n": 3}}, {"k": "b", "v": 3}, key=["k"])])
    report = await running.run(connection, seeds)
    assert report.files[0].tables[0].changed == 1
    rows = await connection.fetch("select k, v from t order by k")
    assert [tuple(row) for row in rows] == [("a", '{"n":3}'), ("b", "3")]


async def test_a_deferrable_primary_key_is_honoured(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key deferrable, v text)")
    write("t.json", [entry("t", {"id": 1, "v": "a"})])
    await running.run(connection, seeds)
    write("t.json", [entry("t", {"id": 1, "v": "b"})])
    await running.run(connection, seeds)
    assert await connection.fetchval("select string_agg(v, ',') from t") == "b"


async def test_rows_without_a_key_are_not_doubled(connection, seeds, write) -> None:
    await connection.execute("create table t (id serial primary key, v text)")
    write("t.json", [entry("t", {"v": "a"})])
    await running.run(connection, seeds)
    write("t.json", [entry("t", {"v": "b"})])
    with pytest.raises(InvalidInput, match=r't\.json:4: .*give the entry a "key"'):
        await running.run(connection, seeds)
    assert await connection.fetchval("select string_agg(v, ',') from t") == "a"
    write("t.json", [entry("t", {"v": "b"}, truncateFirst=True)])
    await running.run(connection, seeds)
    assert [tuple(row) for row in await connection.fetch("select * from t")] == [(1, "b")]


async def test_names_with_quotes_spaces_and_emoji(connection, seeds, write) -> None:
    await connection.execute("""
        create schema "my ""schema";
        create table "my ""schema"."tab""le.😀" ("i""d" int primary key, "Sélect 😀" text);
        create table "dot.ted" (id int primary key);
    """)
    write(
        'quo"te.json',
        [
            entry('"my ""schema"."tab""le.😀"', {'i"d': 1, "Sélect 😀": "x"}),
            {"schema": 'my "schema', **entry('tab"le.😀', {'i"d': 2, "Sélect 😀": "y"})},
            entry("dot.ted", {"id": 5}),
        ],
    )
    await running.run(connection, seeds)
    assert (
        await connection.fetchval(
            'select string_agg("Sélect 😀", \'\') from "my ""schema"."tab""le.😀"'
        )
        == "xy"
    )
    assert await connection.fetchval('select id from "dot.ted"') == 5


async def test_csv_knows_null_from_empty_and_keeps_line_breaks(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key, a text, b jsonb, c boolean)")
    write(
        "010_development_t.csv",
        '\ufeffid,a,b,c\r\n1,,"{""x"": 1}",true\r\n2,"",,f\r\n'
        '3,"two\r\nlines, ""quoted""",[1],\r\n',
    )
    await running.run(connection, seeds)
    rows = await connection.fetch("select * from t order by id")
    assert [tuple(row) for row in rows] == [
        (1, None, '{"x": 1}', True),
        (2, "", None, False),
        (3, 'two\r\nlines, "quoted"', "[1]", None),
    ]


async def test_files_of_other_environments_and_templates_stay_out(connection, seeds, write) -> None:
    await connection.execute("create table t (name text primary key)")
    for name in (
        "all",
        "development_x",
        "staging_x",
        "production_x",
        "010_staging",
        "template_t",
        "products",
        "preview_a",
    ):
        write(f"{name}.json", [entry("t", {"name": name})])
    await running.run(connection, seeds, environment="staging")
    assert {row["name"] for row in await connection.fetch("select name from t")} == {
        "all",
        "staging_x",
        "010_staging",
        "products",
        "preview_a",
    }


async def test_a_cycle_that_cannot_wait_is_named(connection, seeds, write) -> None:
    await connection.execute("""
        create table a (id int primary key, b int not null);
        create table b (id int primary key, a int not null references a);
        alter table a add constraint a_needs_b foreign key (b) references b;
    """)
    write("x.json", [entry("a", {"id": 1, "b": 1}), entry("b", {"id": 1, "a": 1})])
    with pytest.raises(InvalidInput, match=r"a → b → a \(by a_needs_b, b_a_fkey"):
        await running.run(connection, seeds)
    await connection.execute("alter table a alter constraint a_needs_b deferrable")
    await running.run(connection, seeds)
    assert (
        await connection.fetchval("select count(*) from a join b on a.b = b.id and b.a = a.id") == 1
    )


async def test_rows_may_refer_to_rows_of_the_same_table(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key, parent int references t)")
    write(
        "t.json",
        [entry("t", {"id": 2, "parent": 3}, {"id": 1, "parent": 2}, {"id": 3, "parent": None})],
    )
    await running.run(connection, seeds)
    assert await connection.fetchval("select count(*) from t") == 3


async def test_a_table_that_was_made_again_or_emptied_is_filled_again(
    connection, seeds, write
) -> None:
    await connection.execute("create table t (id int primary key)")
    write("t.json", [entry("t", {"id": 1})])
    await running.run(connection, seeds)
    await connection.execute("drop table t; create table t (id int primary key)")
    assert (await running.run(connection, seeds)).files[
        0
    ].why == "a table was emptied or made anew since"
    await connection.execute("delete from t")
    assert (await running.run(connection, seeds)).files[
        0
    ].why == "a table was emptied or made anew since"
    assert await connection.fetchval("select count(*) from t") == 1


async def test_rows_without_a_key_are_not_doubled_when_another_table_is_needed_again(
    connection, seeds, write
) -> None:
    await connection.execute("create table t (v text); create table u (v text)")
    write("t.json", [entry("t", {"v": "a"}), entry("u", {"v": "b"}), entry("u", {"v": "c"})])
    await running.run(connection, seeds)
    await connection.execute("truncate t")
    with pytest.raises(InvalidInput, match="u: the file was brought in before"):
        await running.run(connection, seeds)
    await connection.execute("truncate u")
    await running.run(connection, seeds)
    assert await connection.fetchval("select count(*) from t, u") == 2


async def test_large_files_get_a_transaction_each_and_the_report_says_so(
    connection, seeds, write
) -> None:
    await connection.execute(SHOP)
    write("a.json", [entry("orders", {"id": 1, "user": 1})])
    write("b.json", [entry("users", {"id": 1, "email": "a"})])
    write("c.json", [entry("users", {"id": 2, "email": "much too long " * 9})])
    with pytest.raises(InvalidInput, match="characters") as caught:
        await running.run(connection, seeds, large=1)
    assert caught.value.message.endswith(
        "nothing was changed of this file; brought in before it: b.json"
    ) or caught.value.message.endswith("brought in before it: b.json, a.json")
    write("c.json", [entry("users", {"id": 2, "email": "b"})])
    report = await running.run(connection, seeds, large=1)
    assert "transaction for each file" in report.note
    assert await connection.fetchval("select count(*) from users") == 2


async def test_an_asked_for_file_that_is_not_there_is_named(connection, seeds: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nope\.json"):
        await running.run(connection, seeds, only=["nope.json"])
    with pytest.raises(InvalidInput, match="there is no folder"):
        await running.run(connection, seeds / "absent")
