"""From a scout report to a model: what it keeps, whose it is, and what it owns up to."""

from __future__ import annotations

import msgspec
import pytest

from agents.plan import rules
from agents.plan.features import BUILT, OFFERED
from agents.plan.merge import merge
from agents.plan.model import DESCRIPTION, GENERIC, MAX_SLUG, model_of, slug_of
from agents.plan.thinning import CAP
from agents.scout.scout import scout
from contracts.model import AppModel, Theme
from contracts.scouting import ReferenceDraft
from tests.support.ideas import TEN

PAIR = {"thread", "topic"}


def made(idea: str, slug: str | None = None) -> AppModel:
    return model_of(scout(idea), slug)


def keys(idea: str) -> list[str]:
    return [entity.key for entity in made(idea).entities]


def entity(idea: str, key: str):
    return next(entity for entity in made(idea).entities if entity.key == key)


def access(idea: str, key: str) -> dict[str, set[str]]:
    lists = entity(idea, key).access
    return {action: set(getattr(lists, action)) for action in lists.__struct_fields__}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Recipe Box", "recipe-box"),
        ("Anna's Café", "annas-cafe"),
        ("3 Little Pigs", "app-3-little-pigs"),
        ("レシピ", "my-app"),
        ("'; DROP TABLE users; --", "drop-table-users"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 99, "x" * MAX_SLUG),
        ("word " * 20, "word-word-word-word-word-word-word-word"),
        ("", "my-app"),
    ],
)
def test_a_name_becomes_an_address(name, slug):
    assert slug_of(name) == slug
    assert len(slug) <= MAX_SLUG


def test_the_app_is_what_the_idea_says():
    app = made(TEN["recipes"]).app
    assert (app.name, app.slug, app.idea) == ("Recipe Box", "recipe-box", TEN["recipes"])
    assert app.description.startswith("A recipe box where I keep")
    assert app.theme == Theme(background="#fffdd0", primary="#006400")


def test_a_name_that_was_asked_for_is_the_address():
    app = made('An app called "Pantry" for recipes.', "family-table").app
    assert (app.name, app.slug) == ("Pantry", "family-table")


def test_colours_that_are_not_named_are_the_usual_ones():
    assert made("Keep recipes.").app.theme == Theme()
    assert made("Keep recipes. Navy buttons.").app.theme == Theme(primary="#000080")


def test_a_long_description_is_cut():
    assert len(made(f"Keep recipes {'and photos ' * 80}.").app.description) <= DESCRIPTION


def test_the_pattern_and_its_evidence_are_kept():
    (used,) = made(TEN["helpdesk"]).patterns
    assert (used.key, used.role) == ("helpdesk", "primary")
    assert "ticket" in used.evidence
    assert made(TEN[""]).patterns == (GENERIC,)


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        # The pattern's own, under the idea's word, in place of a general word, and beside it.
        ("A recipe box with cooking time, sorted by category.", ["recipe", "category"]),
        ("I collect dishes with ingredients, and cook them for family dinners.", ["dish"]),
        ("A place where members book tennis courts by the hour.", ["tennis_court", "booking"]),
        ("Manage recipes and manage microscopes for our big school.", ["recipe", "microscope"]),
        (
            "An LMS with courses, lessons and assignments for us.",
            ["course", "lesson", "assignment"],
        ),
        ("Just a page.", ["item"]),
        ("Track meteorites.", ["meteorite"]),
    ],
)
def test_a_model_has_the_pattern_s_entities_and_the_idea_s_own(idea, expected):
    assert [key for key in expected if key not in keys(idea)] == []


def test_what_a_feature_is_made_of_comes_with_it():
    model = made("A site for nurses with lessons and a quiz at the end of each course.")
    assert {"quiz", "question"} <= {entity.key for entity in model.entities}
    assert "quiz" in {feature.key for feature in model.features}


def test_a_short_idea_has_only_what_its_pattern_always_has():
    assert keys("Track my expenses by category.") == ["expense", "category"]
    shop = made("An online shop for handmade candles with a cart and orders.")
    assert "cart" in {feature.key for feature in shop.features}
    assert not {"customer_order", "product"} & {entity.key for entity in shop.entities}


def test_entries_are_called_so_rather_than_like_what_they_stand_in():
    assert keys("A private diary app, one entry a day with mood and a photo.")[0] == "entry"


def test_a_word_of_the_idea_is_the_title():
    dish = entity("I collect dishes with ingredients, and cook them for family dinners.", "dish")
    assert (dish.title, dish.title_plural, dish.plural) == ("Dish", "Dishes", "dishes")


def test_what_a_record_has_several_of_is_kept_one_by_one_and_not_in_a_text():
    model = made("I collect dishes with ingredients, and cook them for family dinners.")
    dish, ingredient = (
        next(e for e in model.entities if e.key == k) for k in ("dish", "ingredient")
    )
    assert "ingredients" not in {field.key for field in dish.fields}
    assert (ingredient.key, dish.key) in {(r.source, r.target) for r in model.relations}


@pytest.mark.parametrize(
    ("idea", "core"),
    [
        ("Charts of the power my solar panels make, and a warning when one fails.", "reading"),
        ("Job board for cooks and waiters: restaurants post jobs, people apply.", "company"),
        ("A social network where neighbours follow each other and like posts.", "profile"),
    ],
)  # fmt: skip
def test_what_such_apps_are_for_is_there_even_if_the_idea_never_names_it(idea, core):
    assert core in keys(idea)


def test_fields_of_the_idea_join_the_pattern_s():
    recipe = entity(
        "Keep recipes with a wine, cooking time, a price and a region of origin.", "recipe"
    )
    fields = {field.key: field.type for field in recipe.fields}
    assert fields["cooking_time"] == "duration"
    assert fields["price"] == "money"
    assert "title" in fields


def test_options_that_are_said_replace_the_pattern_s():
    ticket = entity(TEN["helpdesk"], "ticket")
    priority = next(field for field in ticket.fields if field.key == "priority")
    assert priority.options == ("low", "normal", "urgent")
    assert priority.default in (None, *priority.options)
    assert {row.get("priority") for row in ticket.seed} <= {None, *priority.options}


@pytest.mark.parametrize(
    ("idea", "gone"),
    [
        ("A blog with comments but no posts", "post"),
        ("A forum without topics", "topic"),
        ("A shop without products, only orders", "product"),
        ("Keep recipes in categories. We need no categories.", "category"),
    ],
)
def test_what_is_not_wanted_is_not_there(idea, gone):
    model = made(idea)
    assert gone not in {entity.key for entity in model.entities}
    assert gone not in {relation.target for relation in model.relations}


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("Replies without tickets for a helpdesk", "reply"),
    ],
)
def test_what_nothing_leads_to_any_more_is_in_the_navigation(idea, key):
    shown = {page.entity: page.nav for page in made(idea).pages if page.kind == "list"}
    assert shown[key]


def test_what_is_found_beside_something_else_is_not_in_the_navigation():
    shown = {p.entity: p.nav for p in made(TEN["helpdesk"]).pages if p.kind == "list"}
    assert shown["ticket"]
    assert not shown["reply"]


def test_a_model_has_no_more_entities_than_an_app_can_show():
    nouns = [
        "comets",
        "planets",
        "moons",
        "stars",
        "rockets",
        "probes",
        "crews",
        "launches",
        "orbits",
        "telescopes",
        "satellites",
        "asteroids",
        "galaxies",
        "craters",
        "meteors",
    ]
    idea = ". ".join(f"Users add {noun} and manage {noun} with a name" for noun in nouns)
    assert len(scout(idea).entities) > CAP
    assert len(keys(idea)) == CAP


def test_what_is_a_field_and_a_reference_is_a_reference():
    idea = (
        "Each beehive has a name and a garden. A beehive belongs to a garden. Manage beehives and"
        " gardens."
    )
    assert "garden" in {field.key for field in scout(idea).entities[0].fields}
    assert "garden" not in {field.key for field in entity(idea, "beehive").fields}
    assert [(r.source, r.target) for r in made(idea).relations] == [("beehive", "garden")]


def test_a_circle_of_patterns_is_loosened():
    report = scout(TEN["forum"])
    (pattern,) = report.patterns
    topic = msgspec.structs.replace(
        pattern.entities["topic"],
        references={"thread": ReferenceDraft(to="thread", required=True, on_delete="cascade")},
    )
    thread = msgspec.structs.replace(
        pattern.entities["thread"],
        references={"topic": ReferenceDraft(to="topic", required=True, on_delete="cascade")},
    )
    circle = msgspec.structs.replace(
        pattern, entities={**pattern.entities, "topic": topic, "thread": thread}
    )
    model = model_of(msgspec.structs.replace(report, patterns=(circle,)))
    assert rules.problems(model) == []
    pair = {r.source: r.required for r in model.relations if {r.source, r.target} == PAIR}
    assert sorted(pair.values()) == [False, True]


def test_what_an_idea_refers_to_is_a_relation():
    model = made("Each beehive belongs to a region. Manage beehives and regions.")
    (relation,) = model.relations
    assert (relation.source, relation.target) == ("beehive", "region")
    assert "region" not in {f.key for f in entity(model.app.idea, "beehive").fields}


@pytest.mark.parametrize(
    ("idea", "key", "ownership", "expected"),
    [
        (
            "Add beehives.", "beehive", "user",
            {"list": "owner admin", "read": "owner admin", "create": "member",
             "update": "owner admin", "delete": "owner admin"},
        ),
        (
            "I add beehives and share beehives.", "beehive", "user",
            {"list": "member", "read": "member", "create": "member", "update": "owner admin",
             "delete": "owner admin"},
        ),
        (
            "Only admins can add beehives.", "beehive", "shared",
            {"list": "member", "read": "member", "create": "admin", "update": "admin",
             "delete": "admin"},
        ),
        (
            "Admins manage beehives. Anyone can see the beehives.", "beehive", "shared",
            {"list": "guest member", "read": "guest member", "create": "admin",
             "update": "admin", "delete": "admin"},
        ),
        (
            "Add beehives. Teachers delete beehives.", "beehive", "user",
            {"list": "owner admin teacher", "read": "owner admin teacher", "create": "member",
             "update": "owner admin", "delete": "owner admin teacher"},
        ),
    ],
)  # fmt: skip
def test_who_may_do_what_follows_from_what_is_said(idea, key, ownership, expected):
    assert entity(idea, key).ownership == ownership
    assert access(idea, key) == {action: set(words.split()) for action, words in expected.items()}


def test_people_who_act_are_roles_beside_admin_and_member():
    roles = made("Teachers add exams. Admins delete exams.").roles
    assert [role.key for role in roles] == ["admin", "member", "teacher"]
    assert [role.key for role in roles if role.is_default] == ["member"]


def test_what_every_app_has_is_a_feature_where_it_is_asked_for():
    asked = model_of(scout("An app in German and English for recipes, with an API for others."))
    assert {"i18n", "openapi"} <= {feature.key for feature in asked.features}
    assert not any("unbuilt" in name for trace in asked.trace for name in trace.maps_to)
    other = model_of(scout("An app for recipes."))
    assert {"i18n", "openapi"}.isdisjoint(feature.key for feature in other.features)


def test_what_a_pattern_keeps_for_a_role_that_nobody_has_is_for_administrators():
    app = model_of(scout("assagn:TO:Grade"))
    assert [*rules.problems(app)] == []
    assert "teacher" not in {role.key for role in app.roles}
    grade = next(entity for entity in app.entities if entity.key == "grade")
    assert {f.key: f.write_roles for f in grade.fields if f.write_roles} == {
        "grade": ("admin",), "feedback": ("admin",),
    }  # fmt: skip


def test_a_page_is_for_those_who_may_use_it():
    pages = {page.key: page.audience for page in made("Only admins can add beehives.").pages}
    assert pages["beehive_form"] == ("admin",)
    assert pages["beehive_list"] == ("member",)


def test_each_sentence_is_traced_to_what_it_gave():
    model = made(f"{TEN['recipes']} It should be lovely.")
    first, second, third = model.trace
    assert {"pattern.recipes", "entity.recipe", "relation.recipe.category"} <= set(first.maps_to)
    assert second.maps_to == ("app.theme",)
    assert third.maps_to == ()
    assert model.unmapped == ("It should be lovely.",)


@pytest.mark.parametrize(
    ("sentence", "lacking"),
    [
        ("Pay with PayPal.", "payment"),
        ("Send an email to the cook.", "sending e-mail"),
        ("Log in with Google.", "sign-in with another service"),
        ("We need no login.", "an app without sign-in"),
    ],
)
def test_what_is_not_built_is_said_with_its_sentence(sentence, lacking):
    unmapped = made(f"Keep recipes with photos. {sentence}").unmapped
    said = tuple(each for each in unmapped if not each.startswith("[note]"))
    assert said == (f"{sentence} [not built: {lacking}]",)


@pytest.mark.parametrize(
    "sentence",
    ["Users log in and search.", "Members rate recipes with stars.", "Cooks add comments."],
)
def test_what_is_built_is_not_said_to_be_lacking(sentence):
    assert made(f"Keep recipes with photos. {sentence}").unmapped == ()


def test_notes_of_the_report_are_shown():
    unmapped = made("Eine App für meine Rezepte mit Fotos.").unmapped
    assert [text for text in unmapped if text.startswith("[note] The idea reads as German")]


def test_only_what_is_built_is_a_feature():
    features = {feature.key: feature.entities for feature in made(TEN["crm"]).features}
    assert features.keys() <= BUILT | OFFERED
    assert "contact" in features["search"]


def test_every_entity_is_accepted_by_tests_of_its_own():
    model = made(TEN["recipes"])
    ids = [each.id for each in model.acceptance]
    assert {f"{entity.key}.crud" for entity in model.entities} <= set(ids)
    assert "recipe.access" in ids
    assert "category.access" not in ids


def test_a_report_without_anything_gives_one_thing_to_keep():
    empty = msgspec.structs.replace(scout("x"), sentences=(), unmapped=())
    assert [kind.key for kind in merge(empty).kinds] == ["item"]
    assert model_of(empty).app.description == "x"


def test_who_sees_only_their_own_does_not_see_those_of_others():
    idea = (
        "Keepers register beehives with a number and a place. Keepers see only their own beehives."
    )
    access = next(e.access for e in model_of(scout(idea)).entities if e.key == "beehive")
    assert "owner" in access.read
    assert "keeper" not in access.read


def test_who_approves_may_look():
    idea = (
        "Keepers write recipes. Every recipe must be approved by an inspector before it is visible."
    )
    model = model_of(scout(idea))
    feature = next(f for f in model.features if f.key == "approvals")
    assert "inspector" in feature.params["roles"]
    for entity in (e for e in model.entities if e.key in feature.entities):
        assert {"inspector", "member", "guest"} & set(entity.access.read)


def test_who_signs_up_takes_a_place_of_what_has_places():
    idea = "Climbers sign up for excursions. An excursion has a date and a capacity."
    rules = {rule.kind: rule.expr for rule in entity(idea, "registration").rules}
    assert rules["once_per_user"] == "excursion"
    assert rules["capacity"] == "excursion.capacity when status in (coming, attended)"


def test_a_record_of_something_else_than_the_patterns_is_of_that_alone():
    idea = "Artists apply for stipends. Each stipend has an amount and a deadline."
    app = made(idea)
    assert [r.target for r in app.relations if r.source == "application"] == ["stipend"]
    assert "job" not in keys(idea)


def test_who_votes_in_polls_votes_for_one_of_their_options():
    app = made("Teams create polls, and everyone votes once.")
    ballot = next(e.key for e in app.entities if e.key in {"ballot", "vote"})
    assert {"option", "question"} == {r.target for r in app.relations if r.source == ballot}
    assert "quiz" not in {feature.key for feature in app.features}


def test_a_survey_that_only_has_responses_is_there():
    app = made("A survey app. Employees fill in surveys and we collect the responses.")
    assert not [entry for entry in app.unmapped if "not built" in entry]


def test_what_takes_the_place_of_a_general_word_has_rows_and_so_has_what_refers_to_it():
    app = made("Members reserve squash courts. A squash court has a name and a floor.")
    rows = {each.key: each.seed for each in app.entities}
    courts = {row["name"] for row in rows["squash_court"]}
    assert "Squash court 1" in courts
    assert rows["booking"]
    assert {row["squash_court"] for row in rows["booking"]} <= courts
    assert rules.problems(app) == []


def test_who_is_to_get_an_email_when_a_status_changes_hears_of_every_step():
    app = made("A helpdesk. Staff open tickets. Staff get an email when the status changes.")
    ticket = next(each for each in app.entities if each.key == "ticket")
    assert ticket.workflow is not None
    assert all("notify owner" in step.effects for step in ticket.workflow.transitions)
    assert "email" in {feature.key for feature in app.features}
    assert not [entry for entry in app.unmapped if "e-mail" in entry]


@pytest.mark.parametrize(
    "idea",
    [
        "Keep recipes. Send email reminders every Sunday.",
        "Keep contacts and send an email campaign to them.",
    ],
)
def test_email_by_the_clock_or_to_many_is_said_to_be_lacking(idea):
    assert [entry for entry in made(idea).unmapped if "sending e-mail" in entry]


def test_what_is_approved_is_what_is_handed_in_and_not_what_it_is_under():
    app = made("Staff submit leave requests; their manager approves them. Departments have a name.")
    assert not [entry for entry in app.unmapped if "approval" in entry]
    assert "department" not in {
        key for feature in app.features if feature.key == "approvals" for key in feature.entities
    }
    steps = entity(app.app.idea, "leave_request").workflow
    assert steps is not None
    assert {step.roles for step in steps.transitions if step.target == "approved"} == {
        ("manager", "admin")
    }


def test_what_is_requested_is_accepted_in_steps_and_what_is_lent_waits_for_nobody():
    app = made(
        "People lend each other tools. Every tool has a photo and a deposit. Borrowers request a"
        " tool for some days and the owner accepts or declines."
    )
    assert "approvals" not in {feature.key for feature in app.features}
    assert any("approval" in entry for entry in app.unmapped)
