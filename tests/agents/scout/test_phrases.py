"""Clipped and everyday phrases: verbs that look like nouns, general words, examples, audiences."""

from __future__ import annotations

import pytest

from agents.scout import names, tagging
from agents.scout.scout import scout

OWN = 3.0
"""From here a noun is an entity of its own."""


def strong(idea: str) -> list[str]:
    return sorted(entity.key for entity in scout(idea).entities if entity.score >= OWN)


def fields(idea: str, key: str) -> dict[str, tuple[str, ...]]:
    found = next(entity for entity in scout(idea).entities if entity.key == key)
    return {field.key: field.options if field.spoken else () for field in found.fields}


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Members of our club book tennis courts by the hour.", "book"),
        ("We vote on the next film.", "vote"),
        ("Volunteers sign up for shifts.", "sign"),
        ("Shelters post shifts with a date.", "post"),
        ("Customers order bread online.", "order"),
        ("Order bread online", "Order"),
        ("Plan meals", "Plan"),
        ("Log workouts", "Log"),
        ("They rate recipes.", "rate"),
        ("We also rent camping equipment.", "rent"),
        ("Students answer questions.", "answer"),
        ("Let users log in.", "log"),
        ("Build a site to book ferry tickets.", "book"),
        ("Employees request holidays.", "request"),
        ("Each pair plans meetings.", "plans"),
        ("Skippers type the figures in.", "type"),
        ("Afterwards both leave stars.", "leave"),
        ("The student hands in a text.", "hands"),
        ("People book a place.", "book"),
        ("Somebody outbids them.", "outbids"),
        ("What annoys me is the paper.", "annoys"),
        ("I want to know how much fits.", "fits"),
        ("The highest bid at the end wins and the seller is told.", "wins"),
        ("The presenter keeps a playlist.", "keeps"),
        ("They choose a size, pay, and look at the status.", "pay"),
        ("The service manager answers, gives a voucher or closes it.", "answers"),
    ],
)
def test_a_word_that_is_both_is_a_verb_where_the_clause_needs_one(sentence, word):
    assert [t.kind for t in tagging.tag(sentence) if t.text == word] == ["verb"]


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("The members list page is blue.", "list"),
        ("Order form with an address.", "Order"),
        ("Book club for readers.", "Book"),
        ("Audio guide: stops with a number.", "stops"),
        ("Visit with date and finding.", "Visit"),
        ("The trainer plans page is blue.", "plans"),
        ("A blog post about cars.", "post"),
        ("Users can see post titles.", "post"),
        ("Our customer review page shows stars.", "review"),
        ("The race starts and finishes are listed.", "starts"),
        ("They enter a size, pay, and a date.", "pay"),
        ("A cleaner look.", "look"),
    ],
)
def test_a_word_that_is_both_is_a_noun_elsewhere(sentence, word):
    assert [t.kind for t in tagging.tag(sentence) if t.text == word] == ["noun"]


@pytest.mark.parametrize("word", ["repairer", "sweeper", "presenter", "router"])
def test_who_does_something_is_one_noun_and_not_several_of_what_is_done(word):
    found = next(t for t in tagging.tag(f"The {word} keeps a list.") if t.text == word)
    assert (found.kind, found.lemma, found.plural) == ("noun", word, False)


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("We lend out. Every tool has a photo and a deposit.", "tool"),
        ("Each card has a title and a due date.", "card"),
        ("Cards have a title and a due date.", "card"),
        ("For each part we keep a number and a price.", "part"),
        ("Each link has an address and a date.", "link"),
    ],
)
def test_general_words_with_properties_are_entities(idea, key):
    assert key in strong(idea)


@pytest.mark.parametrize(
    "idea", ["Pages have a nice header.", "A page with a title.", "The site has a logo and a map."]
)
def test_general_words_that_are_parts_of_the_app_are_not(idea):
    assert strong(idea) == []


@pytest.mark.parametrize(
    ("idea", "examples", "thing"),
    [
        ("People lend each other drills, ladders and saws. Every tool has a photo and a deposit.",
         {"drill", "ladder", "saw"}, "tool"),
        ("An online shop where I sell candles, soaps and mugs.", {"candle", "soap", "mug"},
         "product"),
        ("A shop with a cart. Customers order bread online. I want a report of sales per product.",
         {"bread"}, "product"),
        ("Compare outdoor gear. Every item (tents, stoves, boots) has a price and a weight.",
         {"tent", "stove", "boot"}, "item"),
    ],
)  # fmt: skip
def test_examples_are_no_entities_and_their_sentence_is_about_what_they_are(idea, examples, thing):
    report = scout(idea)
    scores = {entity.key: entity.score for entity in report.entities}
    assert not examples & set(strong(idea))
    assert thing in scores
    assert report.unmapped == ()


def test_what_is_traded_and_has_properties_is_no_example():
    idea = "I sell candles, soaps and mugs. Candles have a scent, a price and a burning time."
    assert "candle" in strong(idea)


def test_a_list_of_things_belongs_to_whoever_has_it_with_its_options_in_plain_words():
    idea = "Each pupil has a list of pieces with status learning, polishing or done."
    assert fields(idea, "piece") == {"status": ("learning", "polishing", "done")}
    found = next(entity for entity in scout(idea).entities if entity.key == "piece")
    assert [reference.to for reference in found.references] == ["pupil"]


@pytest.mark.parametrize(
    ("idea", "options"),
    [
        ("Tickets have a title and a priority low, medium or high.", ("low", "medium", "high")),
        ("A ticket has a status of open or closed.", ("open", "closed")),
        ("A ticket has a status (open, closed).", ("open", "closed")),
        ("A ticket has a status, a priority and a date.", ()),
    ],
)
def test_options_are_read_with_and_without_parentheses(idea, options):
    found = fields(idea, "ticket")
    assert next(found[key] for key in ("priority", "status") if found.get(key) or not options
                if key in found) == options  # fmt: skip


@pytest.mark.parametrize(
    ("idea", "whose"),
    [
        ("A landing page for a plumber with services and testimonials.", "plumber"),
        ("A site for our street with announcements.", "street"),
        ("An internal tool for our warehouse: suppliers and purchase orders.", "warehouse"),
        ("We run a small bakery.", "bakery"),
        ("Customer support for a small telephone company.", "telephone_company"),
        ("Figures for a little ski resort.", "ski_resort"),
        ("A page where people donate to our association.", "association"),
    ],
)
def test_whom_the_app_is_for_is_no_entity(idea, whose):
    assert whose not in strong(idea)


def test_whom_the_app_is_for_is_an_entity_where_it_has_properties():
    idea = "A tool for our warehouse. Each warehouse has a name, an address and a floor area."
    assert "warehouse" in strong(idea)


@pytest.mark.parametrize(
    ("idea", "whose"),
    [
        ("Film club app. Films have a title and a year.", "film_club"),
        ("A neighbourhood library where people lend each other drills.", "neighbourhood"),
    ],
)
def test_an_organisation_before_the_app_is_whose_it_is(idea, whose):
    assert whose not in strong(idea)


def test_a_number_of_things_is_a_number_with_the_things_as_written():
    found = scout("A shift has a date and the number of volunteers needed.").entities[0]
    assert {f.key: f.type for f in found.fields} == {
        "date": "date", "number_of_volunteers": "integer",
    }  # fmt: skip


def test_people_who_are_recorded_are_entities():
    idea = "A food bank. A family has a name, a number of people and a card number."
    assert "family" in strong(idea)


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("# Delivery rounds\n\nDrivers see parcels.\n\nParcels have a weight.", "delivery_round"),
        ("Product brief: the goose post\nGeese are lent.", "product_brief"),
        ("User stories\nAs a baker I want to record loaves.\nLoaves have a price.", "story"),
        ("A letter has a subject and a text.", "subject"),
    ],
)
def test_what_an_idea_calls_itself_its_parts_and_its_letters_is_no_entity(idea, key):
    assert not [each for each in strong(idea) if each.endswith(key)]


@pytest.mark.parametrize(
    ("idea", "roles"),
    [
        ("As the editor I want to put together an issue. As a writer, I want to send articles.",
         {"editor", "author"}),
        ("Holidays get asked for and approved by the coordinator.", {"coordinator"}),
        ("Log each call of a church and assign a tuner.", {"tuner"}),
        ("Reps see their clubs, the sales director sees all.", {"rep", "director"}),
    ],
)  # fmt: skip
def test_who_tells_a_story_approves_or_is_given_work_has_a_role(idea, roles):
    assert {role.key for role in scout(idea).roles} == roles


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("Every mural in town on a map, with the year and a photo.", "mural"),
        ("Boats in a table, with the length and the price.", "boat"),
    ],
)
def test_what_is_shown_on_something_has_the_properties(idea, key):
    assert len(fields(idea, key)) > 1


def test_what_an_app_for_people_lists_is_no_property_of_what_they_make():
    idea = "A network for people who build boats: profile with scale and era, photos of it."
    assert not [e for e in scout(idea).entities if e.key == "boat" and e.fields]


def test_short_forms_are_words_of_their_own():
    assert strong("We'd write newsletters and they'll add hens.") == ["hen", "newsletter"]


def test_what_stands_in_the_plural_before_another_noun_is_a_part_of_its_name():
    assert strong("Add sports halls.") == ["sport_hall"]


@pytest.mark.parametrize("head", ["Offers", "Calls", "Visits"])
def test_what_opens_a_definition_is_a_noun(head):
    assert tagging.tag(f"{head}: date, price, remark")[0].kind == "noun"


@pytest.mark.parametrize(
    "idea",
    [
        "Boats (e.g. dinghies and rafts) have a name.",
        "Boats (for example dinghies and rafts) have a name.",
        "Boats, for instance dinghies and rafts, have a name.",
    ],
)
def test_what_an_idea_only_gives_as_an_example_is_no_entity(idea):
    assert strong(idea) == ["boat"]


def test_what_people_do_again_and_again_is_written_down():
    assert "weighing" in strong("Hedgehogs get a number, and we weigh daily.")


def test_several_boxes_are_things_and_one_may_be_the_app():
    assert strong("Add nest boxes.") == ["nest_box"]
    assert "recipe" in strong("A recipe box.")


def test_what_is_asked_of_questions_in_a_week_is_theirs():
    idea = "Post ten questions a week (title, price, how strong)."
    assert "price" in fields(idea, "question")


@pytest.mark.parametrize(
    ("several", "one"),
    [("midwives", "midwife"), ("loaves", "loaf"), ("caves", "cave"), ("olives", "olive"),
     ("shelves", "shelf"), ("gloves", "glove"), ("lives", "life"), ("archives", "archive")],
)  # fmt: skip
def test_one_of_several_is_called_as_people_call_it(several, one):
    assert names.singular_of(several) == one
    assert tagging.tag(f"We keep old {several}.")[3].lemma == one


@pytest.mark.parametrize(
    ("idea", "kept", "aside"),
    [
        ("Pets such as cats and geese. Visits per pet.", "pet", {"cat", "goose"}),
        ("Owners bring pets, e.g. cats and geese. Pets have a name.", "pet", {"cat", "goose"}),
        ("Members book activities (kayak trips, wine walks).", "activity", {"kayak_trip"}),
        ("Members sort posts into categories: boats, sails.", "post", {"boat", "sail"}),
        ("Add posts with what you need (pumps, ladders).", "post", {"pump", "ladder"}),
        ("Stories are filed under houses, boats and forests.", "story", {"house", "boat"}),
        ("Help with skills like watering plants and painting walls.", "skill", {"plant", "wall"}),
    ],
)
def test_what_something_may_be_is_no_kind_of_its_own(idea, kept, aside):
    assert kept in strong(idea)
    assert not aside.intersection(strong(idea))


@pytest.mark.parametrize(
    "idea",
    [
        "The site has pages such as recipes and menus.",
        "Manage records like recipes and menus.",
        "Pets such as cats. Each cat has a name and a colour. The cats see recipes.",
    ],
)
def test_parts_of_the_app_and_what_is_said_again_are_kinds_of_their_own(idea):
    assert {"recipe", "cat"}.intersection(strong(idea))


def test_a_list_of_people_says_who_they_are():
    idea = "Nurses, bakers and guards are awake at night. They write posts."
    assert not {"nurse", "baker", "guard"}.intersection(strong(idea))
    assert "nurse" in strong("Nurses are kept. Each nurse has a name and a ward.")


def test_who_begins_a_clause_is_not_what_is_done_in_the_one_before():
    assert "driver" not in strong("Shops order bread, and drivers bring the bread.")


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("We lend boats. Patients and visits are not part of this.", "patient"),
        ("We lend boats. Invoices are written elsewhere.", "invoice"),
        ("We lend boats. Invoices are done in Lexware.", "invoice"),
        ("We lend boats. Payments are made in cash and are out of scope.", "payment"),
        ("We lend boats. Not needed: payments, certificates.", "certificate"),
        ("We lend boats. Statistics not needed.", "statistic"),
    ],
)
def test_what_is_said_to_be_no_part_of_it_is_left_out(idea, key):
    assert key not in {entity.key for entity in scout(idea).entities}


@pytest.mark.parametrize(
    "idea",
    [
        "Visits that are not needed can be cancelled.",
        "If visits are not part of the plan, they are marked.",
        "Visits are not included in the price.",
    ],
)
def test_what_is_only_now_and_then_no_part_of_something_is_kept(idea):
    assert "visit" in strong(idea)


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("We run a small ski school.", "ski_school"),
        ("Choirs publish music.", "music"),
        ("40 % stays with the shop.", "stay"),
    ],
)
def test_whose_the_app_is_and_what_there_is_no_second_of_is_no_entity(idea, key):
    assert key not in strong(idea)


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("plant diary pls, w/ a photo of each plant", "pl"),
        ("Women in engineering share jobs.", "woman"),
        ("Grandmas write stories, and so do the grandchildren.", "grandchildren"),
        ("We go there in summer and they see the summer. Add goats.", "summer"),
        ("Authors write columns, each explains a word.", "explain"),
        ("Bookings come in Instagram messages. Add goats.", "instagram_message"),
        ("We rent fields. The system shall not process payments.", "payment"),
    ],
)
def test_short_forms_kin_seasons_and_channels_are_no_entities(idea, key):
    assert key not in strong(idea)


def test_what_is_written_about_is_neither_kept_nor_has_the_properties():
    assert "port" not in strong("A news portal about ports.")
    assert "grafting" not in strong("Ask a question about grafting with a title and a text.")
    assert "title" in fields("Ask a question about grafting with a title and a text.", "question")
    assert "port" in strong("A site about ports. Each port has a name and a depth.")


def test_what_people_are_told_once_is_not_kept():
    assert "confirmation" not in strong("Guests get a confirmation by mail.")
    assert "invitation" in strong("Members write invitations with a date and a place.")


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("Dances with date and price. Nobody pays online, we have a tin.", "payment"),
        ("A church lists pews. Nothing is paid online, they pay in cash.", "payment"),
        ("We save quotes. Online paying we don't need, only we three use it.", "payment"),
        ("Photo albums. Visitors should not have to register.", "auth"),
        ("Exam questions. The system shall not send any e-mail.", "email"),
    ],
)
def test_a_feature_that_nobody_is_to_use_is_excluded(idea, key):
    report = scout(idea)
    assert key in {each.key for each in report.exclusions}
    assert key not in {each.key for each in report.features}


@pytest.mark.parametrize(
    "idea",
    [
        "Customers order cakes and pay online. Nobody pays twice for an order.",
        "Members pay by card. Nobody pays more than five euros for a ticket.",
    ],
)
def test_a_limit_to_a_feature_does_not_exclude_it(idea):
    assert "payment" in {each.key for each in scout(idea).features}
