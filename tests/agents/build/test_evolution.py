"""A changed model as a forward migration: the same schema as a new app, and every row kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from agents.build import database as databases
from agents.build.evolution import EvolutionError, evolve, read
from contracts.model import AppModel
from tests.support import evolving
from tests.support.builder import NAMES, model
from tests.support.random_models import models
from tests.support.sampling import drawn

ANN = "00000000-0000-7000-8000-00000000000a"
Data = dict[str, Any]


def changed(name: str, change: Callable[[Data], object]) -> AppModel:
    data = msgspec.to_builtins(model(name))
    data.setdefault("pages", [])
    data.setdefault(
        "roles",
        [
            {"key": "admin", "title": "Administrator"},
            {"key": "member", "title": "Member", "signup": "open", "is_default": True},
        ],
    )
    change(data)
    return msgspec.convert(data, AppModel)


def entity(data: Data, key: str) -> Data:
    return next(each for each in data["entities"] if each["key"] == key)


def field(data: Data, key: str, name: str) -> Data:
    return next(each for each in entity(data, key)["fields"] if each["key"] == name)


def add(key: str, /, **values: Any) -> Callable[[Data], object]:
    def change(data: Data) -> None:
        fields = entity(data, key)["fields"]
        entity(data, key)["fields"] = [*fields, {"title": "New", **values}]

    return change


def edit(key: str, name: str, **values: Any) -> Callable[[Data], object]:
    return lambda data: field(data, key, name).update(values)


def drop(key: str, name: str) -> Callable[[Data], object]:
    def change(data: Data) -> None:
        fields = entity(data, key)["fields"]
        entity(data, key)["fields"] = [each for each in fields if each["key"] != name]
        entity(data, key)["seed"] = []

    return change


def access(key: str, **lists: Any) -> Callable[[Data], object]:
    return lambda data: entity(data, key)["access"].update(lists)


def relation(**values: Any) -> Callable[[Data], object]:
    return lambda data: data["relations"][0].update(values)


def without(key: str) -> Callable[[Data], object]:
    def change(data: Data) -> None:
        data["entities"] = [each for each in data["entities"] if each["key"] != key]
        data["relations"] = [
            each for each in data["relations"] if key not in (each["source"], each["target"])
        ]
        data["pages"] = [each for each in data["pages"] if each.get("entity") != key]
        for each in data["entities"]:
            each["seed"] = []

    return change


def comments(data: Data) -> None:
    data["features"] = [{"key": "comments", "entities": ["recipe"]}]


CHANGES: dict[str, Callable[[Data], object]] = {
    "an optional field": add("recipe", key="origin"),
    "a required field": add("recipe", key="origin", required=True),
    "a required field with a default": add(
        "recipe", key="portion", type="integer", required=True, default=2, min=1
    ),
    "a unique field": add("recipe", key="code", unique=True),
    "an enum field": add("recipe", key="season", type="enum", options=["summer"], required=True),
    "a field less": drop("recipe", "vegetarian"),
    "a searched field less": drop("recipe", "instructions"),
    "an option more": edit("recipe", "difficulty", options=["easy", "medium", "hard", "o'clock"]),
    "an option less": edit("recipe", "difficulty", options=["easy", "medium"]),
    "a longer text": edit("recipe", "title", max_length=300),
    "a bound less": edit("recipe", "servings", min=None),
    "another default": edit("recipe", "servings", default=6),
    "an integer as a decimal": edit("recipe", "servings", type="decimal"),
    "an integer as a text": edit("recipe", "servings", type="text", default=None, min=None),
    "a text as an integer": edit("recipe", "instructions", type="integer", required=False),
    "a text as a date": edit("recipe", "instructions", type="date"),
    "a boolean as a text": edit("recipe", "vegetarian", type="text"),
    "required now": edit("recipe", "servings", required=True),
    "no longer required": edit("recipe", "instructions", required=False),
    "no longer unique": edit("category", "name", unique=False),
    "guests may read": access("recipe", list=["guest"], read=["guest"]),
    "nobody may delete": access("recipe", delete=[]),
    "deleted softly": lambda data: entity(data, "recipe").update(soft_delete=True),
    "a rule": lambda data: entity(data, "recipe").update(
        rules=[{"kind": "check", "expr": "rating <= servings"}]
    ),
    "shared": lambda data: entity(data, "recipe").update(ownership="shared"),
    "an optional reference": relation(required=False),
    "another fate": relation(on_delete="cascade"),
    "many references": relation(kind="many_to_many", required=False),
    "a role": lambda data: data.update(
        roles=[*data["roles"], {"key": "cook", "title": "Cook"}]
    ),
    "an entity less": without("category"),
    "a feature": comments,
    "unique together": lambda data: entity(data, "recipe").update(
        unique_together=[["title", "difficulty"]]
    ),
}  # fmt: skip


@pytest.fixture
async def database(postgres):
    """An empty database, as the owner of its tables, who is no superuser."""
    async with databases.temporary(postgres.url(), f"evolution{os.getpid()}") as made:
        connection = await evolving.owner(made.owner)
        yield connection
        await connection.close()


async def add_rows(connection) -> None:
    """An account with a category and two recipes, as the app would write them."""
    async with connection.transaction():
        await connection.execute(
            "select set_config('app.user_id', $1, true), set_config('app.role', 'member', true)",
            ANN,
        )
        await connection.execute(
            "insert into app_users (id, email, name, password_hash, role)"
            " values ($1, 'ann@example.com', 'Ann', 'x', 'member')", ANN,
        )  # fmt: skip
        category = await connection.fetchval(
            "insert into categories (name) values ('Soups') returning id"
        )
        for title, difficulty, servings, text in (
            ("Lentil soup", "easy", 4, "12"), ("Tomato soup", "medium", None, "Boil."),
        ):  # fmt: skip
            await connection.execute(
                "insert into recipes (title, difficulty, servings, vegetarian, instructions,"
                " rating, category_id) values ($1, $2, $3, true, $4, 2, $5)",
                title, difficulty, servings, text, category,
            )  # fmt: skip


async def rows(connection, table: str = "recipes") -> list[Data]:
    """What a table holds, whoever may see it."""
    async with connection.transaction():
        await connection.execute(f'alter table "{table}" no force row level security')
        found = await connection.fetch(f'select * from "{table}" order by id')
        await connection.execute(f'alter table "{table}" force row level security')
    # Rows of one statement have ids of one millisecond: these say nothing of their order.
    return sorted((dict(row) for row in found), key=lambda row: str(row.get("title", row["id"])))


def test_the_same_model_needs_no_migration():
    for name in NAMES:
        assert evolving.change(model(name), model(name)) is None


@pytest.mark.parametrize("what", drawn(16, CHANGES))
async def test_a_change_gives_the_schema_of_a_new_app_and_keeps_the_rows(database, what):
    before, after = model("recipes"), changed("recipes", CHANGES[what])
    change = evolving.change(before, after)
    assert change is not None
    assert change.script == evolving.change(before, after).script
    await evolving.up(database, evolving.scripts(after))
    wanted = await evolving.schema(database)
    await evolving.empty(database)
    await evolving.up(database, evolving.scripts(before))
    old = await evolving.schema(database)
    await add_rows(database)
    kept = await rows(database)

    await evolving.up(database, [change.script])
    assert evolving.without_removed(await evolving.schema(database)) == wanted
    for row, now in zip(kept, await rows(database), strict=True):
        same = row.keys() & now.keys() - {"instructions", "servings", "vegetarian"}
        assert {key: row[key] for key in same} == {key: now[key] for key in same}
    await evolving.down(database, change.script)
    assert await evolving.schema(database) == old
    restored = await rows(database)
    filled = "servings" if what == "required now" else ""
    assert [{**row, filled: 0} for row in restored] == [{**row, filled: 0} for row in kept]
    await evolving.up(database, [change.script])
    assert evolving.without_removed(await evolving.schema(database)) == wanted


@pytest.mark.parametrize("first", drawn(4, NAMES))
async def test_a_model_can_become_another_one_altogether(database, first):
    second = NAMES[(NAMES.index(first) + 1) % len(NAMES)]
    change = evolving.change(model(first), model(second))
    await evolving.up(database, evolving.scripts(model(second)))
    wanted = await evolving.schema(database)
    await evolving.empty(database)
    await evolving.up(database, evolving.scripts(model(first)))
    old = await evolving.schema(database)
    await evolving.up(database, [change.script])
    assert evolving.without_removed(await evolving.schema(database)) == wanted, second
    await evolving.down(database, change.script)
    assert await evolving.schema(database) == old, second


async def begun(database, change: Callable[[Data], object]):
    """The recipes app with rows in it, and the migration of a change."""
    await evolving.up(database, evolving.scripts(model("recipes")))
    await add_rows(database)
    found = evolving.change(model("recipes"), changed("recipes", change))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (edit("recipe", "difficulty", options=["easy", "hard"]), "difficulty must meet check"),
        (edit("recipe", "title", max_length=11), None),
        (edit("recipe", "title", max_length=8), "title must meet check"),
        (edit("recipe", "rating", unique=True), "each (owner_id, rating) may be there once"),
        (relation(kind="one_to_one"), "each (category_id) may be there once"),
        (edit("recipe", "servings", min=5, default=5), "servings must meet check"),
    ],
)
async def test_rows_that_do_not_fit_are_refused_in_words(database, change, words):
    found = await begun(database, change)
    if words is None:
        await evolving.up(database, [found.script])
        return
    old = await evolving.schema(database)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await evolving.up(database, [found.script])
    assert words in str(caught.value)
    assert await evolving.schema(database) == old


async def test_a_reference_that_nobody_can_make_up_is_refused_in_words(database):
    def change(data: Data) -> None:
        data["relations"] = [
            *data["relations"],
            {"key": "cuisine", "source": "recipe", "target": "category", "required": True},
        ]

    found = await begun(database, change)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="nobody can make up"):
        await evolving.up(database, [found.script])


async def test_values_become_another_type_and_come_back(database):
    found = await begun(database, edit("recipe", "instructions", type="integer", required=False))
    kept = await rows(database)
    await evolving.up(database, [found.script])
    now = await rows(database)
    assert [row["instructions"] for row in now] == [12, None]
    assert [row["instructions_removed_900"] for row in now] == ["12", "Boil."]
    assert "all is kept in instructions_removed_900" in found.notes[0]
    await evolving.down(database, found.script)
    assert await rows(database) == kept


async def test_rows_made_since_come_back_too(database):
    found = await begun(database, edit("recipe", "instructions", type="integer", required=False))
    await evolving.up(database, [found.script])
    async with database.transaction():
        await database.execute("alter table recipes no force row level security")
        await database.execute(
            "insert into recipes (owner_id, title, instructions, category_id)"
            " select owner_id, 'Since', 77, category_id from recipes limit 1"
        )
        await database.execute("alter table recipes force row level security")
    await evolving.down(database, found.script)
    assert {row["title"]: row["instructions"] for row in await rows(database)} == {
        "Lentil soup": "12", "Tomato soup": "Boil.", "Since": "77",
    }  # fmt: skip


async def test_what_is_required_now_is_filled_and_says_so(database):
    found = await begun(database, edit("recipe", "rating", required=True))
    assert found.notes == ("Rows of recipes without rating get 1: it is required now",)
    assert f"-- {found.notes[0]}." in found.script
    found = evolving.change(
        model("recipes"), changed("recipes", add("recipe", key="origin", required=True))
    )
    await evolving.up(database, [found.script])
    assert [row["origin"] for row in await rows(database)] == ["-", "-"]


async def test_a_removed_table_is_kept_where_nobody_sees_it(database):
    found = await begun(database, without("category"))
    kept = await rows(database, "categories")
    await evolving.up(database, [found.script])
    assert await rows(database, "categories_removed_900") == kept
    async with database.transaction():
        await database.execute(
            "select set_config('app.user_id', $1, true), set_config('app.role', 'admin', true)", ANN
        )
        assert await database.fetch("select * from categories_removed_900") == []
        # What it refers to can be deleted all the same, and takes it along.
        await database.execute("alter table app_users no force row level security")
        await database.execute("delete from app_users")
        await database.execute("alter table app_users force row level security")
    assert await rows(database, "categories_removed_900") == []
    await evolving.down(database, found.script)


def test_a_statement_of_an_unknown_kind_is_named():
    with pytest.raises(EvolutionError, match="cannot be followed: vacuum full"):
        read(["-- migrate:up\nvacuum full;\n-- migrate:down\n"])


def test_names_are_those_that_postgres_gives():
    long = "a" * 50
    schema = read(
        [f"create table {long} ({long[:40]} text check ({long[:40]} <> ''), b int, check (b > 0));"]
    )
    names = list(schema.tables[long].constraints)
    assert names == [f"{'a' * 28}_{'a' * 28}_check", f"{long}_b_check"]


def test_texts_and_bodies_with_semicolons_and_commas_are_one_piece():
    sql = (
        "create table t (a text default 'x; y, z' check (a in ('p,q', 'it''s')), -- no; end\n"
        " b text default $a$;$a$);\n"
        "create function f(x int, y text default 'a,b') returns void language plpgsql\n"
        "as $body$ begin perform 1; end $body$;"
    )
    schema = read([sql])
    assert schema.tables["t"].columns["a"].default == "'x; y, z'"
    assert list(schema.things) == [("function", "", "f(int, text)")]
    assert evolve(schema, read([sql]), 1) is None
    without, _, _ = sql.partition(";\ncreate")
    assert evolve(schema, read([without]), 1).up.endswith('drop function "f"(int, text);\n')


REFERRED_TO = "create table t (id uuid primary key, a integer, unique (a){});"
REFERRING = "create table u (t_id uuid references t (id), a integer references t (a));"
GENERATED = "create table t (a integer, b integer generated always as (a * 2) stored{});"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GENERATED.format(""), GENERATED.format("").replace("a integer", "a bigint")),
        (GENERATED.format(""), GENERATED.format("").replace("a * 2", "a * 3")),
        (GENERATED.format(""), "create table t (c integer);"),
        (GENERATED.format(""), "create table t (a integer, b integer);"),
        ("create table t (a integer, b integer);", GENERATED.format("")),
        (GENERATED.format(""), GENERATED.format(", c text not null default 'x;'")),
        (
            "create table t (a bigint generated always as identity);",
            "create table t (a bigint generated always as identity, b integer);",
        ),
        ("create table t (a bigint generated always as identity);", "create table u (a integer);"),
        (REFERRED_TO.format(', "key" text, "unique" text') + REFERRING, REFERRED_TO.format("")),
        (REFERRED_TO.format("") + REFERRING, REFERRED_TO.format(', "key" text, "unique" text')),
    ],
)
async def test_columns_that_are_made_of_others_or_called_like_keywords_come_and_go(
    database, before, after
):
    old, new = (f"-- migrate:up\n{sql}\n-- migrate:down\n" for sql in (before, after))
    change = evolve(read([old]), read([new]), 7)
    await evolving.up(database, [new])
    wanted = await evolving.schema(database)
    await evolving.empty(database)
    await evolving.up(database, [old])
    there = await evolving.schema(database)
    await evolving.up(database, [change.script])
    assert evolving.without_removed(await evolving.schema(database)) == wanted
    await evolving.down(database, change.script)
    assert await evolving.schema(database) == there


OWN = """create table a (id uuid primary key);
create table b (id uuid primary key, note text not null, a_id uuid references a (id));
create index b_note on b (note);
create table c (id uuid primary key, b_id uuid references b (id) on delete cascade);
alter table b enable row level security;
create policy b_all on b using (true);"""
JOINING = """create table a (id uuid primary key);
create table c (id uuid primary key);
create table b (a_id uuid references a (id), c_id uuid references c (id), note text not null,
  primary key (a_id, c_id));
create index b_note on b (note);
alter table b enable row level security;
create policy b_all on b using (true);"""


@pytest.mark.parametrize(("before", "after"), [(OWN, JOINING), (JOINING, OWN)])
async def test_a_table_with_another_primary_key_is_another_table(database, before, after):
    old, new = (f"-- migrate:up\n{sql}\n-- migrate:down\n" for sql in (before, after))
    change = evolve(read([old]), read([new]), 7)
    await evolving.up(database, [new])
    wanted = await evolving.schema(database)
    await evolving.empty(database)
    await evolving.up(database, [old])
    there = await evolving.schema(database)
    await evolving.up(database, [change.script])
    assert evolving.without_removed(await evolving.schema(database)) == wanted
    assert change.notes[0] == "b is no longer in the app: its rows are kept in b_removed_7"
    await evolving.down(database, change.script)
    assert await evolving.schema(database) == there


async def becomes(url: str, before: AppModel, after: AppModel) -> None:
    """The tables of one model become those of the other, and come back."""
    async with databases.temporary(url, f"becomes{os.getpid()}") as made:
        connection = await evolving.owner(made.owner)
        await evolving.up(connection, evolving.scripts(after))
        wanted = await evolving.schema(connection)
        await evolving.empty(connection)
        await evolving.up(connection, evolving.scripts(before))
        old = await evolving.schema(connection)
        change = evolving.change(before, after)
        if change is not None:
            await evolving.up(connection, [change.script])
            assert evolving.without_removed(await evolving.schema(connection)) == wanted
            await evolving.down(connection, change.script)
            assert await evolving.schema(connection) == old
        await connection.close()


def check(url: str, examples: int, *, always_the_same: bool) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=always_the_same,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(models(), models())
    def run(before: AppModel, after: AppModel) -> None:
        asyncio.run(becomes(url, before, after))

    run()


@pytest.mark.timeout(240)
def test_any_valid_model_can_become_any_other(postgres):
    check(postgres.url(), 5, always_the_same=True)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_two_hundred_pairs_of_models(postgres):
    check(postgres.url(), 200, always_the_same=False)
