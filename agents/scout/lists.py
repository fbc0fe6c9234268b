"""Lists in a sentence: the nouns of an enumeration, or the short pieces of a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise

from msgspec import Struct

from agents.scout import lexicon, options
from agents.scout.asked import YES_NO, answered, asked_type, phrase_of, question_end
from agents.scout.reading import JOINING, Chunk, Reading
from agents.scout.scales import scale_behind, scaled
from agents.scout.tokens import Token
from contracts.model import FieldType

MOST_ITEMS = 20
"""Items of a list that are read as one; no form shows as many."""

DATED = 2
_SHORT_TAIL = 2
"""Words of a description that cannot be a clause: "in metres", "near it"."""
_LONGEST_TAIL = 7
"""Words of the longest description behind an item of a list."""
SEVERAL = frozenset({
    "list", "collection", "set", "series", "couple", "range", "selection", "lot", "gallery",
    "variety", "log", "history",
})  # fmt: skip
"""What there are several things of: "a list of pieces" is pieces."""
BETWEEN = frozenset({"determiner", "number", "possessive"})


class Attribute(Struct, frozen=True):
    """An item that the sentence puts beside `owner` (None: beside the app as a whole).

    `how`: `has` for a list of properties, `sorted` and `grouped` for "by", `belongs` for what
    it is a part of, `child` for what is a part of it.
    """

    owner: Chunk | None
    item: Chunk
    phrase: tuple[str, ...]
    how: str
    options: tuple[str, ...] = ()
    end: int = 0
    sure: bool = False
    """Whether it is a field whatever the word means elsewhere."""
    instead: Chunk | None = None
    """Whose it is where no record of the owner's name is kept."""
    scale: tuple[int, ...] = ()
    """The least and the greatest number of the scale that it is told on, if any."""


def items(reading: Reading, position: int) -> Iterator[Attribute]:
    """The nouns of the list that begins at a position; `date of birth` is one item."""
    return islice(_items(reading, position), MOST_ITEMS)


def _items(reading: Reading, position: int) -> Iterator[Attribute]:
    i, first, counted = position, True, False
    while i < len(reading.tokens):
        chunk = reading.starting_at(i)
        asked = None if first and not _opens(reading, i) else _asked(reading, i)
        if asked is not None:
            yield asked
            i, first = asked.end, False
        elif chunk is not None and chunk.head == "other":
            return
        elif chunk is not None:
            found = _item(reading, chunk)
            if counted and chunk.plural and reading.text(i - 1) in JOINING:
                phrase = ("number", "of", reading.text(chunk.end - 1))
                found = Attribute(None, chunk, phrase, "item", (), chunk.end)
            counted = found.phrase[:2] == ("number", "of")
            yield found
            i, first = _beyond(reading, found.end), False
        elif _joins(reading, i):
            i += 1
        else:
            return


_OPENING = frozenset({"which", "whether", "when", "where", "how"})


def _opens(reading: Reading, i: int) -> bool:
    """Whether a list begins with a question: "with which boat, how many people and a date"."""
    end = question_end(reading, i)
    return reading.text(i) in _OPENING and end > i and reading.text(end) in JOINING


def _joins(reading: Reading, i: int) -> bool:
    """Whether a list goes on over the word."""
    joins = reading.text(i) in JOINING or reading.tokens[i].kind in BETWEEN
    return joins or reading.text(i) in {"as", "well", "also", "optional", "optionally"}


def _asked(reading: Reading, i: int) -> Attribute | None:
    """An item that is a question, is answered by yes or no, or says what becomes of the thing."""
    end, told = question_end(reading, i), tuple[str, ...]()
    phrase = phrase_of(reading, i, end) if end > i else ()
    if not phrase and (shared := _shared(reading, i)) is not None:
        phrase, end = (reading.text(i), shared.phrase[-1]), i + 1
    elif not phrase and answered(reading, i + 1) > i + 1:
        end = answered(reading, i + 1)
        phrase = ("whether", reading.text(i)) if reading.tokens[i].kind in _DESCRIPTIVE else ()
    elif not phrase and reading.tokens[i].tag in _STATE:
        told, end = options.spoken(reading, i)
        phrase = ("status",) if told else ()
    item = Chunk(i, end, phrase, phrase)
    if not phrase:
        return None
    behind, scale = scale_behind(reading, end)
    scale = scale or scaled(reading, end)[1]
    if reading.text(end) == "(" and not scale:
        listed, behind = parenthesis(reading, end)
        told = told or (listed if reading.text(i) == "which" else ())
    return Attribute(None, item, phrase, "item", told, max(end, behind), scale=scale)


_DESCRIPTIVE = frozenset({"adjective", "verb"})
_STATE = frozenset({"VVN", "VVD"})


def _shared(reading: Reading, i: int) -> Chunk | None:
    """The noun of "the first and the last day", where only the last has it."""
    if reading.tokens[i].kind != "adjective" or reading.text(i + 1) not in {"and", "or"}:
        return None
    after = reading.starting_at(_over_article(reading, i + 2))
    described = after is not None and reading.tokens[after.start].kind == "adjective"
    return after if described else None


def _item(reading: Reading, chunk: Chunk) -> Attribute:
    """The item that begins with a noun phrase."""
    phrase, i = chunk.phrase, chunk.end
    rest = reading.starting_at(_over_article(reading, i + 1)) if reading.text(i) == "of" else None
    if rest is not None and rest.plural and chunk.head in SEVERAL:
        chunk, phrase, i = rest, rest.phrase, rest.end
    elif rest is not None and (
        field_type((*phrase, "of", *rest.phrase)) or chunk.head in {"date", "number", "name"}
    ):
        counted = reading.text(rest.end - 1) if chunk.head == "number" else rest.phrase[-1]
        phrase, i = (*phrase, "of", *rest.phrase[:-1], counted), rest.end
    if (end := answered(reading, i)) > i:
        return Attribute(None, chunk, ("whether", *phrase), "item", (), end)
    if (scale := scale_behind(reading, i))[1]:
        return Attribute(None, chunk, phrase, "item", (), scale[0], scale=scale[1])
    told: tuple[str, ...] = ()
    if reading.text(i) == "such" and not chunk.plural:
        told, end = options.spoken(reading, i + 2)
        i = end if told else i
    elif reading.text(i) == "(":
        told, i = parenthesis(reading, i)
        if told == YES_NO:
            return Attribute(None, chunk, ("whether", *phrase), "item", (), i)
    else:
        named, told, end = _alternatives(reading, chunk)
        phrase, i = (named, end) if told else (phrase, i)
    return Attribute(None, chunk, phrase, "item", told, i)


def _over_article(reading: Reading, i: int) -> int:
    return i + 1 if reading.text(i) in {"the", "a", "an"} else i


_DESCRIBING = frozenset(
    {"where", "that", "which", "who", "when", "in", "on", "from", "between", "at", "it", "they",
     "per", "near"}
)  # fmt: skip


def _beyond(reading: Reading, i: int) -> int:
    """Where the list goes on behind what describes an item: "the site where it grew, a date"."""
    if reading.text(i) not in _DESCRIBING:
        return i
    end = i
    while end < len(reading.tokens) and reading.text(end) not in JOINING:
        if reading.tokens[end].kind == "mark" or end - i > _LONGEST_TAIL:
            return i
        end += 1
    after = end
    while after < len(reading.tokens) and _joins(reading, after):
        after += 1
    chunk = reading.starting_at(after)
    if chunk is None or after == end:
        return end if question_end(reading, after) > after else i
    short = end - i <= _SHORT_TAIL and reading.text(end) == ","
    if field_type(chunk.phrase) is None and not short and not _alike(reading, i, chunk):
        return i
    follows = reading.tokens[chunk.end] if chunk.end < len(reading.tokens) else None
    return i if follows is not None and follows.kind in {"verb", "modal"} else end


def _alike(reading: Reading, i: int, after: Chunk) -> bool:
    """Whether a noun behind a description is listed as what it describes: "a slot, a genre"."""
    before = reading.ending_at(i)
    closes = reading.text(after.end) in {*JOINING, ".", ";", ")", ""}
    articles = {"a", "an", "the"}
    return (
        closes
        and before is not None
        and ({reading.text(before.start - 1), reading.text(after.start - 1)} <= articles)
    )


def _alternatives(reading: Reading, chunk: Chunk) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """“Status learning, polishing or done”: the field, its options, and where they end."""
    words = [reading.tokens[k].lemma for k in range(chunk.start, chunk.end)]
    at = next((k for k, word in enumerate(words) if field_type((word,)) == "enum"), None)
    if at is None:
        return (), (), chunk.end
    found, end = options.spoken(reading, chunk.start + at + 1)
    return tuple(words[: at + 1]), found, end


def parenthesis(reading: Reading, i: int) -> tuple[tuple[str, ...], int]:
    """The words in parentheses as options, and the position after them."""
    parts: list[list[str]] = [[]]
    for k in range(i + 1, len(reading.tokens)):
        word = reading.text(k)
        if word == ")":
            found = tuple(" ".join(p)[:60] for p in parts if p)
            return (found if len(found) > 1 else ()), k + 1
        if word == "(":
            break
        if word in JOINING:
            parts.append([])
        else:
            parts[-1].append(word)
    return (), i + 1


@lru_cache(maxsize=1)
def _types() -> tuple[dict[str, FieldType], dict[str, FieldType]]:
    table = lexicon.field_words()
    phrases: dict[str, FieldType] = {
        phrase: kind for kind, found in table.phrases.items() for phrase in found
    }
    words: dict[str, FieldType] = {
        word: kind for kind, found in table.words.items() for word in found
    }
    return phrases, words


def _moment(phrase: tuple[str, ...], words: Mapping[str, FieldType]) -> FieldType | None:
    """“Sold on”, “starts at”, “last check”, where the check has no other type."""
    if phrase[1] in {"on", "at"}:
        return "date" if phrase[1] == "on" else "datetime"
    return "date" if phrase[0] in {"last", "next"} and phrase[1] not in words else None


@lru_cache(maxsize=8192)
def field_type(phrase: tuple[str, ...]) -> FieldType | None:
    """The type that a field's name tells, None when it tells nothing."""
    if (asked := asked_type(phrase)) is not None:
        return asked
    phrases, words = _types()
    text = " ".join(phrase)
    for start in range(len(phrase)):
        if (known := phrases.get(" ".join(phrase[start:]))) is not None:
            return known
    # "Came back on" is dated like "came on".
    dated = (phrase[0], phrase[-1]) if phrase[1:2] in {("back",), ("out",), ("off",)} else phrase
    if len(dated) == DATED and (moment := _moment(dated, words)) is not None:
        return moment
    if {("number", "of"), ("count", "of")} & {phrase[:2], phrase[1:3]}:
        return "integer"
    if len(phrase) > 1 and phrase[-1] == "time" and phrase[-2].endswith("ing"):
        return "duration"
    first = words.get(text.partition(" ")[0]) if "of" in phrase[1:2] else None
    found = first or words.get(text) or words.get(text.rpartition(" ")[2])
    # The content of an article is a text, the iron content is none; a keycap set is no number.
    other = found == "markdown" or phrase[-1:] == ("set",)
    return "text" if other and len(phrase) > 1 else found


_MANY = frozenset({"longtext", "markdown", "tags", "integer", "decimal"})


def _is_name(words: Sequence[Token]) -> bool:
    """Whether words name one thing: nobody does anything in them, and only the last is several."""
    *first, last = words
    if last.text.lower() in {"on", "at"}:
        return len(first) == 1
    still = all(
        t.kind not in {"verb", "modal", "pronoun"} and not (t.plural and after.kind == "noun")
        for t, after in pairwise(words)
    )
    return still and (last.kind not in {"verb", "modal"} or last.tag in {"VVN", "VVD"})


def written(reading: Reading, found: Attribute, kind: FieldType | None) -> tuple[str, ...]:
    """The field's name as the idea has it: several ingredients are "ingredients"."""
    if found.phrase[0] == "whether":
        return found.phrase[1:]
    if found.item.plural and kind in _MANY and len(found.phrase) == len(found.item.phrase):
        return (*found.phrase[:-1], reading.text(found.item.end - 1))
    return found.phrase
