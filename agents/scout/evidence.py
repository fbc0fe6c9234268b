"""What the words around a noun phrase say for or against its being a kind of record. Pure.

The score of a noun is `BASE` and the weights of all that speaks for it and against it; from
3.0 it is rather a kind of record of its own. The weights are near those of a logistic regression
over the ideas in tests/ideas/open, which `python -m tests.bench.weights` repeats; what is too
rare there to learn from (`defined`, `taken`, `audience`, `house`, `means`, `property`, `lone`,
`example`) is set by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agents.scout import implied, lexicon, mentions
from agents.scout.known import Known
from agents.scout.lists import field_type
from agents.scout.openings import begins_line, is_met_for
from agents.scout.reading import Chunk, Deed, Reading

BASE = 1.8
"""The score of a noun that is said once, with nothing that tells what it is."""
WEIGHTS = {
    "mention": 0.0,
    "plural": 1.2,  # there are several
    "handled": 1.4,  # somebody makes, changes or removes it
    "seen": 0.4,  # somebody looks at it
    "acted": 0.2,  # somebody does anything else to it
    "about": 0.1,  # "an app for my plants"
    "listed": 0.4,  # among the contents of the app
    "owner": 0.3,  # it has properties
    "defined": 1.0,  # "Fuel: litres, price"
    "part": 1.1,  # something is made of it
    "group": 1.2,  # something is sorted by it
    "each": 0.8,  # it is said one by one: "per plot"
    "one": 0.4,  # "a plot"
    "held": 1.2,  # "my cactus collection", "course dates"
    "of": 0.6,  # "a list of plots"
    "told": 1.4,  # "note what I sow"
    "chosen": 0.8,  # somebody picks one
    "taken": 3.0,  # a size that somebody takes at set times
    "record": 1.8,  # by its meaning it is written down
    "thing": 1.1,  # by its meaning there is one beside the other
    "catalogued": 0.6,  # a pattern knows it
    "person": 0.3,  # somebody with a role
    "place": -0.4,  # "in the garden"
    "audience": -0.8,  # "for gardeners"
    "subject": -0.4,  # it does something itself
    "compound": -0.2,  # its name has several words
    "house": -0.4,  # whose app it may be: "our bakery"
    "whose": -1.3,  # whose app it is, as an idea begins: "for a small farm"
    "news": -2.0,  # what one is told, once: "they get a confirmation"
    "theme": -1.3,  # what one writes or asks about: "a blog about ferries"
    "heading": -2.0,  # it stands in headings only
    "property": -1.0,  # it is named like a field
    "measure": -0.7,  # by its meaning it is a size
    "stuff": -0.5,  # by its meaning there is no first and second of it
    "idea": -0.9,  # by its meaning nobody keeps it
    "bare": -0.8,  # said once, as one does of "loss": not of several, and nothing told of it
    "means": -2.0,  # what people keep their notes in now: "in a notebook"
    "crowd": -1.6,  # one of several kinds of people: "nurses, guards and bakers"
    "lone": -1.4,  # "a nail", and nothing else of it
    "example": -1.6,  # it only says what something else may be
}
"""What each reason adds, once for every noun."""
_PLACING = frozenset({"in", "at", "from", "onto", "into", "through", "near", "around", "inside"})
_KEPT_IN = frozenset({"in", "on", "from", "into", "onto", "of", "with", "by"})
_TELLING = frozenset(
    {"plural", "one", "each", "held", "handled", "seen", "about", "listed", "owner", "defined",
     "part", "group", "told", "taken", "again"}
)  # fmt: skip
"""Reasons without any of which a noun is bare."""
_CHOOSING = frozenset({"choose", "pick", "select"})
_COUNTING = frozenset(
    {"number", "amount", "count", "rest", "sum", "total", "maximum", "date", "day", "place", "time",
     "year"}
)  # fmt: skip
"""“The year of harvest” is a property, “the number of eggs” a size."""
_SAID = frozenset({
    "advice", "article", "blog", "board", "book", "club", "column", "comic", "community", "course",
    "discussion", "exam", "forum", "game", "group", "guide", "journal", "lesson", "magazine",
    "message", "network", "news", "newsletter", "newspaper", "page", "podcast", "portal", "post",
    "question", "quiz", "site", "story", "talk", "test", "text", "topic", "tutorial",
    "video", "website", "wiki", "workshop", "zine",
})  # fmt: skip
"""What is about something."""
_GETTING = frozenset({"get", "need", "receive", "send", "want"})
_NEWS = frozenset({
    "confirmation", "feed", "invitation", "mail", "message", "newsletter", "notice",
    "notification", "overview", "ranking", "receipt", "reminder", "summary", "update", "warning",
})  # fmt: skip
"""What an app tells people, rather than keeps."""
_SELLING = frozenset({"buy", "deliver", "offer", "order", "sell", "ship", "stock", "store"})
_RUNNING = frozenset({"direct", "found", "head", "lead", "manage", "operate", "own", "run"})
"""What people do to whatever the app is for."""
_BEING = frozenset({"be", "contain", "have", "include"})
_ONE = frozenset({"a", "an", "our", "my", "the"})
_LIKE = frozenset({"VVN", "VVD", "VVG"})
"""Verbs that tell what something is like: "lost things", "things to be mended"."""
_LONGEST_TITLE = 10
"""Words and marks."""
_FEWEST = 3
"""Lines of the shortest idea that has titles."""
_IN_A_ROW = frozenset({"last", "latest", "newest", "next", "previous"})
_REGISTERS = frozenset({
    "archive", "catalog", "catalogue", "collection", "database", "diary", "directory",
    "inventory", "journal", "log", "logbook", "map", "record", "register", "registry",
})  # fmt: skip
"""What an idea begins with to say of what there is one beside the other: "log of seizures"."""
_ONE_BY_ONE = frozenset({"each", "every", "per"})


def around(
    reading: Reading, chunk: Chunk, words: tuple[str, ...], deed: Deed | None, known: Known
) -> Iterator[str]:
    """The reasons that a noun phrase gives where it stands, by their names in `WEIGHTS`.

    `words` are those of the entity that the phrase names.
    """
    position = _before(reading, chunk)
    before = reading.text(position)
    each = _is_each(reading, chunk, position)
    yield from _counted(reading, chunk, words, known, each=each)
    if before == "of" and reading.text(position - 1) not in _COUNTING:
        yield "of"
        whole = reading.ending_at(position)
        opens = whole is not None and whole.start <= 1 and whole.head in _REGISTERS
        if opens and not {reading.text(chunk.start - 1), reading.text(chunk.start)} & _ONE:
            yield "held"
    if begins_line(reading, chunk):
        yield "listed"
    if is_met_for(reading, chunk, position):
        yield "held"
    yield from _led_to(reading, chunk, words, position)
    if reading.text(chunk.start - 1) in {"a", "an"} or reading.text(chunk.start) in {"a", "an"}:
        yield "one"
    yield from _done(deed, chunk)
    if _acts(reading, chunk) and not _is_crowd(chunk, words):
        yield "subject"
    if not chunk.plural:
        yield from _of_one(chunk, words, known, each=each)
        yield from _told(words, known, deed)
    kept_in = before in _KEPT_IN and not (before == "of" and _shows(reading, position))
    if kept_in and known.entity(words) is None and _is_means(chunk.words):
        yield "means"
    yield from _meaning(words, known)


def _counted(
    reading: Reading, chunk: Chunk, words: tuple[str, ...], known: Known, *, each: bool
) -> Iterator[str]:
    """“For each bride: measures”, “one review per reviewer”."""
    if each:
        yield "each"
        if implied.has_card(reading, chunk):
            yield "held"
    if _is_asked(reading, chunk) or (
        reading.text(chunk.end - len(chunk.words) - 1) in _IN_A_ROW
        and words[-1] in lexicon.noun_classes().records
    ):
        yield "one"
    dated = words[-1] in implied.DAYS | {"date"} and "_".join(words) in known.spoken
    holds = chunk.head in mentions.HOLDING and chunk.head != words[-1]
    if dated or holds or implied.is_opening(reading, chunk, words):
        yield "held"
    if each and reading.text(chunk.end) in {":", "has"}:
        yield "defined"
    if reading.text(chunk.end) == "per" and field_type(chunk.words) is None:
        yield "part"


def _is_crowd(chunk: Chunk, words: tuple[str, ...]) -> bool:
    """“Schools request a tour”: several of those whose app it might be are whom it is for."""
    return chunk.plural and words[-1] in lexicon.words().nouns.organisations


def _is_each(reading: Reading, chunk: Chunk, position: int) -> bool:
    """“Per plot”, “every new plot”, “which plot”."""
    said = {reading.text(i) for i in range(max(position, 0), chunk.end - 1)}
    return _is_asked(reading, chunk) or not _ONE_BY_ONE.isdisjoint(said)


def _is_asked(reading: Reading, chunk: Chunk) -> bool:
    """“Nobody knows which plot it was”: one of several."""
    return reading.text(chunk.start - 1) == "which" and not chunk.plural


def _done(deed: Deed | None, chunk: Chunk) -> Iterator[str]:
    """What is done to a noun besides making, changing and removing it."""
    if len(chunk.words) == 1 and not _is_sold(deed) and _is_stuff(chunk.head):
        yield "stuff"
    if deed is None:
        return
    if deed.pronoun in {"i", "we"} and not chunk.plural and _RUNNING.intersection(deed.verbs):
        yield "whose"
    if (deed.actor or deed.pronoun) and not mentions.handled(deed):
        yield "acted"
    if _CHOOSING.intersection(deed.verbs):
        yield "chosen"


def _is_sold(deed: Deed | None) -> bool:
    """Whether there is a price on it, so that there are kinds of it: “sell honey”."""
    return deed is not None and not _SELLING.isdisjoint(deed.verbs)


def _is_stuff(word: str) -> bool:
    return word in lexicon.noun_classes().stuff


def _of_one(chunk: Chunk, words: tuple[str, ...], known: Known, *, each: bool) -> Iterator[str]:
    """What speaks against a noun in the singular."""
    head = words[-1]
    thing = head in known.spoken & lexicon.words().nouns.compound
    thing |= len(words) > 1 and "_".join(words) in known.spoken
    if field_type(chunk.words) and not thing and known.here.get("_".join(words)) is None:
        yield "property"
    if head in lexicon.words().nouns.organisations and not each:
        yield "house"


def _told(words: tuple[str, ...], known: Known, deed: Deed | None) -> Iterator[str]:
    """“They get a confirmation”: what people hear of something else."""
    got = deed is not None and not _GETTING.isdisjoint(deed.verbs)
    if got and words[-1] in _NEWS and known.entity(words) is None:
        yield "news"


def _shows(reading: Reading, position: int) -> bool:
    """Whether what ends before a position holds several of something: "a catalogue of doors"."""
    whole = reading.ending_at(position)
    nouns = lexicon.words().nouns
    return whole is not None and whole.head in nouns.heads | nouns.apps


def _tells(reading: Reading, position: int) -> bool:
    """Whether what ends before a position is written or said."""
    said = reading.ending_at(position)
    return said is not None and said.head in _SAID


def _led_to(reading: Reading, chunk: Chunk, words: tuple[str, ...], position: int) -> Iterator[str]:
    """What speaks against a noun because of the preposition in front of it."""
    before = reading.text(position)
    if before == "about" and _tells(reading, position):
        yield "theme"
    if before == "for" and words[-1] in lexicon.words().people.roles:
        yield "audience"
    held = chunk.head != words[-1]
    if before == "for" and not chunk.plural and not held and _is_whose(reading, position):
        yield "whose"
    if before in _PLACING and not chunk.plural:
        yield "place"


def _is_whose(reading: Reading, position: int) -> bool:
    """“Stock keeping for a farm”: in the first sentence or in a title, one that is not new."""
    first = reading.number <= 1 or is_title(reading)
    return first and reading.text(position + 1) in _ONE


def is_title(reading: Reading) -> bool:
    """Whether a line names something and says nothing of it: "Delivery notes", "# Contacts"."""
    marks = {token.text for token in reading.tokens} & set(".,;!?()")
    says = any(t.kind in {"verb", "modal"} and t.tag not in _LIKE for t in reading.tokens)
    begins = bool(reading.tokens) and reading.tokens[0].text[:1].isupper()
    return begins and not marks and not says and len(reading.tokens) <= _LONGEST_TITLE


def is_bare(reasons: Mapping[str, float]) -> bool:
    """Whether so little speaks for a noun that it may just have been said in passing."""
    return "mention" in reasons and _TELLING.isdisjoint(reasons)


def titles(readings: Sequence[Reading]) -> set[int]:
    """The numbers of the sentences that are titles; a line or two may be the whole idea."""
    return {r.number for r in readings if len(readings) >= _FEWEST and is_title(r)}


def _is_means(words: tuple[str, ...]) -> bool:
    means = lexicon.noun_classes().means
    return words[-1] in means or " ".join(words[-2:]) in means


def _acts(reading: Reading, chunk: Chunk) -> bool:
    after = reading.tokens[chunk.end] if chunk.end < len(reading.tokens) else None
    return after is not None and after.kind in {"verb", "modal"} and after.lemma not in _BEING


def _meaning(words: tuple[str, ...], known: Known) -> Iterator[str]:
    """What the head of the name stands for."""
    classes, people = lexicon.noun_classes(), lexicon.words().people
    for name, heads in (
        ("record", classes.records), ("thing", classes.things), ("measure", classes.measures),
        ("idea", classes.ideas), ("person", people.roles),
    ):  # fmt: skip
        if words[-1] in heads or " ".join(words[-2:]) in heads:
            yield name
    if words[-1] in known.elsewhere:
        yield "catalogued"
    if len(words) > 1:
        yield "compound"


def _before(reading: Reading, chunk: Chunk) -> int:
    """The position of the word in front of a phrase, over its articles and numbers."""
    i = chunk.start - 1
    while i >= 0 and reading.tokens[i].kind in {"determiner", "number", "other", "adjective"}:
        i -= 1
    return i
