"""Features, what is not wanted, who may look, the app's name, and what is left over."""

from __future__ import annotations

import pytest

from agents.scout import lexicon, wishes
from agents.scout.scout import BRIEF, scout
from agents.scout.titles import MAX_NAME


def features(idea: str) -> list[str]:
    return [feature.key for feature in scout(idea).features]


def unwanted(idea: str) -> list[str]:
    return [f"{e.kind} {e.key}" for e in scout(idea).exclusions]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Users log in and search recipes.", ["auth", "search"]),
        ("Readers rate recipes and leave comments.", ["comments", "ratings"]),
        ("Send an email when a ticket is closed.", ["email"]),
        ("Pay with PayPal.", ["payment"]),
        ("Track payments by date.", []),
        ("Show everything on a map and in a calendar.", ["map", "calendar"]),
        ("Export the list as CSV or PDF.", ["export"]),
        ("I share recipes with my family.", ["sharing", "share_chosen"]),
        ("Prices are sorted alphabetically.", ["sort"]),
        ("Drag and drop cards on a kanban board.", ["board"]),
        ("Recommend recipes with machine learning.", ["ai"]),
        ("Two-factor codes and password reset.", ["two_factor", "password_reset"]),
        ("A dark mode, offline.", ["offline", "dark_mode"]),
        ("Readers leave friendly comments and give a star rating.", ["comments", "ratings"]),
        ("Members save articles for later and follow other members.", ["favourites", "follow"]),
        ("See who is online and chat in real time.", ["messages", "realtime"]),
        ("I want to get reminded, and subscribe to your news.", ["newsletter", "notifications"]),
        ("Use a promo code at the checkout.", ["cart", "coupons"]),
        ("A bar chart shows the sum of the hours per week.", ["reports"]),
        ("Cards move across a board.", ["board"]),
        ("Invite your colleagues.", ["organisations"]),
        ("Players earn points, with a ranking.", ["leaderboard"]),
        ("Find recipes by ingredient.", ["search"]),
        ("The site is in English and German.", ["i18n"]),
        ("There is a log of changes and an admin panel.", ["admin", "audit"]),
        ("Keep recipes.", []),
    ],
)
def test_features_are_found_by_the_words_for_them(idea, expected):
    assert [key for key in features(idea) if key in expected or not expected] == expected


@pytest.mark.parametrize(
    ("idea", "unasked"),
    [
        ("Pay attention to the plants.", "payment"),
        ("Follow the instructions of a recipe.", "follow"),
        ("My favourite plants.", "favourites"),
        ("Hives are fed with feed.", "follow"),
        ("A tax rate for hives.", "ratings"),
        ("An invoice is draft, sent or paid.", "payment"),
    ],
)
def test_words_that_mean_something_else_ask_for_no_feature(idea, unasked):
    assert unasked not in features(idea)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Every sonnet waits until the abbess lets it through.", "approvals"),
        ("A sonnet is printed only after a reader has vetted it.", "approvals"),
        ("The abbess okays each of them.", "approvals"),
        ("Two friends write too but only I publish.", "approvals"),
        ("As an abbess I see hours and cost per abbey, planned versus real.", "reports"),
        ("I have to see who altered a sonnet, and when.", "audit"),
        ("Sonnets are pushed from one lane to the next.", "board"),
        ("Guests choose a cabin that's still free.", "booking"),
        ("A month planner, please.", "calendar"),
        ("Visitors can purchase sonnets.", "cart"),
        ("Folks write what they feel beneath a sonnet.", "comments"),
        ("A form with which people reach the abbey.", "contact"),
        ("Some have a code for a rebate.", "coupons"),
        ("Important figures on one screen.", "dashboard"),
        ("The poet gets a quick mail.", "email"),
        ("Let them save the sonnets they love.", "favourites"),
        ("I'd see what my friends wrote lately.", "feed"),
        ("Poets become friends.", "follow"),
        ("See who has the most points.", "leaderboard"),
        ("A pin for each abbey.", "map"),
        ("The poet can be asked; readers write to the author.", "messages"),
        ("People hear about new sonnets.", "newsletter"),
        ("Let the owner know when ink runs low.", "notifications"),
        ("Every abbey has it, each with its own data.", "organisations"),
        ("The fee is collected online.", "payment"),
        ("You see a line and click on the right name.", "quiz"),
        ("Readers score the sonnets from one to five stars.", "ratings"),
        ("How many sonnets we wrote this year.", "reports"),
        ("They get a note on their mobile.", "sms"),
        ("Add a scan of the page.", "upload"),
        ("Who insults others has their account closed; we can delete accounts.", "admin"),
        ("Let the computer propose a rhyme.", "ai"),
        ("The abbot gives his consent to each.", "approvals"),
        ("Nothing is printed until the secretary says yes.", "approvals"),
        ("It is handed back with corrections or accepted.", "approvals"),
        ("We must be able to see later by whom it was changed.", "audit"),
        ("Shove a card across when it is done.", "board"),
        ("Monks secure the hall for an evening.", "booking"),
        ("Show it week by week.", "calendar"),
        ("Pilgrims can buy our candles there.", "cart"),
        ("Readers leave a few lines.", "comments"),
        ("Pilgrims leave their number and we call them.", "contact"),
        ("A secret word takes two euros off.", "coupons"),
        ("The first thing I see is what is due.", "dashboard"),
        ("The poet is mailed a copy.", "email"),
        ("Collect the verses that you want to hear again.", "favourites"),
        ("The newest of everybody appears on the start page.", "feed"),
        ("Stay in touch with the poets you like.", "follow"),
        ("A table shows who leads.", "leaderboard"),
        ("Which well is closest?  Find the closest.", "map"),
        ("Reader and poet exchange letters.", "messages"),
        ("Whoever likes stays in the loop by mail.", "newsletter"),
        ("Sound a horn when the ink is low.", "notifications"),
        ("It's a must that I don't miss the date.", "notifications"),
        ("Each company has its own books.", "organisations"),
        ("The fee is taken by card when signing up.", "payment"),
        ("Ask me verses and say if I was wrong.", "quiz"),
        ("Award up to five quills; hearts for each poem.", "ratings"),
        ("How often each was read.", "reports"),
        ("Compare this year with last year.", "reports"),
        ("The monks are texted.", "sms"),
        ("Put the contract in as a pdf.", "upload"),
        ("Each sonnet goes past the bursar.", "approvals"),
        ("It must blink when a lamp is out.", "notifications"),
        ("Readers say how sad it was, one to three quills.", "ratings"),
        ("Poems can be lent from Friday to Sunday if it is free.", "booking"),
        ("Pilgrims may book a night; guests book a bed.", "booking"),
        ("Let me leaf through the weeks.", "calendar"),
        ("What's due should be on the front page.", "dashboard"),
        ("Remember the verses you enjoyed.", "favourites"),
        ("It is clear later who entered a verse.", "audit"),
        ("Sort the wells by how near they are.", "map"),
        ("Who wrote is shown; the top readers are listed.", "leaderboard"),
        ("Questions are marked at once.", "quiz"),
        ("Separate areas for each parish.", "organisations"),
        ("It should propose a rhyme.", "ai"),
    ],
)
def test_a_feature_is_heard_without_its_name(said, asked):
    assert asked in features(f"Keep sonnets. {said}")


@pytest.mark.parametrize(
    ("idea", "unasked"),
    [
        ("We check the boats before the season.", "approvals"),
        ("Two benches stand near the river.", "map"),
        ("Name, street and e-mail of each monk.", "email"),
        ("Text, picture, author.", "sms"),
        ("You guess and it tells if the rhyme is right.", "notifications"),
        ("Remarks and date.", "comments"),
        ("Choose one of three sizes.", "quiz"),
        ("The red flag is up in a storm.", "notifications"),
        ("Who edits the magazine is a member.", "audit"),
        ("Monks buy flour from the mill.", "cart"),
        ("Read it, sign it; it is public.", "approvals"),
        ("The poem is released.", "approvals"),
        ("We throw out old ink.", "admin"),
        ("Compare pens side by side.", "board"),
        ("A pen, and who gave it to me.", "audit"),
        ("From Monday to Friday.", "reports"),
        ("Three tries, then they must ring us.", "notifications"),
        ("Points for the best verse.", "ratings"),
        ("Who plays the organ is known.", "audit"),
        ("Columns of the temple.", "board"),
        ("They take the bus.", "booking"),
        ("A wet week.", "calendar"),
        ("Monks order books in town.", "cart"),
        ("Write down the weight.", "comments"),
        ("Each has a code and a room.", "coupons"),
        ("The front page of the paper.", "dashboard"),
        ("Mark the sheep in spring.", "favourites"),
        ("Newest ink first.", "feed"),
        ("A friend told me of it.", "follow"),
        ("Best before May.", "leaderboard"),
        ("How far we are with each.", "map"),
        ("Talk on Mondays.", "messages"),
        ("Let the dough rest.", "notifications"),
        ("Each monk has a bowl.", "organisations"),
        ("Paid in cash at the gate.", "payment"),
        ("A test of the pump.", "quiz"),
        ("Mood from 1 to 5, since five o'clock.", "ratings"),
        ("Length and year.", "reports"),
        ("We picture a simple page.", "upload"),
    ],
)
def test_the_same_words_about_something_else_ask_for_nothing(idea, unasked):
    assert unasked not in features(idea)


def test_what_the_app_does_not_do_is_not_asked_for():
    assert "cart" in features("We sell honey online.")
    assert "cart" not in features("We do not sell honey online.")
    assert "cart" in features("We do not sell honey online before May.")
    assert "cart" not in features("There is nothing to buy in the app.")


def test_a_gap_in_a_phrase_does_not_reach_over_a_mark():
    assert "map" in features("Show where each well is.")
    assert "map" not in features("Show where each well, spring is.")


def test_what_is_never_there_twice_is_not_excluded():
    assert unwanted("No car and no teacher twice at the same time.") == []
    assert unwanted("No car.") == ["entity car"]


def test_what_is_excluded_is_asked_for_nowhere_else():
    report = scout("Keep recipes. Readers comment on them. On second thought, no comments.")
    assert [(e.kind, e.key) for e in report.exclusions] == [("feature", "comments")]
    assert "comments" not in {feature.key for feature in report.features}


@pytest.mark.parametrize(
    ("key", "phrase"),
    [(key, feature.phrases[0]) for key, feature in lexicon.features().items()],
    ids=lexicon.features(),
)
def test_every_feature_can_be_asked_for(key, phrase):
    word = phrase.removesuffix("/verb").removesuffix("*")
    asked = f"Users {word} recipes." if phrase.endswith("/verb") else f"We need {word} here."
    assert key in features(asked)


def test_a_feature_has_its_words_and_sentences():
    (search,) = scout("Search recipes. It is nice. They are searchable.").features
    assert (search.title, search.words, search.sentences) == (
        "search", ("search", "searchable"), (1, 3),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("A journal without login.", ["feature auth"]),
        ("No comments and no ratings, please.", ["feature comments", "feature ratings"]),
        ("A shop without coupons.", ["feature coupons"]),
        ("A shop without saddles.", ["entity saddle"]),
        ("We don't need payment or coupons.", ["feature payment", "feature coupons"]),
        ("I do not want a map but a calendar.", ["feature map"]),
        ("There is no longer a map, no more than 3 cards.", []),
        ("Reserve rooms without two bookings at one time.", []),
        ("Keep recipes.", []),
    ],
)
def test_what_is_not_wanted_is_told(idea, expected):
    assert unwanted(idea) == expected


def test_what_is_not_wanted_is_not_asked_for():
    report = scout("Recipes without comments and coupons.")
    assert report.features == ()
    assert [entity.key for entity in report.entities] == ["recipe"]


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("Anyone can see the recipes.", True),
        ("Visitors may also browse events.", True),
        ("The list is public.", True),
        ("It works without an account.", True),
        ("Open to everyone.", True),
        ("Nothing is public.", False),
        ("It is not really public.", False),
        ("Plan trips by public transport.", False),
        ("Only members can see the recipes.", False),
        ("Anyone can add recipes.", False),
    ],
)
def test_an_app_is_public_when_it_says_so(text, public):
    assert wishes.is_public(text) is public


@pytest.mark.parametrize(
    ("idea", "name"),
    [
        ('An app called "Anna\'s Kitchen" for recipes.', "Anna's Kitchen"),
        ("An app called 'Anna's Kitchen' for recipes.", "Anna's Kitchen"),
        ("An app called Anna's Kitchen for recipes.", "Anna's Kitchen"),
        ("An app called “Bob’s Books”.", "Bob’s Books"),
        ("Recipes. Please name it Pantry.", "Pantry"),
        ('A shopping list called "Groceries" for us.', "Groceries"),
        ('Keep recipes. Add a page called "About us".', "Recipes"),
        ("A tool named pantry for recipes.", "Pantry"),
        ("«Brot» is a site for bakers.", "Brot"),
        ("A recipe box.", "Recipe Box"),
        ("An app for my houseplants.", "Houseplant App"),
        ("A helpdesk with a status called “Open”.", "Helpdesk"),
        ("Members reserve squash courts by the hour.", "Squash Court Booking"),
        ("A neighbourhood seed library: people lend seeds.", "Neighbourhood Seed Library"),
        ("Poetry circle app. We vote on which poem to read.", "Poetry Circle"),
        ("# Harvest roster\n## Goals\n- Farms post shifts.", "Harvest Roster"),
        ("A site for our valley: news and an event calendar.", "Valley Site"),
        ("An internal tool for our brewery: scan barrels.", "Brewery"),
        ("Landing page for a carpenter with services. No login.", "Carpenter"),
        ("App to log my blood pressure each morning.", "Blood Pressure Log"),
        ("Help desk for a fire brigade. Staff open tickets.", "Help Desk"),
        ("Meal planner: plan dinners for a week.", "Meal Planner"),
        ("A CRM for a small orchard. We track contacts.", "Orchard CRM"),
        ("We run a small brewery. Customers order beer online.", "Brewery Shop"),
        ("A forum for beekeepers.", "Beekeeper Forum"),
        ("Please.", "My App"),
        ('An app called "<script>alert(1)</script>".', "Script alert 1 script"),
    ],
)
def test_an_app_has_the_name_that_it_is_given_or_one_of_its_words(idea, name):
    assert scout(idea).name == name


def test_a_long_name_is_cut():
    assert len(scout(f'An app called "{"Wide " * 11}".').name) <= MAX_NAME


def test_a_name_asked_for_is_used_when_the_idea_has_none():
    assert scout("Keep recipes.", "family-table").name == "Family Table"
    assert scout("A box called Pantry.", "family-table").name == "Pantry"


def test_words_of_the_name_mean_nothing_else():
    report = scout('An app called "Ticket Shop" for my recipes.')
    assert report.ranking[0].key == "recipes"
    assert report.name_sentences == (1,)
    assert "ticket" not in {word for entity in report.entities for word in entity.words}


def test_a_few_words_leave_the_rest_to_the_pattern():
    assert scout(" ".join(["recipe"] * BRIEF)).brief
    assert not scout(" ".join(["recipe"] * (BRIEF + 1))).brief


def test_a_sentence_that_gives_nothing_is_unmapped():
    report = scout("Keep recipes. It should be lovely. Please hurry up. Users log in.")
    assert [s.text for s in report.sentences if s.number in report.unmapped] == [
        "It should be lovely.", "Please hurry up.",
    ]  # fmt: skip


def test_an_idea_of_no_known_kind_says_so():
    report = scout("Track meteorites.")
    assert report.patterns == ()
    assert "No pattern" in report.notes[0]
    assert scout("Keep recipes.").notes == ()


@pytest.mark.parametrize(
    "sentence",
    ["Only I can see it.", "It is just for me.", "Everything stays private.", "Private.",
     "Nobody else can see my notes.", "Keep it private.", "My entries are private."],
)  # fmt: skip
def test_a_sentence_can_keep_everything_to_oneself(sentence):
    report = scout(f"An app to log my blood pressure. {sentence}")
    assert report.private == (2,)
    assert report.unmapped == ()


@pytest.mark.parametrize(
    "sentence",
    ["Members send private messages.", "Private lessons cost more.", "Only members can post.",
     "Nobody else is needed.", "Only the import is slow."],
)  # fmt: skip
def test_other_private_things_do_not(sentence):
    assert scout(f"An app to log my blood pressure. {sentence}").private == ()


@pytest.mark.parametrize(
    "line",
    ["## Goals", "## Look", "Rules:", "Overview", "We run a small bakery.", "I'm a plumber.",
     "Hello,", "Many thanks, Ines"],
)  # fmt: skip
def test_a_line_that_asks_for_nothing_is_context(line):
    report = scout(f"Members share recipes.\n\n{line}\n\nRecipes have a photo.")
    assert (report.context, report.unmapped) == ((2,), ())


@pytest.mark.parametrize("line", ["Sing loudly", "We run backwards and want to fly."])
def test_a_line_that_asks_for_what_nobody_understands_is_not(line):
    report = scout(f"Members share recipes.\n\n{line}\n\nRecipes have a photo.")
    assert (report.context, report.unmapped) == ((), (2,))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Staff plan.\n* shifts: room, from, to\n* swaps: no, not wanted, only the head plans",
         "swap"),
        ("Staff plan.\n* shifts: room\n* payslips: we have another program for this, leave it out",
         "payslip"),
        ("Pottery shop. Chat: no. Reviews: no, thank you.", "messages"),
        ("Pottery shop.\n- cart: yes\n- coupons: none\n- wishlist: not now", "coupons"),
        ("A club app.\n- members with name\n- payments: not needed, the bank does that", "payment"),
        ("A club app.\nInvoices - leave them out, the treasurer has a tool.", "invoice"),
        ("Track my bees. Sales: out of scope.", "sale"),
        ("Dog school with courses.\n- Chat: skip it\n- Forum: please not", "forum"),
        ("Parish. Donations: we use another tool for that.", "donation"),
        ("A choir. Forum: not in the first version.", "forum"),
        ("Pottery shop. A newsletter? No.", "newsletter"),
        ("We lend tools. Reservations? Not yet. Just lending.", "booking"),
        ("A choir. Chat is done by phone, no need to build it.", "messages"),
    ],
)  # fmt: skip
def test_a_line_may_end_what_it_begins_with(text, key):
    assert key in {each.key for each in scout(text).exclusions}


@pytest.mark.parametrize(
    "text",
    ["Recipes. Each recipe: name, vegan (yes/no), discount: none, 10 %, 20 %.",
     "Guests. Answer: yes, no or maybe.", "Discounts: no more than 10 %.",
     "Loans: not longer than 3 weeks.", "Bookings: nobody in two rooms at the same time.",
     "Members: no limit.", "Tickets: none sold twice.", "Orders: not paid, paid, sent.",
     "Chess games: no result until both confirm.", "A poll: no, yes, abstain.",
     "Prices: none shown to guests.", "Shifts: leave the swap to us.", "Payment: not later.",
     "Who comes? No one knows."],
)  # fmt: skip
def test_what_a_line_says_of_its_thing_does_not_end_it(text):
    assert scout(text).exclusions == ()
