"""What people do to a thing has a record of its own, though the idea has no word for it."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.scout import constructions
from agents.scout.deeds import SOURCE
from agents.scout.reading import read
from agents.scout.scout import scout
from contracts.scouting import Sentence


def keys(idea: str) -> set[str]:
    return {entity.key for entity in model_of(scout(idea)).entities}


def parts(reading: str, phrase: str) -> list[tuple[str, ...]] | None:
    """The things of the first place where a construction stands in a sentence."""
    table = constructions.table([("it", phrase)])
    found = next(constructions.find(read(Sentence(number=1, text=reading)), table), None)
    return [thing.words for thing in found.things] if found else None


@pytest.mark.parametrize(
    ("idea", "names"),
    [
        (
            (
                "Residents open a ticket when the lift is stuck, with a photo and the "
                "floor. The caretaker answers in the ticket and closes it."
            ),
            "reply",
        ),
        (
            (
                "A board for beekeepers. Anyone can open a topic about swarms or mites "
                "and the others answer."
            ),
            "answer",
        ),
        ("People ask a question about mushrooms with a photo, and experts reply to it.", "reply"),
        (
            (
                "We plan walks: each has a date, a meeting point and a leader. Who wants "
                "to come along says so."
            ),
            "registration",
        ),
        (
            (
                "Our choir has rehearsals with date and hall. Singers tell beforehand "
                "whether they can come, so I can count heads."
            ),
            "rsvp",
        ),
        (
            (
                "The hiking club lists its tours with date and length. Members put their "
                "name down, at most twelve per tour."
            ),
            "registration",
        ),
        (
            (
                "Soup kitchen shifts on weekdays; volunteers pick the shifts they can do, "
                "and three are needed in each."
            ),
            "shift_signup",
        ),
        (
            (
                "A page for the village brunch where neighbours join a table. Each table "
                "has six seats."
            ),
            "registration booking",
        ),
        (
            (
                "My books: title, author, shelf. When somebody borrows one I want to know "
                "who has it and since when."
            ),
            "loan",
        ),
        (
            (
                "The music school has 40 violins. Students take one home for a term and "
                "must bring it back clean."
            ),
            "loan",
        ),
        (
            (
                "Toy library with toys and loans. If a toy is out, the next one in line "
                "gets it and is told when it is back."
            ),
            "reservation",
        ),
        ("Members borrow drills. A drill that is out can be put on hold.", "hold"),
        (
            (
                "A course of photography: every week has an assignment, students upload "
                "their picture and get feedback from the teacher."
            ),
            "submission",
        ),
        (
            (
                "Chess puzzles for school children. They try to solve each puzzle and see "
                "whether their solution was right, the teacher sees who solved what."
            ),
            "submission solution",
        ),
        (
            "Film night: members suggest films, and the film with the most hands up is shown.",
            "vote",
        ),
        (
            (
                "An auction of old radios. Each radio has a photo and a starting price, "
                "the highest offer wins."
            ),
            "bid",
        ),
        (
            "The class kitty: each family puts in 20 euros a term and we see who still owes.",
            "payment",
        ),
        (
            (
                "Allotment society with 60 plots. I must know who has paid the rent for "
                "this year and who has not."
            ),
            "payment",
        ),
        (
            (
                "Four friends save for a boat. Everyone puts money into the pot each "
                "month, and we see how much there is."
            ),
            "payment",
        ),
        ("Nurses ask for days off and the ward sister says yes or no.", "absence"),
        (
            (
                "Parents report that their child is ill and does not come today; the "
                "teacher sees a list every morning."
            ),
            "absence",
        ),
        (
            (
                "We look after 30 old people living alone. Volunteers drop by, and write "
                "down how they found them."
            ),
            "visit",
        ),
        (
            (
                "Playgrounds with swings and slides. Every month somebody looks at each "
                "device and notes what is loose."
            ),
            "inspection",
        ),
        ("I write down the level of the well every Sunday.", "entry"),
        ("Every evening I note how I slept, what I ate and whether my head ached.", "entry"),
        (
            (
                "Site of a carpenter with pictures of his kitchens. Whoever wants one "
                "writes to him with the measures."
            ),
            "enquiry",
        ),
        (
            "A hospice with ten beds. The night nurse puts each patient in a bed for the night.",
            "assignment",
        ),
        (
            "Bus drivers and routes. The dispatcher says who drives which route on which day.",
            "assignment",
        ),
        (
            "Broken street lamps: passers-by tell us which lamp is dark, without an account.",
            "report",
        ),
        ("Whoever sees a hedgehog tells where and when, with a photo.", "report"),
        (
            (
                "Football pool of our office: before each match everybody guesses the "
                "score, three points for the exact one."
            ),
            "guess",
        ),
        ("Judo lessons for children. The trainer ticks who is there.", "attendance"),
        (
            (
                "A flat of five students with a list of chores. Whoever did one ticks it, "
                "and we see who does least."
            ),
            "completion tick",
        ),
        (
            "After each workshop the participants say what they liked and how many stars.",
            "feedback",
        ),
        ("Our chapel needs a new roof. People give an amount and leave a word.", "donation"),
        (
            (
                "People put up a removal with date and number of boxes, and movers say "
                "for how much they would do it."
            ),
            "proposal",
        ),
        (
            (
                "A second hand stall: each piece has a seller's number and price. At the "
                "till we enter what was sold."
            ),
            "sale",
        ),
        ("A van shared by three villages. Whoever takes it notes the kilometres.", "trip"),
        ("A page for our silver wedding with photos; guests leave a few words.", "message"),
        ("A potluck dinner: everybody says which dish they bring.", "dish"),
    ],
)
def test_a_deed_that_is_only_told_of_has_a_record(idea, names):
    assert keys(idea) & set(names.split())


@pytest.mark.parametrize(
    ("idea", "record"),
    [
        ("Members can sign up, save several CVs and edit them later.", "registration"),
        ("Pupils ask for holidays and the head says yes or no.", "rsvp"),
        ("Every product has a name, a price and a picture.", "proposal"),
        (
            "A feed shows posts, such as a photo from the roof. Friends follow one another.",
            "submission",
        ),
        ("Seals are listed in the order of their age.", "order"),
        ("A plan of the house with tasks and who does what until when.", "assignment"),
        ("I am sick of the shoebox with my receipts.", "absence"),
        ("We sell soap. No online payment, we pay in cash.", "payment"),
        ("The council puts together a survey with a title and questions.", "assignment"),
        ("Do not let people put their name down. Walks have a date.", "registration"),
    ],
)
def test_what_only_sounds_like_it_has_none(idea, record):
    assert record not in keys(idea)


def test_who_is_assigned_and_what_to_are_both_known():
    idea = "A hospice with beds. The nurse assigns each patient to a bed for the night."
    made = next(c for c in scout(idea).entities if c.key == "assignment")
    assert made.source == SOURCE
    assert {reference.to for reference in made.references} == {"patient", "bed"}


def test_what_a_told_deed_is_done_to_is_the_happening_beside_it():
    idea = "We plan walks: each has a date and a leader. Whoever wants to come along says so."
    report = scout(idea)
    made = next(c for c in report.entities if c.key == "registration")
    model = model_of(report)
    assert made.score >= 4
    assert ("registration", "walk") in {(r.source, r.target) for r in model.relations}


@pytest.mark.parametrize(
    ("sentence", "phrase", "things"),
    [
        (
            "Nurses put the old patient in a bed.",
            "put <thing> in <thing>",
            [("patient",), ("bed",)],
        ),
        ("They tell us early which lamp is dark.", "+tell … which", []),
        ("They tell. Which lamp is dark?", "+tell … which", None),
        ("He keeps the price of it.", "+price of", None),
        ("Whoever wants to come", "want to come so", None),
        ("Wants to come so", "want/wish to come so", []),
    ],
)
def test_a_construction_stands_where_its_elements_do(sentence, phrase, things):
    assert parts(sentence, phrase) == things
