"""Documents with headings, numbers and tables, as sentences that say who does what.

The sentences of the idea stay as written; this is only how they are read: "- FR-1 Clerks add ..."
without its number, "Tenants" and "- report a repair" below as "Tenants report a repair", a row of
a table as what its first column does or has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.scout import lexicon, names
from contracts.scouting import Sentence

HEADING = 5
"""Words of the longest line that is taken for a heading."""
_NUMBER = re.compile(r"^\s*(?:[A-Z]{1,5}[-_ ]?\d+(?:\.\d+)*[.:)]?|\d+(?:\.\d+)+\.?)\s+(?=\S)")
_EMPHASIS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|^\s*#+\s*")
_MARKS = re.compile(r"^[#*_=\s>-]+|[*_:\s]+$")
_LABEL = re.compile(
    r"^(?:(?:app|business|client|customer|design|functional|product|project|requirements?|software"
    r"|system|technical)\s+)*(?:brief|concept|memo|overview|pitch|proposal|re|requirements?|spec"
    r"|specification|statement of work|subject|summary|tender)\s*[:–—]\s*(?=\w)",
    re.IGNORECASE,
)
"""What an idea calls itself: "Product brief: ..."."""
_RULE = re.compile(r"^[\s|:+=-]+$")
_WHO_ASKS = 14
"""Words of the longest sentence that only says who asks."""
_WHO = re.compile(
    r"(?:\w+[,!.] )?(?:we|i)(?:'m|'re|’m|’re"
    r"| am| are| run| own| teach| lead| live| play| have been| have a)\b"
    r"(?!.*\b(?:want|need|should|must|would|wish|like to|looking)\b)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:hello|hi|hey|dear \w+|good (?:morning|day)|(?:many |best )?(?:thanks|thank you|regards)"
    r"|cheers|yours)(?:[ ,!.]+[\w.-]+){0,3}[ ,!.]*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:with |my |our )?(?:[\w-]+ ){0,2}(?:regards|greetings|wishes|thanks|gratitude|love|cheers"
    r"|faithfully|sincerely|truly)\b[ ,!.]+(?:(?:from|the|in|for) )?[\w .,'-]{0,40}$"
    r"|(?:p\.?s\.?|yours),?$",
    re.IGNORECASE,
)
_HEADINGS = frozenset({
    "about", "and", "background", "colour", "color", "data", "description", "design", "feature",
    "function", "functionality", "general", "goal", "idea", "introduction", "look", "misc", "note",
    "other", "overview", "page", "purpose", "requirement", "role", "rule", "scope", "style",
    "summary", "the", "user",
})  # fmt: skip
_ABOUT = frozenset({"access", "basic", "business", "core", "key", "main", "technical"})
_PART = re.compile(r" of (?:an?|the|each|every|one) [\w -]+$", re.IGNORECASE)
"""What a record in a table is a part of: "step of a dish"."""
FIELD = 6
"""Words of the longest line of a list, but for what is in brackets, that names a field."""
_ASIDE = re.compile(r"\([^()]*\)")
_CLAUSE = frozenset(
    {"with", "such", "can", "may", "must", "should", "is", "are", "has", "have", "per", "we", "i",
     "they", "all", "everybody", "everyone", "not", "who"}
)  # fmt: skip
"""Words that show that a line says more than the name of a field."""
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


def is_heading(sentence: Sentence) -> bool:
    """Whether a line of its own only says what follows: "# Out of scope", "Rules:"."""
    line = sentence.text.strip()
    short = len(_MARKS.sub("", line).split()) <= HEADING
    return line.startswith("#") or (short and line[-1:] not in ".!?;," and line[:1].isupper())


def is_context(sentence: Sentence) -> bool:
    """Whether a sentence that gave nothing asks for nothing: "## Goals", "We run a bakery."."""
    line = sentence.text.strip()
    if line.startswith("#") or (is_heading(sentence) and line.endswith(":")):
        return True
    words = [names.singular_of(word) for word in _WORD.findall(line.lower())]
    named = bool(words) and is_heading(sentence) and all(word in _HEADINGS for word in words)
    who = len(words) <= _WHO_ASKS and _WHO.match(line) is not None
    return named or who or is_greeting(line)


def is_greeting(line: str) -> bool:
    """Whether a line only begins or ends a letter: "Dear team,", "With warm wishes, Ada"."""
    return _GREETING.match(line.strip()) is not None or _CLOSING.match(line.strip()) is not None


def readable(sentences: Sequence[Sentence]) -> Iterator[str]:
    """The text to read for each sentence, in order."""
    actor = ""
    header: list[str] = []
    described = dict(_described(sentences))
    for number, sentence in enumerate(sentences):
        line = sentence.text
        if number in described or is_greeting(line):
            yield described.get(number, "")
            continue
        if _is_row(line):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            rule = bool(_RULE.match(line))
            alone = not header and not any(_is_row(s.text) for s in sentences[number + 1 :][:1])
            yield _columns(line) if alone else "" if rule or not header else _row(header, cells)
            header = header or cells
            continue
        header = []
        plain = _EMPHASIS.sub(" ", _NUMBER.sub("", line)).strip()
        # The idea's own name for itself is none of its nouns.
        if number == 0:
            plain = _LABEL.sub("", plain)
        if is_heading(sentence):
            actor = _person(plain)
            yield plain
            continue
        yield _led(plain, actor)


def _described(sentences: Sequence[Sentence]) -> Iterator[tuple[int, str]]:
    """The lists of fields below marked headings: "**Exam**", "title" is "each exam has title"."""
    record = ""
    for number, sentence in enumerate(sentences):
        line = sentence.text.strip()
        if line.startswith("#") or (line.startswith("**") and line.endswith(("**", ":"))):
            record = _record(_EMPHASIS.sub(" ", _NUMBER.sub("", line)).strip(" :"))
        elif record and _is_field(line):
            several = "," in _ASIDE.sub("", line)
            yield number, f"{record}: {line}." if several else f"Each {record.lower()} has {line}."
        else:
            record = ""


def _record(heading: str) -> str:
    """The heading when it may name a kind of record, else ""."""
    found = [names.singular_of(word) for word in _WORD.findall(heading.lower())]
    nouns = lexicon.words().nouns
    general = _HEADINGS | (lexicon.general_nouns() - nouns.weak - {"maker"})
    if not 0 < len(found) < HEADING - 1:
        return ""
    # A slide rule is a thing, business rules and a data page are none.
    kind = len(found) > 1 and found[-2] not in general | _ABOUT and heading.lower().endswith(
        found[-1]
    )  # fmt: skip
    if found[-1] in general and not (kind and found[-1] in nouns.compound | {"rule"}):
        return ""
    return " ".join([*_WORD.findall(heading)[:-1], found[-1]])


def _is_field(line: str) -> bool:
    """Whether a line of a list is no sentence, command or part of its own, but a property."""
    plain = _ASIDE.sub("", line)
    words = plain.split()
    told = {word.strip(",").lower() for word in words}
    return (
        line[:1].islower() and line[-1:] not in ".!?;:" and len(words) <= FIELD
        and not told & _CLAUSE and not _does(words[0])
    )  # fmt: skip


def _is_row(line: str) -> bool:
    return line.count("|") > 1


def _columns(line: str) -> str:
    """A table's head without rows: the fields of what the text is about."""
    fields = ", ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    return fields if ":" in fields else f"Attributes: {fields}."


def _row(header: Sequence[str], cells: Sequence[str]) -> str:
    """A row of a table: who does something, or what has something."""
    first, *rest = [_EMPHASIS.sub(" ", cell).strip() for cell in cells]
    said = ", ".join(cell for cell in rest if cell)
    if not first or not said:
        return first or said
    plural = names.spoken_plural(first.lower())
    return f"{plural} can {said}." if _of_people(header) else f"{_PART.sub('', first)}: {said}."


def _of_people(header: Sequence[str]) -> bool:
    return bool({"role", "who", "user", "actor", "person"} & set(header[0].lower().split()))


def _person(heading: str) -> str:
    """The heading when it names people who act, else ""."""
    found = _WORD.findall(heading)
    if not found or len(found) > HEADING - 2:
        return ""
    return " ".join(found) if is_people(found[-1]) else ""


def is_people(word: str) -> bool:
    """Whether a word, also in the plural, means people."""
    return names.singular_of(word.lower()) in lexicon.persons()


def _led(line: str, actor: str) -> str:
    """A line that begins with what somebody does, with who that is."""
    found = _WORD.match(line)
    if found is None:
        return line
    if actor and _does(found[0]):
        return f"{actor} {line[0].lower()}{line[1:]}"
    who, colon, deed = line.partition(":")
    people = len(who.split()) < HEADING and is_people(who.split()[-1]) if who.split() else False
    does = _WORD.match(deed.strip())
    return f"{who} {deed.strip()}" if colon and people and does and _does(does[0]) else line


def _does(word: str) -> bool:
    """Whether a word is a verb for working with records, also in the third person."""
    word = word.lower()
    forms = {word, word.removesuffix("s"), word.removesuffix("es")}
    return not forms.isdisjoint(lexicon.deed_verbs())
