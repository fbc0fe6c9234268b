"""What people do with a record that needs a record of its own."""

from __future__ import annotations

import pytest

from agents.scout import lexicon
from agents.scout.deeds import SOURCE
from agents.scout.scout import scout
from contracts.scouting import CandidateEntity


def found(idea: str, key: str) -> CandidateEntity | None:
    return next((c for c in scout(idea).entities if c.key == key and c.score >= 3), None)


@pytest.mark.parametrize(
    ("idea", "record", "of"),
    [
        ("Climbers sign up for excursions.", "registration", "excursion"),
        ("Climbers enrol in excursions.", "enrolment", "excursion"),
        ("Artists apply for stipends. Each stipend has an amount.", "application", "stipend"),
        ("We vote on which puppet to build. Puppets have a photo.", "vote", "puppet"),
        ("Delegates vote on motions. Motions have a text.", "vote", "motion"),
        ("Breeders bid on alpacas. An alpaca has a photo.", "bid", "alpaca"),
        ("Schools request a tour. A tour has a date and a guide.", "request_record", "tour"),
        ("A sail has a date and a start. Deckhands put themselves down.", "registration", "sail"),
        ("The office pairs mentors with pupils. Mentors have a field.", "pairing", "mentor"),
        ("People lend each other kayaks. A kayak has a photo.", "loan", "kayak"),
        ("Members borrow telescopes.", "loan", "telescope"),
        ("Kayaks can be borrowed.", "loan", "kayak"),
        (
            "We sell old glass. A piece has a size and a photo. Parents reserve a piece.",
            "booking",
            "piece",
        ),
        ("Guests reserve saunas.", "booking", "sauna"),
        ("Six looms, each can be reserved by the half-day.", "booking", "loom"),
        ("People donate to lighthouses. Each lighthouse has a goal.", "donation", "lighthouse"),
        ("Joiners send offers for kitchens. A kitchen has an address.", "offer", "kitchen"),
    ],
)
def test_a_deed_has_a_record_of_what_it_is_done_to(idea, record, of):
    made = found(idea, record) or found(idea, "ballot" if record == "vote" else record)
    assert made is not None
    assert found(idea, of) is not None
    drafted = {reference.to for reference in made.draft.references.values()}
    told = {reference.to for reference in made.references}
    assert of in drafted | told or made.source != SOURCE


@pytest.mark.parametrize(
    ("idea", "record"),
    [
        ("Users sign up for an account and keep insects.", "registration"),
        ("Everyone can sign up for the newsletter.", "registration"),
        ("We lend a hand to neighbours.", "loan"),
        ("Employees request a chair.", "loan"),
        ("The rule applies to everyone.", "application"),
        ("My address book.", "booking"),
        ("Do not let people borrow kayaks.", "loan"),
    ],
)
def test_what_only_sounds_like_a_deed_is_none(idea, record):
    assert found(idea, record) is None


def test_what_is_requested_is_lent_where_the_idea_is_about_lending():
    made = found("A lending club. Borrowers request a kayak for some days.", "loan")
    assert made is not None
    assert made.draft.workflow is not None


def test_what_is_asked_for_and_brought_back_is_lent_where_the_idea_is_about_lending():
    assert found("A toy library that lends games. Families ask to have one for a week.", "loan")


def test_a_class_with_a_day_is_booked_without_a_time_of_its_own():
    made = found("Guests can reserve concerts. A concert has a date and a host.", "booking")
    assert made is not None
    assert "starts_at" not in made.draft.fields
    assert [rule.kind for rule in made.draft.rules] == ["once_per_user"]


def test_what_people_sign_up_for_is_seen_by_them():
    made = found("Climbers sign up for excursions.", "excursion")
    assert made is not None
    assert made.draft.sharing == "members"


def test_who_keeps_what_a_deed_is_of_keeps_the_records_of_the_deed():
    made = found(
        "Volunteers sign up for excursions. Coordinators create excursions.", "registration"
    )
    assert made is not None
    assert made.draft.writers == ("coordinator",)
    assert made.draft.workflow is not None
    roles = {step.name: step.roles for step in made.draft.workflow.transitions}
    assert roles["Confirm attendance"] == ("coordinator", "admin")


@pytest.mark.parametrize(("name", "deed"), lexicon.deeds().items())
def test_every_deed_can_be_made_a_record(name, deed):
    assert deed.words
    if deed.draft is None and not deed.like:
        assert deed.nameless
        assert not deed.phrases
        assert not deed.said
        return
    draft = deed.draft or lexicon.deeds()[deed.like].draft
    assert draft is not None
    assert draft.label in draft.fields
    numbers = [field.default for field in draft.fields.values() if field.type == "integer"]
    assert not [default for default in numbers if isinstance(default, str)]
    assert deed.alone or draft.references["thing"].required
    if deed.timed:
        assert deed.timed in lexicon.deeds()
