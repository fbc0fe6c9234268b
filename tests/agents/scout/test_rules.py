"""Rules that an idea says in words and numbers, and sentences that only look like one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.scout import numbers
from agents.scout.scout import scout


def rules(idea: str) -> list[str]:
    """The rules as "kind entity.field other value roles", with "-" where there is nothing."""
    return [
        " ".join(
            [
                rule.kind,
                f"{rule.entity or '-'}.{rule.field or '-'}",
                *filter(None, [rule.other, f"{rule.value:g}" if rule.value is not None else ""]),
                *rule.roles,
            ]
        )
        for rule in scout(idea).rules
    ]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Members book courts. Bookings cannot overlap.", "no_overlap booking.-"),
        ("Customers book rooms. A room can't be booked twice at the same time.",
         "no_overlap room.-"),
        ("A booking system for rooms with no double booking.", "no_overlap booking.-"),
        ("A nurse must not have two shifts at the same time.", "no_overlap shift.nurse"),
        ("Manage employees. The system prevents overlapping shifts.", "no_overlap shift.-"),
    ],
)  # fmt: skip
def test_what_may_not_be_at_one_time(idea, expected):
    assert rules(idea) == [expected]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Users make bookings. Each user can have at most 5 bookings.", "per_user booking.- 5"),
        ("Members can borrow up to three books at a time.", "per_user book.- 3"),
        ("Each user gets a maximum of two reservations.", "per_user reservation.- 2"),
        ("Nobody can rent more than a dozen bikes.", "per_user bike.- 12"),
        ("Users write poems; at most 4 per user.", "per_user poem.- 4"),
        ("Every student can take a quiz at most twice.", "per_user attempt.quiz 2"),
        ("Members vote in polls. One vote per member per poll.", "once_per_user vote.poll"),
        ("A member may vote only once per poll.", "once_per_user vote.poll"),
        ("Applicants can apply to each job only once.", "once_per_user application.job"),
        ("A customer cannot review a product twice.", "once_per_user review.product"),
        ("Each person can submit only one entry.", "once_per_user entry.-"),
    ],
)
def test_how_many_a_person_may_have(idea, expected):
    assert rules(idea) == [expected]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("We run workshops. A workshop has up to 20 places.", "capacity -.workshop 20"),
        ("At most thirty participants per course.", "capacity participant.course 30"),
        ("A team has at most 11 players.", "capacity player.team 11"),
        ("Up to 4 volunteers per shift.", "capacity volunteer.shift 4"),
        ("Members register for events until they are full.", "capacity -.event"),
        ("Add workshops with a limited number of places.", "capacity -.workshop"),
    ],
)
def test_how_many_there_is_room_for(idea, expected):
    assert rules(idea) == [expected]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Each hive has a rating. Ratings are between 1 and 10.",
         ["at_least hive.rating 1", "at_most hive.rating 10"]),
        ("Each hive has a rating. The rating is 1-5.",
         ["at_least hive.rating 1", "at_most hive.rating 5"]),
        ("Add hives with a price between 10 and 1,000 euros.",
         ["at_least hive.price 10", "at_most hive.price 1000"]),
        ("Passwords have at least 8 characters.", ["at_least -.password_value 8"]),
        ("Each hive has a name and a description. The description has a maximum of 500 words.",
         ["at_most hive.description 4000"]),
        ("Each hive has a weight. The weight must not be less than 5.", ["at_least hive.weight 5"]),
        ("Each hive has a price. Prices cannot be negative.", ["at_least hive.price 0"]),
        ("Each hive has a quantity. The quantity must be greater than zero.",
         ["at_least hive.quantity 1"]),
        ("Guests must be at least 18 years old.", ["at_least -.age 18"]),
    ],
)  # fmt: skip
def test_how_large_a_value_may_be(idea, expected):
    assert rules(idea) == expected


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Each hive has a unique code.", ["unique hive.code"]),
        ("Each hive has a code. Codes must be unique.", ["unique hive.code"]),
        ("No two members may have the same email.", ["unique club_member.email"]),
        ("The end date must be after the start date.", ["order -.start_date end_date"]),
        ("Add events. An event cannot end before it starts.", ["order event.start end"]),
        ("The return date must not be before the departure date.",
         ["order -.departure_date return_date"]),
        ("Hives: code (unique), year and weight.", ["unique hive.code"]),
        ("The due date must be after the borrowed date.", ["order -.borrowed_date due_date"]),
        ("Products have a stock. Stock must not go below zero.",
         ["stock product.stock", "at_least product.stock 0"]),
        ("Add soaps. Soaps that are sold out cannot be ordered.", ["stock soap.stock"]),
    ],
)  # fmt: skip
def test_what_must_hold_of_a_record(idea, expected):
    assert rules(idea) == expected


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Only managers approve leave requests.", ["approval leave_request.- manager"]),
        ("Add posts. Posts must be approved by an editor before they are visible.",
         ["approval post.- editor"]),
        ("Remarks are checked by a moderator before they appear.", ["approval remark.- moderator"]),
        ("Add tickets. Tickets must be approved before they are sent.", ["approval ticket.-"]),
        ("Only admins can delete posts.", ["only post.- admin"]),
        ("Posts can only be deleted by admins or editors.", ["only post.- admin editor"]),
        ("Nobody but the owner can see the notes.", ["only note.- owner"]),
        ("Only registered members can post remarks.", ["only remark.- member"]),
    ],
)  # fmt: skip
def test_who_alone_may(idea, expected):
    assert rules(idea) == expected


@pytest.mark.parametrize(
    "idea",
    [
        "The shop is open from 9 to 5.",
        "It only takes one click. We only sell books.",
        "Users can pick up to 10 colours.",
        "Remind me one day before the due date.",
        "Keep recipes for 4 people with a unique design.",
        "Only friends can see it.",
        "A tour takes 3 to 5 days.",
        "We have 12 rooms, 3 cats and room for one more idea.",
    ],
)
def test_what_is_no_rule_or_none_that_can_be_kept(idea):
    assert rules(idea) == []


def test_a_rule_has_its_words_and_its_sentence():
    (rule,) = scout("It is nice. Users make bookings. Each user can have at most 5 bookings.").rules
    assert (rule.text, rule.sentence) == ("at most 5 bookings", 3)


def test_who_alone_may_do_what_is_told_in_whole():
    (rule,) = scout("Add posts. Only admins can see or delete posts; it is nice.").rules
    assert rule.text == "only admins can see or delete posts"


def test_a_sentence_that_is_a_rule_is_not_left_over():
    report = scout("Add hives. Guests must be at least 18 years old. It should be lovely.")
    assert report.unmapped == (3,)


def test_a_known_rule_asks_for_no_other_automation():
    known = scout("Members book courts. Bookings must not overlap.")
    assert "automation" not in {feature.key for feature in known.features}
    other = scout("Members must not shout.")
    assert "automation" in {feature.key for feature in other.features}


def test_the_same_rule_is_told_once():
    idea = "Members book courts. Bookings cannot overlap. Again: bookings must not overlap."
    assert rules(idea) == ["no_overlap booking.-"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5), ("1,000", 1_000), ("2.5", 2.5), ("seventeen", 17), ("twenty-five", 25),
        ("a dozen", 12), ("two hundred", 200), ("one hundred and twenty", 120), ("a single", 1),
    ],
)  # fmt: skip
def test_a_number_is_read_in_digits_and_in_words(text, value):
    assert re.fullmatch(numbers.PATTERN, text)
    assert numbers.value_of(text) == value


@given(value=st.integers(min_value=0, max_value=10**9))
def test_a_number_with_its_commas_is_the_number(value):
    assert numbers.value_of(f"{value:,}") == value


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Members book courts. Nobody may have more than 3 bookings.", "per_user booking.- 3"),
        ("Members book courts. No member may hold more than two bookings.", "per_user booking.- 2"),
        ("We vote on films. Each member has one vote per round.", "once_per_user vote.round"),
        ("Polls for the office: everybody has one vote per poll.", "once_per_user vote.poll"),
        ("Members rate films. Everyone gets two votes per film.", "per_user vote.film 2"),
        ("Shelters post shifts. A shift cannot take more volunteers than needed.",
         "capacity volunteer.shift"),
        ("A site for our street: announcements. Anyone may read, only residents can post.",
         "only post.- member"),
        ("Staff see payslips. Employees see only their own payslips.", "only payslip.- owner"),
    ],
)  # fmt: skip
def test_limits_and_rights_in_everyday_words(idea, expected):
    assert rules(idea) == [expected]


def test_a_limit_for_a_span_of_time_keeps_its_span():
    found = scout("Members book courts. Nobody may have more than 3 bookings a week.").rules
    assert [(rule.kind, rule.value, rule.text) for rule in found] == [
        ("per_user", 3, "nobody may have more than 3 bookings a week")
    ]


def test_what_is_approved_above_an_amount_is_told_with_the_amount():
    assert rules("Staff enter purchase orders that a manager must approve above 500 euros.") == [
        "approval purchase_order.- manager",
        "at_least purchase_order.- 500",
    ]


def test_no_rule_is_about_a_noun_said_in_passing():
    found = scout("A site for our street. Only neighbours with a key may come in.").rules
    assert "street" not in {rule.entity for rule in found}


def test_a_right_of_the_people_of_one_record_is_of_no_role():
    idea = "I write a note after every lesson that only the parents of that pupil may read."
    assert rules(idea) == ["only -.- parent"]


@pytest.mark.parametrize(
    "idea",
    ["The gym holds 3 classes a week.", "Users can put two items next to each other."],
)
def test_a_number_that_says_how_it_is_is_no_rule(idea):
    assert rules(idea) == []
