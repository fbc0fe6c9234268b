"""What is only said in passing is no record, and what is kept stays one."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.plan.rules import problems
from agents.scout.scout import scout


def entities(idea: str) -> set[str]:
    model = model_of(scout(idea))
    assert problems(model) == []
    return {entity.key for entity in model.entities}


@pytest.mark.parametrize(
    ("idea", "kept", "passing"),
    [
        (
            "Tenants report damage (broken pipes, a fallen tree, rats) with a photo.",
            {"damage"},
            {"pipe", "tree", "rat"},
        ),
        (
            "Log of near misses on site (a falling brick, a loose rail): date, what happened.",
            {"miss"},
            {"brick", "rail"},
        ),
        (
            "- tasks (mow the lawn, repair the fence, book the plumber) with person and deadline",
            {"task"},
            {"lawn", "fence", "booking"},
        ),
        (
            "Everybody enters expenses (rent, a broken kettle, pizza) with amount and date.",
            {"expense"},
            {"kettle", "pizza"},
        ),
        (
            "My filing is a disgrace: emails, sticky notes, folders. I log each complaint by date.",
            {"complaint"},
            {"disgrace", "sticky_note", "folder"},
        ),
        (
            "A member is a farmer, a firm or a school. Members have name and address.",
            {"club_member"},
            {"firm", "school"},
        ),
        (
            "File of quarrels about fences, dogs and barking. Quarrels have a date.",
            {"quarrel"},
            {"fence", "dog"},
        ),
        (
            "We argue about dishes, laundry and noise. Let me set chores with person and day.",
            {"chore"},
            {"dish", "laundry"},
        ),
        (
            "Visitors rate a bench from one to five leaves. Each bench has a place and a photo.",
            {"bench"},
            {"leaf"},
        ),
        (
            "Every spring we count newts in ponds. Each count has a pond, a date and a number.",
            {"count", "pond"},
            {"spring"},
        ),
        (
            "Site visits happen on roofs and scaffolds. For each visit note date and findings.",
            {"visit"},
            {"roof", "scaffold"},
        ),
        (
            "We lend wheelchairs, frames, lifts and the like. Each loan has a start and an end.",
            {"loan"},
            {"frame", "lift"},
        ),
        (
            'Members type "two eggs, one loaf", and the baker sees the orders with a date.',
            set(),
            {"egg", "loaf"},
        ),
        (
            "A paper that prints notices for shops. Each notice has a text and a day.",
            {"notice"},
            {"print"},
        ),
        (
            "We look at each text before it goes online. Texts have a title and an author.",
            set(),
            {"inspection"},
        ),
        (
            "Lessons have steps in a fixed order, each with a text and a drawing.",
            {"lesson"},
            {"customer_order"},
        ),
        ("I want a small network: a profile with town and photo, posts.", {"post"}, {"network"}),
        ("Until now we have a list on a nail. Visits have a date.", {"visit"}, {"nail"}),
        (
            "Since 2016 I draw a comic about a grumpy lighthouse cat. Episodes have a title.",
            {"episode"},
            {"lighthouse_cat"},
        ),
        ("Each silo has a grain, tonnes and the moisture.", {"silo"}, {"tonne"}),
        ("The school has two halves. Courses have lessons.", {"course"}, {"half"}),
        ("Readings every two hours: bath, time, who measured.", {"reading"}, {"hour"}),
        ("See the handovers: who brings and who fetches her.", {"handover"}, {"contribution"}),
        ("Hikers reach huts by train and bus. A hut has a name and beds.", {"hut"}, {"bus"}),
        ("Every hut has room for 20 people. Guests reserve beds.", {"hut"}, {"room"}),
        ("Recipes with steps, calories per portion and degrees.", {"recipe"}, {"calory", "degree"}),
        ("Navy headings, please. Tasks with person and day.", {"task"}, {"navy_heading"}),
        ("Braces for children: visits with date and finding.", {"visit"}, {"child"}),
        (
            "If a flask cracks, the customer opens a ticket with a photo.",
            {"ticket"},
            {"flask_crack", "crack"},
        ),
        (
            "Reminders the day before would be a blessing. Visits have a date.",
            {"visit"},
            {"blessing"},
        ),
        (
            "We make crowns, bridges and dentures. Each piece has a number and a day.",
            {"piece"},
            {"crown", "bridge", "denture"},
        ),
    ],
)
def test_what_is_said_in_passing_is_no_record(idea, kept, passing):
    there = entities(idea)
    assert kept <= there
    assert not passing & there


@pytest.mark.parametrize(
    ("idea", "kept"),
    [
        ("We store three things (customers, orders, deliveries).", {"customer", "delivery"}),
        (
            "The app consists of modules (courses, teachers, rooms, bookings).",
            {"course", "teacher", "room", "booking"},
        ),
        (
            "Keep projects (name, client), tasks (title, hours) and invoices (number, sum).",
            {"project", "task", "invoice"},
        ),
        ("Manage (1) members, (2) boats, (3) bookings.", {"club_member", "boat", "booking"}),
        ("The app keeps projects (with tasks and files) and invoices.", {"project", "task"}),
        ("What I need is a register of graves and a list of tenants.", {"grave", "tenant"}),
        ("Mountain rescue: note what I ate with carbs (before or after a meal).", {"meal"}),
        ("Tenants ring me at midnight when a lift is stuck.", {"lift"}),
        ("Buses: plate, seats, next inspection.", {"bus"}),
        ("Springs and wells with depth and water quality.", {"spring", "well"}),
        ("We register children with name, birthday and group.", {"child"}),
        ("Shelter for women and children: rooms, stays, donations.", {"room", "stay"}),
        ("The scoreboards of our arena: location, size, maintenance.", {"scoreboard"}),
        ("Inspectors look at each lift and note every fault with a date.", {"inspection"}),
        ("Our filing is a mess, so we want to log orders of wool with date.", {"wool"}),
    ],
)
def test_what_is_kept_stays_a_record(idea, kept):
    assert kept <= entities(idea)


@pytest.mark.parametrize(
    ("idea", "told"),
    [
        ("Write down which hive was fed when, and who inspected it.", {"feeding", "inspection"}),
        ("Note who borrowed which ladder and when it came back.", {"loan"}),
        ("Track what I plant, when, and what I harvest.", {"planting", "harvest"}),
        ("Write down who gave what to the campaign.", {"donation"}),
        ("Know who ran which route and how fast.", {"run"}),
    ],
)
def test_deeds_that_are_written_down_leave_records(idea, told):
    assert told <= entities(idea)


@pytest.mark.parametrize(
    ("idea", "untold"),
    [
        ("For each tin I keep how much there is and where it was bought.", "purchase"),
        ("I want to see the spots on a map, so that I know where to drive.", "trip"),
        (
            (
                "As a driver I want to see which stations have batteries, so that I do not drive "
                "for nothing."
            ),
            "trip",
        ),
        ("We note when a batch leaks, because then I complain and need the number.", "need"),
        ("We note how they slept and give one to five moons.", "donation"),
        ("I keep forgetting whom I promised to call about an organ.", "pledge"),
        ("Paints: brand, how full, and I want to know when one runs low.", "run"),
        ("See which pianos are in tune and at what hours one may play.", "match"),
        ("Jot down what the jurors want per trial and send it across by ten.", "dispatch"),
    ],
)
def test_days_aims_and_what_is_only_possible_leave_none(idea, untold):
    assert untold not in entities(idea)


@pytest.mark.parametrize(
    ("idea", "wares"),
    [
        (
            (
                "Online shop with cart for tea things. I sell whisks, bowls and scoops, with "
                "price, picture and stock."
            ),
            {"whisk", "bowl", "scoop"},
        ),
        (
            "A shop with cart and checkout: yarns, needles and patterns with price and stock.",
            {"yarn", "needle", "pattern"},
        ),
        (
            (
                "Shop and blog for sourdough. In the shop people buy starters, baskets and books: "
                "price, description, stock. Cart and payment."
            ),
            {"starter", "basket", "book"},
        ),
    ],
)
def test_wares_that_are_told_of_as_one_are_products(idea, wares):
    model = model_of(scout(idea))
    product = next(entity for entity in model.entities if entity.key == "product")
    assert {"price", "stock"} <= {field.key for field in product.fields}
    assert not wares & {entity.key for entity in model.entities}


def test_a_ware_that_is_told_of_by_itself_stays_a_record():
    assert "candle" in entities("Web shop. Each candle has a scent; candles and soaps: price.")
