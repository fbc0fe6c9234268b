"""Which noun phrases may be entities, under which name, and what speaks for each of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from agents.scout import lexicon, names
from agents.scout.known import Known
from agents.scout.reading import Chunk, Deed, Reading

_HANDLED = frozenset({"create", "manage", "update", "delete"})


_KEPT = frozenset({"entry", "log", "record", "sheet"})
"""Heads that make a thing of a word that is none: "time entry"."""


_NOTED = frozenset({"call", "letter", "meter", "photo", "picture", "track"})
"""General words for things that a log may be of."""
_WORKERS = frozenset({"collector", "keeper", "maker"})
"""Heads that stand for an app where there is one, and for people where there are several."""
_OBJECTS = frozenset(
    {"bank", "board", "book", "box", "calendar", "desk", "diary", "guide", "journal", "library",
     "shop", "site", "store", "tool", "vault"}
)  # fmt: skip
"""Words for an app that are things where there are several: "nest boxes", "garden tools"."""
HOLDING = frozenset(
    {"archive", "catalog", "catalogue", "collection", "collector", "directory", "registry",
     "register"}
)  # fmt: skip
"""Heads that hold several of what stands before them: "cactus collection"."""
KEPT_PEOPLE = frozenset(
    {"buyer", "child", "client", "customer", "family", "guest", "member", "owner", "participant",
     "resident"}
)  # fmt: skip
"""Those who use the app, and of whom it may keep records as well."""


BOARDS = frozenset({"noticeboard", "pinboard"})
"""What holds notices."""
_TOLD = frozenset({"data", "detail", "info", "information"})
_TOLD_OF = frozenset(
    {"account", "address", "bank", "billing", "birth", "contact", "login", "payment", "phone",
     "price", "product", "insurance"}
)  # fmt: skip
"""What is told of somebody, and is no record: "contact data"."""


def operation_of(verb: str) -> Any:
    """`create`, `read`, `update`, `delete` or `manage`; "" for any other verb."""
    verbs = lexicon.words().verbs
    for name in ("manage", "create", "update", "delete", "read"):
        if verb in getattr(verbs, name):
            return name
    return ""


def entity_words(chunk: Chunk, known: Known) -> tuple[str, ...]:
    """The words that name the entity a phrase is about; () when it is about none.

    "Claims management" is `claim`, "recipe box" `recipe`, "shopping list" stays as it is.
    """
    nouns = lexicon.words().nouns
    whole = words = _keys(chunk.words)
    while (
        len(words) > 1
        and "_".join(words) not in known.here
        and words[-1] not in known.spoken
        and (words[-1] in nouns.heads or words[-1] in nouns.apps)
        and not (chunk.plural and words[-1] in _WORKERS | _OBJECTS)
    ):
        if words[-2].endswith("ing") and words[-1] in _KEPT | {"list"}:
            return (_logged(words) if words[-1] == "log" else words)[-3:]
        words = words[:-1]
    told = bool(words) and whole[-1] in _TOLD and words[-1] in _TOLD_OF
    if not words or told or _is_document(words):
        return ()
    if not chunk.plural and words[-1] in BOARDS:
        words = ("notice",)
    if len(words) == 1 < len(whole) and whole[-1] in _KEPT and words[0] in lexicon.general_nouns():
        return _of_log(words[0]) if whole[-1] == "log" else whole[-3:]
    if "_".join(words) in known.here or "_".join(words) in known.spoken:
        return words[-3:]
    spoken = words[-1] in known.spoken
    known_word = words[-1] in known.here or spoken
    worker = whole == ("maker",)
    app = not spoken and not worker and _app_itself(words, plural=chunk.plural)
    if app or (words[-1] in nouns.stop and not known_word):
        return ()
    while len(words) > 1 and words[0] in nouns.stop:
        words = words[1:]
    return words[-3:]


def _of_log(word: str) -> tuple[str, ...]:
    """Of a call log each is a call, of a work log an entry."""
    return (word,) if word in _NOTED else (word, "entry")


def _logged(words: tuple[str, ...]) -> tuple[str, ...]:
    """What stands in a log of what somebody does: of a running log each is a run."""
    done = _gerunds().get(words[-2])
    return (*words[:-2], *done) if done else (*words[:-1], "entry")


@lru_cache(maxsize=1)
def _gerunds() -> dict[str, tuple[str, ...]]:
    """The nouns of what is done, by the verb's form with “-ing”."""
    return {
        f"{stem}ing": tuple(noun.split("_"))
        for verb, noun in lexicon.nominals().items()
        for stem in (verb, verb.removesuffix("e"), verb + verb[-1])
    }


@lru_cache(maxsize=8192)
def _keys(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words as parts of a key, without those of which nothing is left."""
    return tuple(_singular(key) for word in words if (key := names.key_of(word)))


def _is_document(words: tuple[str, ...]) -> bool:
    documents = lexicon.words().nouns.documents
    return words[-1] in documents or " ".join(words[-2:]) in documents


def _singular(word: str) -> str:
    """The word; of people, who are kept one by one, each is a person."""
    return "person" if word == "people" else word


def _app_itself(words: tuple[str, ...], *, plural: bool) -> bool:
    """Whether the word is for the app or a part of it; several "books" are books."""
    nouns = lexicon.words().nouns
    word = words[0]
    return len(words) == 1 and (word in nouns.heads or (not plural and word in nouns.apps))


def is_person(words: tuple[str, ...]) -> bool:
    return words[-1] in lexicon.users()


def role_of(chunk: Chunk, known: Known) -> tuple[str, str]:
    """Key and title of the role that a phrase names; `member`, `guest`, `admin`, or ("", "")."""
    people = lexicon.words().people
    found = known.roles.get("_".join(chunk.words)) or known.roles.get(chunk.head)
    if found is not None:
        return found
    for key, words in (("admin", people.admin), ("guest", people.guest)):
        if chunk.head in words:
            return key, key
    if chunk.head in people.member:
        return "member", "member"
    if chunk.head in people.roles or chunk.head in people.bodies:
        key = names.entity_names(names.key_of(chunk.head))[0]
        return key, names.title_of(chunk.head)
    return "", ""


def is_colour(reading: Reading, chunk: Chunk) -> bool:
    """Whether the phrase is only a colour in a sentence about colours."""
    table = lexicon.colours()
    joined = "".join(chunk.phrase)
    if chunk.start and reading.text(chunk.start - 1) == "#":
        return True
    coloured = joined in table.css or joined in table.spoken or chunk.head in table.css
    return coloured and bool(table.context.words.intersection(reading.lemmas))


def is_name(reading: Reading, chunk: Chunk) -> bool:
    """Whether the phrase is somebody's or something's own name inside a sentence."""
    token = reading.tokens[chunk.end - 1]
    if chunk.words == ("course",) and reading.text(chunk.start - 1) == "of":
        return True
    classes = lexicon.noun_classes()
    common = token.lemma in classes.records or token.lemma in classes.things
    named = token.tag.startswith("NP") and token.text[:1].isupper() and chunk.start > 0
    return named and not (common and token.text.isupper())


def handled(deed: Deed | None) -> bool:
    """Whether the deed makes, changes, manages or removes a record."""
    return deed is not None and any(operation_of(v) in _HANDLED for v in deed.verbs)


def carries_app(reading: Reading, chunk: Chunk) -> bool:
    """Whether the phrase tells what the app is about: "recipe box", "an app for my plants"."""
    nouns = lexicon.words().nouns
    if len(chunk.words) > 1 and chunk.head in lexicon.app_nouns():
        # The film club's app is about films.
        return chunk.words[-2] not in nouns.organisations
    # An app for a bakery is the bakery's; an app for plants is about plants.
    return _of_app(reading, chunk) and not is_audience(reading, chunk)


def is_audience(reading: Reading, chunk: Chunk) -> bool:
    """Whether the phrase is whom the app is for: "landing page for a plumber", "our street's"."""
    return not chunk.plural and _of_app(reading, chunk, "for")


def _of_app(reading: Reading, chunk: Chunk, *links: str) -> bool:
    """Whether a phrase belongs to a word for the app: "an app for", "a journal about"."""
    i = chunk.start - 1
    while i >= 0 and reading.tokens[i].kind in {"determiner", "adjective", "number", "other"}:
        i -= 1
    if i > 0 and reading.tokens[i].kind == "verb" and reading.tokens[i].tag == "VVG":
        i -= 1
    if i < 1 or reading.text(i) not in (links or ("for", "of", "about")):
        return False
    before = reading.ending_at(i)
    return before is not None and before.head in lexicon.app_nouns()
