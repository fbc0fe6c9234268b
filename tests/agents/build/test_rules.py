"""Rules and formulas of a model: what is understood, what is refused by name, what holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from agents.build.database import Temporary, apply, temporary
from agents.build.design import design
from agents.build.generator import generate
from agents.build.render.expressions import formula
from contracts.formulas import FormulaError, data, parse
from contracts.model import AppModel, Feature, ModelError, Rule, Transition
from tests.support.builder import model
from tests.support.postgres import Postgres

CONFLICTS = (
    asyncpg.CheckViolationError, asyncpg.ExclusionViolationError, asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
)  # fmt: skip


def changed(name: str, entity: str, **changes: Any) -> AppModel:
    """A model in which one entity is changed."""
    found = model(name)
    entities = tuple(
        msgspec.structs.replace(each, **changes) if each.key == entity else each
        for each in found.entities
    )
    return msgspec.structs.replace(found, entities=entities)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", "a"),
        ("2", 2),
        ("a * b + 1", ["+", ["*", "a", "b"], 1]),
        ("a - b - c", ["-", ["-", "a", "b"], "c"]),
        ("a * (b - 1.5)", ["*", "a", ["-", "b", 1.5]]),
        ("-a", ["-", 0, "a"]),
        ("a || ' it''s ' || b", ["||", ["||", "a", {"text": " it's "}], "b"]),
    ],
)
def test_a_formula_is_understood(text, tree):
    assert data(parse(text)) == tree


@pytest.mark.parametrize(
    "text",
    ["", "a +", "(a", "a)", "a b", "a; drop table x", "a ** b", "'a", "f(a)", "A", "a" + "+a" * 60],
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(FormulaError):
        parse(text)


def test_money_is_computed_exactly_and_nothing_is_divided_by_zero():
    text = 'round(("a"::numeric * 1.19) / nullif("b"::numeric, 0), 6)'
    assert formula(parse("a * 1.19 / b")) == text


@pytest.mark.parametrize(
    ("kind", "expr"),
    [
        ("check", "quantity"),
        ("check", "quantity > colour"),
        ("check", "quantity is not null when size = big"),
        ("check", "quantity > 1 when purchase.status in (paid)"),
        ("no_overlap", "product: quantity"),
        ("no_overlap", "shop: quantity, unit_price"),
        ("no_overlap", "product: quantity, quantity"),
        ("stock", "product.stock"),
        ("stock", "product.name -= quantity"),
        ("stock", "product.stock -= quantity when purchase.status in (sent)"),
        ("capacity", "product.price"),
        ("once_per_user", "shop"),
        ("total", "purchase.total = sum(quantity * name)"),
        ("total", "purchase.number = sum(quantity)"),
        ("total", "sum(quantity)"),
    ],
)
def test_a_rule_that_is_not_understood_is_named(kind, expr):
    broken = changed("ruled_orders", "line", rules=(Rule(kind=kind, expr=expr),))
    with pytest.raises(ModelError, match="line"):
        design(broken)


@pytest.mark.parametrize("text", ["to_pay + 1", "total || 'x'", "total * status", "price", "1 +"])
def test_a_formula_that_its_field_does_not_take_is_named(text):
    order = next(each for each in model("ruled_orders").entities if each.key == "purchase")
    fields = tuple(
        msgspec.structs.replace(field, computed=text) if field.key == "to_pay" else field
        for field in order.fields
    )
    with pytest.raises(ModelError, match="entity purchase, field to_pay"):
        design(changed("ruled_orders", "purchase", fields=fields))


@pytest.mark.parametrize(
    "effect", ["set total now", "notify somebody", "mail owner", "set paid me"]
)
def test_an_effect_that_is_not_understood_is_named(effect):
    order = next(each for each in model("ruled_orders").entities if each.key == "purchase")
    step = Transition(name="Pay", sources=("open",), target="paid", effects=(effect,))
    flow = msgspec.structs.replace(order.workflow, transitions=(step,))
    with pytest.raises(ModelError, match=r"entity purchase, transition “Pay”"):
        generate(changed("ruled_orders", "purchase", workflow=flow))


def test_values_after_when_are_those_of_the_field():
    found = design(model("ruled_booking"))
    overlap = next(rule for rule in found.table("booking").rules if rule.kind == "no_overlap")
    assert overlap.when
    assert overlap.when.values == ("asked", "it's $$ on", "done")


@contextlib.asynccontextmanager
async def migrated(postgres: Postgres, name: str, *features: Feature) -> AsyncIterator[Temporary]:
    found = model(name)
    files = generate(msgspec.structs.replace(found, features=(*found.features, *features)))
    scripts = {
        path.removeprefix("migrations/"): text.decode()
        for path, text in files.items()
        if path.startswith("migrations/")
    }
    async with temporary(postgres.url(), f"rules{name}"[:20].replace("_", "")) as database:
        await apply(database, scripts)
        yield database


async def once(app: str, user: str, level: str, statement: str, *values: Any) -> bool:
    """Whether a statement of a user succeeds in a transaction of its own."""
    connection = await asyncpg.connect(app)
    try:
        async with connection.transaction(isolation=level):
            await connection.execute("select set_config('app.user_id', $1, true)", user)
            await connection.execute("select set_config('app.role', 'member', true)")
            await connection.fetch("select 1")
            await asyncio.sleep(0.05)
            await connection.execute(statement, *values)
    except CONFLICTS:
        return False
    finally:
        await connection.close()
    return True


async def sign_up(app: str) -> str:
    connection = await asyncpg.connect(app)
    try:
        user = str(await connection.fetchval("select gen_random_uuid()"))
        async with connection.transaction():
            await connection.execute("select set_config('app.user_id', $1, true)", user)
            await connection.execute(
                "insert into app_users (id, email, name, password_hash, role)"
                " values ($1, $1::uuid::text || '@example.com', 'Somebody', 'x', 'member')",
                user,
            )
    finally:
        await connection.close()
    return user


@pytest.mark.parametrize("level", ["read_committed", "repeatable_read", "serializable"])
async def test_places_are_not_given_twice_at_any_isolation_level(postgres: Postgres, level: str):
    async with migrated(postgres, "ruled_booking") as database:
        people = [await sign_up(database.app) for _ in range(8)]
        event = "01a00000-0000-7000-8000-000000000001"
        made = "insert into events (id, title, capacity) values ($1, 'Talk', 3)"
        assert await once(database.app, people[0], "read_committed", made, event)
        join = "insert into attendances (event_id) values ($1)"
        won = await asyncio.gather(
            *(once(database.app, each, level, join, event) for each in people)
        )
        assert 1 <= sum(won) <= 3
        for each in people:
            await once(database.app, each, "read_committed", join, event)
        owner = await asyncpg.connect(database.owner)
        try:
            await owner.execute("select set_config('app.rule', 'on', false)")
            assert await owner.fetchval("select count(*) from attendances") == 3
        finally:
            await owner.close()


async def test_what_waits_for_its_approval_takes_its_place(postgres: Postgres):
    approved = Feature(key="approvals", entities=("attendance",))
    async with migrated(postgres, "ruled_booking", approved) as database:
        people = [await sign_up(database.app) for _ in range(3)]
        event = "01a00000-0000-7000-8000-000000000001"
        made = "insert into events (id, title, capacity) values ($1, 'Talk', 2)"
        assert await once(database.app, people[0], "read_committed", made, event)
        join = "insert into attendances (event_id) values ($1)"
        won = [await once(database.app, each, "read_committed", join, event) for each in people]
        assert won == [True, True, False]
        connection = await asyncpg.connect(database.app)
        try:
            for name, value in (("user_id", people[2]), ("role", "member"), ("rule", "on")):
                await connection.execute("select set_config($1, $2, false)", f"app.{name}", value)
            assert await connection.fetchval("select count(*) from attendances") == 0
        finally:
            await connection.close()
