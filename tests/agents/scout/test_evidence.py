"""What is said around a noun decides whether it is a kind of record; the weights are but a sum."""

from __future__ import annotations

import pytest

from agents.scout.evidence import BASE, WEIGHTS
from agents.scout.scout import scout
from contracts.scouting import CandidateEntity

OWN = 3.0
"""From here a noun is an entity of its own."""


def found(idea: str, key: str) -> CandidateEntity:
    return next(e for e in scout(idea).entities if e.key == key)


def strong(idea: str) -> set[str]:
    return {e.key for e in scout(idea).entities if e.score >= OWN}


def test_a_score_is_the_sum_of_what_speaks_for_a_noun_and_against_it():
    plain = found("Somebody mentioned the gribbles.", "gribble")
    assert plain.score == pytest.approx(BASE + WEIGHTS["plural"] + WEIGHTS["acted"])


@pytest.mark.parametrize(
    ("more", "less", "key"),
    [
        ("We like gribbles.", "We like the gribble.", "gribble"),
        ("Add a gribble.", "Mind the gribble.", "gribble"),
        ("We count per gribble.", "We count in the gribble.", "gribble"),
        ("Members dream of invitations.", "Members dream of gribbles.", "invitation"),
        ("Members dream of tractors.", "Members dream of gribbles.", "tractor"),
    ],
)
def test_what_is_several_made_counted_or_known_to_be_kept_weighs_more(more, less, key):
    assert found(more, key).score > scout(less).entities[0].score


@pytest.mark.parametrize("noun", ["temperatures", "happiness", "kilos"])
def test_sizes_and_what_is_only_spoken_of_weigh_less(noun):
    assert not strong(f"Mind the {noun}.")


@pytest.mark.parametrize(
    ("passing", "kept", "key"),
    [
        ("After confirmation gribbles grow.", "After confirmations gribbles grow.", "confirmation"),
        ("After confirmation gribbles grow.", "Members write a confirmation.", "confirmation"),
    ],
)
def test_what_is_said_once_and_not_of_several_may_be_said_in_passing(passing, kept, key):
    assert key in strong(kept)
    assert key not in strong(passing)


def test_a_bare_word_that_the_pattern_keeps_is_kept():
    assert "reply" in strong("A forum with threads, whoever reads gives an answer by reply.")


@pytest.mark.parametrize(
    "means", ["a notebook", "spreadsheets", "the logbook", "a tin of index cards"]
)
def test_what_notes_are_kept_in_so_far_is_not_kept_by_the_app(means):
    kept = strong(f"Gribbles have a size and a colour. So far I keep them in {means}.")
    assert kept == {"gribble"}


def test_several_makers_are_people_and_not_an_app_about_what_they_make():
    assert "violin" not in strong("Violin makers buy strings. A string has a length and a price.")


def test_whoever_acts_is_kept_only_where_more_is_said():
    assert "editor" not in strong("Only the editor writes articles.")
    assert "editor" in strong("Manage editors. Editors write articles.")


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("Every course has modules.", "module"),
        ("An invoice has a number, a date and lines.", "line"),
        ("The conductor uploads audio for each piece.", "piece"),
        ("Tenants attach letters.", "letter"),
        ("Stamps are grouped into series.", "series"),
        ("We keep a parts list.", "part"),
        ("Hand out punch cards.", "punch_card"),
        ("Decks, cards with a front and a back.", "card"),
        ("I see my best times per stroke.", "time"),
        ("I write down every new word of my son.", "word"),
        ("The secretary makes lists and puts farmers in lists.", "list"),
        ("Firing day: date, kind of wood, remarks.", "firing_day"),
    ],
)
def test_a_general_word_is_a_record_where_it_is_a_part_or_one_of_many(idea, key):
    assert key in {e.key.removesuffix("_record") for e in scout(idea).entities}


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("Pubs with address and phone, and deals with an expected value.", "deal"),
        ("Pubs: address, phone. Offers: amount, date.", "offer"),
        ("We log visits, calls with a date and posts by district.", "post"),
        ("A help page and a public FAQ.", "faq"),
        ("I want to log my speech exercises.", "speech_exercise"),
        ("Tasting: customer, date, cheeses, impression.", "tasting"),
        ("Contact person: customer, role, phone, birthday.", "contact_person"),
        ("A germination test every 3 years (date, percent).", "germination_test"),
        ("Every poem belongs to a valley.", "valley"),
    ],
)
def test_what_stands_among_things_or_before_its_properties_is_no_verb_and_no_name(idea, key):
    assert key in strong(idea)


def test_who_deals_with_something_has_no_deals():
    assert "deal" not in {
        e.key for e in scout("The bot answers mail and deals with spam.").entities
    }


@pytest.mark.parametrize(
    ("more", "less", "key"),
    [
        ("We note which wheel lies on which shelf.", "The wheel lies on the shelf.", "shelf"),
        ("One review per reviewer.", "A review by the reviewer.", "review"),
        (
            "Dyers pick a dyestuff and get grams.",
            "Dyers like a dyestuff and get grams.",
            "dyestuff",
        ),
    ],
)
def test_what_is_asked_for_one_by_one_or_chosen_weighs_more(more, less, key):
    assert found(more, key).score > found(less, key).score


@pytest.mark.parametrize(
    "idea",
    [
        "Do it step by step.",
        "Take part.",
        "A line below the title.",
        "Opening hours: nine, ten.",
    ],
)
def test_a_general_word_is_none_elsewhere(idea):
    assert strong(idea) == set()


def test_a_few_words_on_something_are_a_text():
    idea = "Every film has a link, a year and a few words on what can be seen."
    assert "word" not in {e.key for e in scout(idea).entities}


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("I note what I sow in which bed.", "sowing"),
        ("Record who played what.", "match"),
        ("A log of when the cat was fed.", "feeding"),
        ("See who has paid.", "payment"),
        ("Show what was bought by whom.", "purchase"),
        ("A shelter writes what it needs and how urgent it is.", "need"),
        ("I note what I need to prune.", "pruning"),
        ("Who watered which plant, and with how much?", "watering"),
        ("The goats are milked twice a day.", "milking"),
        ("Boilers are serviced every two years.", "service"),
        ("Honey harvested in kg.", "harvest"),
        ("Its weight is taken every day.", "weight"),
        ("Nurses record the temperature twice a day.", "temperature"),
        ("Who owes me a beer?", "debt"),
        ("A to do list with a due date.", "task"),
        ("Parents say by Thursday whether their child comes.", "rsvp"),
        ("Each church has an organ with a maker.", "church"),
        ("We give him insulin twice a day.", "insulin"),
        ("For each bride: the day, her sizes at every fitting.", "bride"),
        ("The cleaner gets a list of what to do.", "task"),
    ],
)
def test_what_people_want_written_down_of_what_they_do_is_a_record(idea, key):
    assert key in strong(idea)


def test_what_is_only_done_leaves_no_record_of_its_own():
    assert "sowing" not in {e.key for e in scout("I sow beans in spring.").entities}
    paid = scout("The pay is the days worked times the daily wage.")
    assert "work_session" not in {e.key for e in paid.entities}


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("Parents answer each survey once.", "response"),
        ("Courses: title, date, places. People book a place until it is full.", "booking"),
        ("A ride has a date and a length, and others sign up until it is full.", "registration"),
        ("Colleagues swap shifts.", "swap_request"),
        ("Players challenge each other.", "challenge"),
        ("Add animals. Visitors adopt an animal.", "sponsorship"),
        ("The best speaker is voted by everyone.", "vote"),
        ("A course platform with lessons. Customers enrol and tick off lessons.", "enrolment"),
        ("A job board with vacancies. People apply with a CV.", "application"),
        ("A page of our charity. People donate.", "donation"),
        ("A portfolio page for my bakery, and what customers said.", "testimonial"),
        ("A social network. You can report or block a person.", "abuse_report"),
        ("Courses have lessons; people enrol; lessons have a text.", "enrolment"),
        ("An event has a date and a limit, and people register for it.", "registration"),
        ("A private diary. I would like to be reminded to write.", "reminder"),
        ("Surveys with questions. Every tenant can answer once.", "survey_response"),
        ("Flatmates split bills, and split equally what nobody named.", "share"),
        ("A chess game online. Two people play against each other by turns.", "turn"),
        ("A marketplace for bowls. Potters sell bowls directly to customers.", "sale"),
        ("A dashboard of sensor readings. Warn us when a value is too high.", "alert"),
    ],
)
def test_a_deed_leaves_a_record_also_where_its_object_is_left_out(idea, key):
    assert key in {e.key.removesuffix("_record") for e in scout(idea).entities}


def test_what_a_line_defines_weighs_more_than_what_is_only_named():
    assert found("Fuel: litres, price, kilometres.", "fuel").score > OWN


def test_people_with_properties_are_kept_one_by_one():
    assert scout("People with phone and address.").entities[0].words == ("person",)


@pytest.mark.parametrize("idea", ["Somebody outbids them.", "I say when it expires."])
def test_what_one_does_is_no_noun(idea):
    assert strong(idea) == set()


def test_a_deed_says_what_kind_of_app_it_is_and_its_record_is_no_evidence():
    first = scout("Members borrow ladders.").ranking[0]
    assert first.key == "lending"
    assert "loan" not in first.evidence


def test_who_has_no_record_yet_does_not_exclude_them():
    idea = "Superiors write appraisals. HR sees who has had no appraisal this year."
    assert scout(idea).exclusions == ()
