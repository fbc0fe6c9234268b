"""Kinds of record that a document defines: by headings, defined words, rows and lines of fields.

Each is read as one sentence: “**Loss**: reported by the holder” as “Each loss: reported by ...”,
“Stall – number, row, price” as “Each stall: number, row, price.”, and lines below “Stall” alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile

from agents.scout import lexicon, names
from agents.scout.lists import field_type
from contracts.scouting import Sentence

HEADINGS = frozenset({
    "about", "and", "background", "colour", "color", "data", "description", "design", "feature",
    "function", "functionality", "general", "goal", "idea", "introduction", "look", "misc", "note",
    "other", "overview", "page", "purpose", "requirement", "role", "rule", "scope", "style",
    "summary", "the", "user",
})  # fmt: skip
_FIELDS = frozenset(
    {"attribute", "characteristic", "column", "contents", "datum", "detail", "field"}
)
"""What records are said to have."""
_SECTIONS = HEADINGS | frozenset({
    "actor", "app", "assumption", "audience", "concern", "constraint", "context", "detail",
    "element", "entity", "example", "field", "file", "function", "glossary", "information",
    "layout", "limit", "module", "name", "need", "non-goal", "object", "objective", "option",
    "payment", "permission", "person", "platform", "price", "priority", "problem", "process",
    "question", "record", "report", "screen", "section", "solution", "status", "step", "story",
    "system", "table", "task", "term", "thing", "topic", "type", "view", "website", "wish", "word",
})  # fmt: skip
"""What a line of its own, without a mark, says of what follows: “Steps:”."""
_WRITTEN = frozenset({"answer", "application", "comment", "log", "message", "note", "remark"})
"""Words that also name a part of a document or of the app, and are records in a table of them."""
LONGEST = 4
"""Words of the longest name of a record."""
FIELD = 6
"""Words of the longest line of a list, but for what is in brackets, that names a field."""
_FEW = 2
_SHARE = 3
"""One of so many fields must be known as one."""
_ASIDE = re.compile(r"\([^()]*\)")
_CLAUSE = frozenset(
    {"with", "such", "can", "may", "must", "should", "is", "are", "has", "have", "per", "we", "i",
     "they", "all", "everybody", "everyone", "not", "who"}
)  # fmt: skip
"""Words that show that a line says more than the name of a field."""
_ASKED = frozenset({"how", "what", "which", "who"})
_TOLD_OF = re.compile(
    r" (?:in|of|per|until|built|bought|found|given|made|paid|sold|sown|taken|\w+ed)\b"
)
"""What tells more of a property: “area in acres”, “year built”."""
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_NUMBER = re.compile(r"^\s*(?:[A-Z]{1,5}[-_ ]?\d+(?:\.\d+)*[.:)]?|\d+(?:\.\d+)+\.?)\s+(?=\S)")
_EMPHASIS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|^\s*#+\s*")
_MARKS = frozenset("*`_#")
_BOLD = re.compile(
    r"^(?:\*\*|__|\*|`)([A-Za-z][\w' -]*?)"
    r"(?::(?:\*\*|__|\*|`)|(?:\*\*|__|\*|`)(?:\s*[:=–—]| -| (?=\()))\s*(\S.*)$"
)
_LINE = re.compile(r"^([A-Za-z][\w' -]*?)(?:\s*:|\s+[=–—-]+>?)\s+(\S.*)$")
_BRACKETS = re.compile(r"^([A-Za-z][\w' -]*?)\s*\(([^()]+(?:\([^()]*\)[^()]*)*)\)\s*[.;,]?$")
_EACH = re.compile(
    r"^(?:(?:what [\w ]+? )?(?:about|for|of|on|per) )?(?:an?|each|every|one|per) ([\w' -]+?)"
    r"(?: (?:has|have|gets|needs|consists of|is described by))?:$",
    re.IGNORECASE,
)
"""“For each carving:”, “A carving has:”."""
_GENERIC = frozenset({
    "", "concept", "data", "element", "entity", "item", "kind", "list", "object", "record",
    "sheet", "table", "thing", "term", "type", "what", "word",
})  # fmt: skip
"""Heads of the first column where each row is a kind of record."""
_LOOSE = frozenset({"area", "part", "section", "subject", "topic"})
"""Heads of the first column where each row is one if properties stand behind it."""


@lru_cache(maxsize=256)
def plain(line: str) -> str:
    """The line without its number and its marks of emphasis."""
    text = _NUMBER.sub("", line)
    return (text if _MARKS.isdisjoint(text) else _EMPHASIS.sub(" ", text)).strip()


def record(heading: str, *, told: bool = False) -> str:
    """The heading when it may name a kind of record, else "".

    `told` says that its fields follow, which make a record of a general word, too: “Limit”.
    """
    words = _WORD.findall(heading)
    if len(words) > 1 and _DONE.fullmatch(words[-1]):
        return record(" ".join(words[:-1]), told=told)
    found = [names.singular_of(word) for word in _WORD.findall(heading.lower())]
    if not 0 < len(found) <= LONGEST - 1 or (does(words[0]) and len(words) > 1):
        return ""
    nouns = lexicon.words().nouns
    told = told and len(found) == 1
    weak = lexicon.general_nouns() if told else nouns.weak
    general = HEADINGS | _FIELDS | (lexicon.general_nouns() - weak - _WORKERS)
    general -= _WRITTEN if told else frozenset()
    general |= _GROUPS if told else frozenset()
    # A slide rule is a thing, business rules and a data page are none.
    one = words[-1].lower() == found[-1] and found[-1] in nouns.compound | _OF_ONE
    kind = len(found) > 1 and found[-2] not in general | _ABOUT and one
    if found[-1] in general and not kind:
        return ""
    return " ".join([*words[:-1], found[-1]])


_GROUPS = frozenset({
    "access", "address", "age", "amount", "app", "area", "category", "chart", "column", "content",
    "contact", "date", "dimension", "display", "email", "export", "filter", "font", "form", "graph",
    "header", "home", "import", "input", "kind", "language", "list", "login", "map", "mark",
    "measurement", "menu", "name", "number", "option", "order", "output", "overview", "permission",
    "phone", "print", "scale", "screen", "search", "size", "sort", "state", "statistic", "status",
    "system", "table", "tag", "text", "thing", "time", "title", "total", "type", "unit", "value",
    "view", "website",
})  # fmt: skip
"""What a list follows that is of values, of parts of one field or of what a page shows."""
_ABOUT = frozenset({"access", "basic", "business", "core", "key", "main", "technical"})
_DONE = re.compile(r"bought|found|given|lent|lost|made|paid|received|rented|sent|sold|taken")
"""What has been done to what a row is about: “scrap bought”."""
_OF_ONE = frozenset({"choice", "point", "rule", "sign", "tool"})
"""Words for much else that a heading in the singular uses for a record: “Slide rule”."""
_WORKERS = frozenset({"collector", "keeper", "maker", "organiser", "organizer"})
"""People, where they stand by themselves; else apps."""


def defined(line: str) -> str:
    """A line that says what a record is or has, as a sentence about each; else ""."""
    bold = _BOLD.match(line.strip())
    if bold is not None:
        named = record(bold[1], told=_is_list(_inside(bold[2]).rstrip(" .;")))
        return f"Each {named.lower()}: {_inside(bold[2])}" if named and _says(bold[2]) else ""
    text = plain(line)
    found = _BRACKETS.match(text) or _LINE.match(text)
    if found is None:
        return ""
    fields = found[2].rstrip(" .;")
    named = record(found[1], told=True) if _is_list(fields) else ""
    return f"Each {named.lower()}: {fields}." if named else ""


def _inside(said: str) -> str:
    """What stands in brackets behind a defined word, or the words as they are."""
    return said[1:-1] if said.startswith("(") and said.endswith(")") else said


def _says(said: str) -> bool:
    """Whether what stands behind a defined word is about it, not what it does."""
    word = _WORD.search(said)
    return word is not None and not does(word[0])


def row(header: Sequence[str], first: str, said: str) -> str:
    """A row of a table that describes a record, as a sentence about each; else ""."""
    head = [names.singular_of(word) for word in _WORD.findall(header[0].lower())]
    known = sum(_typed(piece) for piece in _ASIDE.sub("", said).split(",")) >= _FEW
    generic = (head[-1] if head else "") in (_GENERIC | _LOOSE if known else _GENERIC)
    told = known or len(_names(said)) >= _FEW or first.lower() in _WRITTEN
    named = record(first, told=told) if generic else ""
    return f"Each {named.lower()}: {said}." if named else ""


def _is_list(said: str) -> bool:
    """Whether words are names of fields, of which enough are known as such."""
    named = _names(said)
    return len(named) >= _FEW and sum(_typed(p) for p in named) * _SHARE >= len(named)


def _names(said: str) -> list[str]:
    """The pieces of a list that may be one of names; none where one of them says more."""
    pieces = [piece.strip() for piece in re.split(r",|;| and ", _ASIDE.sub("", said))]
    short = all(0 < len(p.split()) <= FIELD and not _tells(p) for p in pieces)
    return pieces if short and not any(ch in said for ch in ".!?") else []


def _tells(piece: str) -> bool:
    """Whether a piece says more than a name; a question does not: "which papers are enclosed"."""
    if piece.split(maxsplit=1)[0].lower() in _ASKED:
        return False
    return not _CLAUSE.isdisjoint(word.lower() for word in piece.split())


def _typed(piece: str) -> bool:
    first = _TOLD_OF.split(piece.lower(), maxsplit=1)[0]
    words = tuple(names.singular_of(word) for word in _WORD.findall(first))
    return bool(words) and field_type(words) is not None


def described(sentences: Sequence[Sentence]) -> Iterator[tuple[int, str]]:
    """The lines below the name of a record: "**Exam**", "title" is "Each exam has title."."""
    of = ""
    for number, sentence in enumerate(sentences):
        line = sentence.text.strip()
        if (named := _heading(sentences, number)) is not None:
            of = named
        elif of and is_field(plain(line)):
            yield number, _has(of, plain(line).rstrip("."))
        elif not line[:1].islower():
            of = ""


def _heading(sentences: Sequence[Sentence], number: int) -> str | None:
    """The record that a line is the heading of, "" for another heading, None for none."""
    line = sentences[number].text.strip()
    if line.startswith("#") or (line.startswith("**") and line.endswith(("**", ":"))):
        return record(plain(line).strip(" :"), told=_is_led(sentences, number))
    each = _EACH.match(plain(line))
    if each is not None:
        return record(each[1])
    bare = line.rstrip(" :")
    if not line[:1].isupper() or len(bare.split()) > LONGEST - 1 or line[-1] in ".!?;,":
        return None
    named = record(bare.lower())
    return (
        named
        if _is_led(sentences, number) and named and named.split()[-1] not in _SECTIONS
        else None
    )


def _is_led(sentences: Sequence[Sentence], number: int) -> bool:
    """Whether fields stand below a line, of which enough are known as such."""
    lines = (plain(sentence.text) for sentence in sentences[number + 1 :])
    below = list(takewhile(is_field, lines))
    pieces = [piece for line in below for piece in _ASIDE.sub("", line).split(",")]
    known = sum(_typed(piece) for piece in pieces) * _SHARE
    return (len(below) >= _FEW and known >= len(below)) or (
        len(pieces) >= _SHARE and known >= len(pieces)
    )


def _has(of: str, line: str) -> str:
    """What a line below the name of a record says of each."""
    line = _NUMBER.sub("", line).rstrip(" .")
    what, colon, told = line.partition(":")
    if colon and ("," in told or "/" in told) and "(" not in told:
        return f"Each {of.lower()} has {what} ({told.strip()})."
    several = "," in _ASIDE.sub("", line)
    return f"Each {of.lower()}: {line}." if several else f"Each {of.lower()} has {line}."


def is_field(line: str) -> bool:
    """Whether a line of a list is no sentence, command or part of its own, but properties."""
    line = _NUMBER.sub("", line)
    bare = _ASIDE.sub("", line)
    several = bare.count(",") >= _FEW
    pieces = bare.rstrip(" .").split(",") if several else [bare]
    words = bare.split()
    return (
        line[:1].islower() and bool(words) and (several or line[-1:] != ".")
        and line[-1:] not in "!?;:" and all(len(piece.split()) <= FIELD for piece in pieces)
        and not _tells(bare.replace(",", " ")) and not does(words[0])
    )  # fmt: skip


def does(word: str) -> bool:
    """Whether a word is a verb for working with records, also in the third person."""
    word = word.lower()
    forms = {word, word.removesuffix("s"), word.removesuffix("es")}
    return not forms.isdisjoint(lexicon.deed_verbs())
