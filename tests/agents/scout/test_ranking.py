"""Which patterns an idea resembles, and which of its words say so."""

from __future__ import annotations

import pytest

from agents.scout import ranking
from agents.scout.likeness import likeness
from agents.scout.patterns import catalogue
from agents.scout.ranking import CLOSE, FLOOR, NEAR, OWN, Ranking, index, ngrams
from agents.scout.scout import SHOWN, scout
from contracts.scouting import RankedPattern
from tests.support.ideas import TEN

RESEMBLANCES = [
    ("charity", "Our charity collects donations from donors and organises its volunteers."),
    ("clinic", "Patients of a vet's clinic get prescriptions and vaccinations."),
    ("collection", "Catalogue my vinyl records and books, and note whom I lent them to."),
    ("dashboard", "Monitor sensors: readings of each metric in charts, and alerts."),
    ("directory", "A directory of local restaurants and shops with opening hours and reviews."),
    ("finance", "Track my expenses and income against a monthly budget, and write invoices."),
    ("game", "Players meet in game rooms, make moves and see a leaderboard of high scores."),
    ("hr", "Employees request vacation, managers approve it, and HR sees the attendance."),
    ("lending", "Neighbours lend each other tools; borrowers ask for them and give them back."),
    ("marketplace", "Freelancers send proposals for the projects that clients post."),
    ("marketplace", "Sellers put second-hand furniture up for auction and buyers place bids."),
    ("media", "Upload photos and videos to albums in a gallery and make playlists of songs."),
    ("messaging", "A messenger with group chats, and SMS campaigns to a list of recipients."),
    ("personal", "A diary for my thoughts and my mood."),
    ("publishing", "A blog where I publish articles and readers leave comments."),
    ("questions", "Create surveys and polls whose questions respondents answer or vote on."),
    ("site", "A landing page for our company with services, testimonials and a contact form."),
    ("social", "A social network with profiles, friends and a news feed."),
    ("store", "Sell handmade soap: products with prices, a shopping cart and orders."),
    ("tasks", "Manage projects with tasks, deadlines and milestones for our team."),
    ("tool", "A currency converter and a loan calculator that keep my calculations."),
    ("tracker", "Track my workouts, habits and weight every day."),
    *((key, idea) for key, idea in TEN.items() if key),
]
KEYS = sorted(catalogue())


def ranked(*scores: float, margin: float = 1.0, shared: float = 0.0) -> Ranking:
    """A ranking whose first has the margin; so much of the second's score is the first's too."""
    found = tuple(
        RankedPattern(
            key=f"p{i}", title="P", score=score, margin=0.0 if i else margin, evidence=("own",)
        )
        for i, score in enumerate(scores)
    )
    parts = {f"p{i}": {f"own{i}": score - shared, "both": shared} for i, score in enumerate(scores)}
    return Ranking(found, parts)


@pytest.mark.parametrize(("key", "idea"), RESEMBLANCES)
def test_an_idea_finds_its_pattern(key, idea):
    report = scout(idea)
    assert report.ranking[0].key == key
    assert report.patterns[0].rank == report.ranking[0]


DEEDS = [
    (
        "lending",
        "Who has which of our thirty beekeeping suits, since when, did it come back clean?",
    ),
    ("booking", "Which of the two church halls is free when, and who may use it on Sunday?"),
    ("events", "Put your name down for the bat walk; we see who comes and with how many."),
    ("finance", "What the donkeys cost us per month: hay, vet, farrier, and what is left of it."),
    ("tracker", "Every day I tick whether I sang, and see how many days in a row it was."),
    ("hr", "Who of the ferrymen is ill, who is away until when, and who stands in?"),
    ("forum", "One asks what eats his leeks, others answer, and the best answer is on top."),
    ("helpdesk", "Somebody says what is broken in the school, gets a number and hears who comes."),
    ("questions", "Everyone puts a cross at one of four colours, and we see what wins."),
    ("marketplace", "Offer the wool you have too much of; whoever wants it writes, you agree."),
]
"""Ideas that say what is done and name no kind of app."""


@pytest.mark.parametrize(("key", "idea"), DEEDS)
def test_an_idea_that_says_only_what_is_done_finds_its_pattern(key, idea):
    assert scout(idea).ranking[0].key == key


def test_words_that_say_nothing_alone_say_something_together():
    assert index().rank({1: ["who"]}).ranked[0].score == 0
    found = index().rank({1: ["who", "have", "it"]})
    assert found.parts["lending"]["who have"] > 0


def test_every_pattern_is_asked_for_here():
    assert sorted({key for key, _ in RESEMBLANCES}) == KEYS


@pytest.mark.parametrize(("key", "idea"), RESEMBLANCES)
def test_the_evidence_stands_in_the_idea(key, idea):
    first = scout(idea).ranking[0]
    text = idea.lower()
    assert first.evidence
    for word in first.evidence:
        # Lemmas: "recipe" for "recipes", "reply" for "replies", "lend" for "lent".
        assert all(part[:3] in text for part in word.split())


def test_the_evidence_begins_with_what_weighs_most():
    first = scout("A helpdesk with tickets and a status.").ranking[0]
    weights = [index().weight(word, first.key) for word in first.evidence]
    assert weights == sorted(weights, reverse=True)


def test_the_evidence_is_found_in_its_sentences():
    first = scout("The page is big. We keep recipes. It is fast. Cook dinner.").ranking[0]
    assert (first.key, first.sentences) == ("recipes", (2, 4))


def test_a_ranking_is_in_order_and_its_margins_are_not_negative():
    report = scout(TEN["helpdesk"])
    scores = [rank.score for rank in report.ranking]
    assert len(scores) == SHOWN
    assert scores == sorted(scores, reverse=True)
    assert all(rank.margin >= 0 for rank in report.ranking)


def test_all_patterns_are_ranked_and_ties_go_by_name():
    found = index().rank({1: ["recipe"]}).ranked
    assert sorted(rank.key for rank in found) == KEYS
    nothing = [rank.key for rank in found if not rank.score]
    assert nothing == sorted(nothing)


def test_nothing_resembles_an_idea_without_words():
    found = index().rank({})
    assert {rank.score for rank in found.ranked} == {0.0}
    assert {rank.margin for rank in found.ranked} == {0.0}
    assert found.chosen() == []
    assert not found.unsure


def test_what_is_said_twice_counts_more():
    once = index().rank({1: ["recipe"]}).ranked[0].score
    assert index().rank({1: ["recipe"], 2: ["recipe"]}).ranked[0].score > once
    assert index().rank({1: ["recipe", "recipe"]}).ranked[0].score == once


def test_the_sentence_that_says_what_the_app_is_counts_more():
    long = ["seven", "words", "that", "nobody", "has", "ever", "heard"]
    last = index().rank({1: long, 2: long, 3: ["recipe"]}).ranked[0].score
    assert index().rank({1: [*long, "recipe"], 2: long}).ranked[0].score > last
    # After a heading, the second sentence says it.
    assert index().rank({1: ["cookbook"], 2: ["recipe"]}).ranked[0].score > last


def test_words_that_every_idea_has_say_nothing():
    found = index().rank({1: ["app", "user", "create", "the", "page"]})
    assert found.ranked[0].score == 0


def test_two_words_can_be_a_keyword():
    assert "job board" in ngrams(["job", "board"])
    assert "the job" not in ngrams(["the", "job"])


@pytest.mark.parametrize(
    ("scores", "margin", "expected"),
    [
        ([], 0, []),
        ([FLOOR - 0.1], 1, []),
        ([FLOOR], 1, ["p0"]),
        ([10, 9], CLOSE, ["p0", "p1"]),
        ([10, 9], CLOSE + 0.1, ["p0"]),
        ([10, FLOOR - 0.1], CLOSE, ["p0"]),
        ([10, 9, 9], CLOSE, ["p0", "p1"]),
        ([OWN / NEAR, OWN], 2, ["p0", "p1"]),
        ([OWN / NEAR + 1, OWN], 2, ["p0"]),
    ],
)
def test_the_first_is_chosen_and_one_that_is_close(scores, margin, expected):
    assert [rank.key for rank in ranked(*scores, margin=margin).chosen()] == expected


def test_a_second_pattern_that_is_named_outright_is_chosen():
    idea = "Sling library for new parents: borrow a baby sling for four weeks, see what is overdue"
    assert [p.rank.key for p in scout(f"{idea}.").patterns] == ["lending"]
    assert [p.rank.key for p in scout(f"{idea}, plus a forum.").patterns] == ["lending", "forum"]


def test_a_second_pattern_needs_words_that_do_not_speak_for_the_first():
    assert len(ranked(20, 19, margin=CLOSE).chosen()) > 1
    assert len(ranked(20, 19, margin=CLOSE, shared=19).chosen()) == 1


def test_words_of_looks_and_joined_names_are_ranked_by_what_they_mean():
    assert scout("RecipeBox for my family.").ranking[0].key == "recipes"
    plain, coloured = (
        scout(f"Keep recipes. {colours}").ranking[0].score
        for colours in ("", "Use chocolate buttons on a wheat background.")
    )
    assert plain == coloured


def test_an_idea_of_two_kinds_has_two_patterns():
    report = scout("A blog with articles and a shop with products.")
    assert {p.rank.key for p in report.patterns} == {"store", "publishing"}
    assert [p.role for p in report.patterns] == ["primary", "secondary"]


def test_what_is_not_wanted_is_no_evidence():
    report = scout("Keep recipes, but without a shop, cart or orders.")
    assert report.ranking[0].key == "recipes"
    assert all(rank.key != "store" or not rank.score for rank in report.ranking)


def test_other_languages_are_ranked_by_the_words_that_are_known():
    report = scout("Ein Kochbuch für meine Rezepte. Ich will sie mit der Familie teilen.")
    assert report.language == "de"
    assert report.patterns[0].rank.key == "recipes"


def test_a_chosen_pattern_brings_what_the_catalogue_says():
    found = scout(TEN["lms"]).patterns[0]
    pattern = catalogue()["lms"]
    assert found.entities == pattern.entities
    assert found.roles == pattern.roles
    assert found.features == pattern.features


def test_an_empty_catalogue_resembles_nothing():
    assert ranking.Index({}, likeness()).rank({1: ["recipe"]}).ranked == ()
