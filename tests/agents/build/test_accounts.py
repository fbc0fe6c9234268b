"""What a model's roles and organisations mean for the accounts of its app."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from agents.build.design import design
from agents.build.generator import generate
from contracts.model import AppModel, ModelError, Relation, Role
from tests.support.builder import model

ADMIN = Role(key="admin", title="Administrator")


def with_roles(*roles: Role) -> AppModel:
    return replace(model("recipes"), roles=(ADMIN, *roles))


@pytest.mark.parametrize(
    ("roles", "default", "sign_up_open", "invitable"),
    [
        ((), "member", True, {"member"}),
        ((Role(key="cook", title="Cook", signup="open"),), "cook", True, {"cook"}),
        ((Role(key="cook", title="Cook", signup="invite"),), "member", False, {"cook", "member"}),
        (
            (
                Role(key="cook", title="Cook", signup="open"),
                Role(key="guide", title="Guide", signup="invite", is_default=True),
            ),
            "guide",
            False,
            {"cook", "guide"},
        ),
        (
            (Role(key="cook", title="Cook", is_default=True), Role(key="chef", title="Chef")),
            "cook",
            False,
            {"cook"},
        ),
    ],
)
def test_sign_up_is_as_open_as_the_role_of_newcomers(roles, default, sign_up_open, invitable):
    decided = design(with_roles(*roles))
    assert decided.default_role == default
    assert decided.sign_up_open is sign_up_open
    assert {role.key for role in decided.invitable} == invitable


def team() -> AppModel:
    """Categories of an organisation, and recipes that are part of one and refer to another."""
    recipes = model("recipes")
    entities = tuple(
        replace(each, ownership="org" if each.key == "category" else "parent")
        for each in recipes.entities
    )
    relations = (
        Relation(key="category", source="recipe", target="category", required=True),
        Relation(key="also", source="recipe", target="category", on_delete="set_null"),
    )
    return replace(recipes, entities=entities, relations=relations)


def test_parts_of_what_an_organisation_owns_are_inside_of_it():
    assert {table.key for table in design(team()).tables if table.org} == {"recipe", "category"}


def test_every_policy_of_an_organisations_table_asks_for_the_organisation():
    files = generate(team())
    scripts = [
        text.decode() for path, text in files.items() if re.search(r"\d_(recip|categor)", path)
    ]
    policies = [
        match for script in scripts for match in re.findall(r"create policy [^;]*;", script)
    ]
    assert policies
    for policy in policies:
        assert re.search(r"(using|with check) \(org_id = \(select app_org_id\(\)\)", policy), policy


def test_a_reference_inside_of_an_organisation_holds_the_organisation():
    script = next(
        text.decode() for path, text in generate(team()).items() if path.endswith("_recipes.sql")
    )
    assert 'foreign key ("category_id", org_id) references "categories" (id, org_id)' in script
    assert 'on delete set null ("also_id")' in script


def test_a_relation_that_would_take_the_organisations_column_is_named():
    recipes = team()
    relation = Relation(key="org", source="recipe", target="category")
    with pytest.raises(ModelError, match=r"entity recipe: org_id"):
        generate(replace(recipes, relations=(*recipes.relations, relation)))


def test_an_app_without_organisations_has_nothing_of_them():
    files = generate(model("recipes"))
    assert not [path for path in files if "organisation" in path]
    assert b"app_organisations" not in b"".join(
        text for path, text in files.items() if path.endswith(".sql")
    )
