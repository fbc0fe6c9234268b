"""Documents with headings, numbers and tables, as sentences that say who does what.

The sentences of the idea stay as written; this is only how they are read: "- FR-1 Clerks add ..."
without its number, "Tenants" and "- report a repair" below as "Tenants report a repair", a row of
a table as what its first column does or has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.scout import glossary, lexicon, names
from contracts.scouting import Sentence

HEADING = 5
"""Words of the longest line that is taken for a heading."""
_MARKS = re.compile(r"^[#*_=\s>-]+|[*_:\s]+$")
_LABEL = re.compile(
    r"^(?:(?:app|business|client|customer|design|functional|product|project|requirements?|software"
    r"|system|technical)\s+)*(?:brief|concept|memo|overview|pitch|proposal|re|requirements?|spec"
    r"|specification|statement of work|subject|summary|tender)\s*[:–—]\s*(?=\w)",
    re.IGNORECASE,
)
"""What an idea calls itself: "Product brief: ..."."""
_RULE = re.compile(r"^[\s|:+=-]+$")
_ASIDE = re.compile(
    r"^(?:please )?(?:hint|important|note|remark|attention)\s*[:!]\s*"
    r"(?=[^,;]*\b(?:must|should|shall|will|can|is|are|was|has|have|need|please|no|not|do|don't)\b)",
    re.IGNORECASE,
)
"""What only says that something is to be minded: "Note: the shop must be fast"."""
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
_PART = re.compile(r" of (?:an?|the|each|every|one) [\w -]+$", re.IGNORECASE)
"""What a record in a table is a part of: "step of a dish"."""
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")


def is_heading(sentence: Sentence) -> bool:
    """Whether a line of its own only says what follows: "# Out of scope", "Rules:"."""
    line = sentence.text.strip()
    if line.startswith("#"):
        return True
    named = line[-1:] not in ".!?;," and line[:1].isupper()
    return named and len(_MARKS.sub("", line).split()) <= HEADING


def is_context(sentence: Sentence) -> bool:
    """Whether a sentence that gave nothing asks for nothing: "## Goals", "We run a bakery."."""
    line = sentence.text.strip()
    if line.startswith("#") or (is_heading(sentence) and line.endswith(":")):
        return True
    words = [names.singular_of(word) for word in _WORD.findall(line.lower())]
    named = (
        bool(words) and is_heading(sentence) and all(word in glossary.HEADINGS for word in words)
    )
    who = len(words) <= _WHO_ASKS and _WHO.match(line) is not None
    return named or who or is_greeting(line)


def is_greeting(line: str) -> bool:
    """Whether a line only begins or ends a letter: "Dear team,", "With warm wishes, Ada"."""
    return _GREETING.match(line.strip()) is not None or _CLOSING.match(line.strip()) is not None


def readable(sentences: Sequence[Sentence]) -> Iterator[str]:
    """The text to read for each sentence, in order."""
    actor = ""
    header: list[str] = []
    described = dict(glossary.described(sentences))
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
        plain = glossary.plain(line)
        # The idea's own name for itself is none of its nouns.
        if number == 0:
            plain = _LABEL.sub("", plain)
        if is_heading(sentence):
            actor = _person(plain)
            yield glossary.defined(line) or plain
            continue
        led = _led(plain, actor)
        yield led if led != plain else glossary.defined(line) or _ASIDE.sub("", plain)


def _is_row(line: str) -> bool:
    return line.count("|") > 1


def _columns(line: str) -> str:
    """A table's head without rows: the fields of what the text is about."""
    fields = ", ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    return fields if ":" in fields else f"Attributes: {fields}."


def _row(header: Sequence[str], cells: Sequence[str]) -> str:
    """A row of a table: who does something, or what has something."""
    first, *rest = [glossary.plain(cell) for cell in cells]
    said = ", ".join(cell for cell in rest if cell)
    if not first or not said:
        return first or said
    plural = names.spoken_plural(first.lower())
    if _of_people(header):
        return f"{plural} can {said}."
    named = _PART.sub("", first)
    return glossary.row(header, named, said) or f"{named}: {said}."


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
    if actor and glossary.does(found[0]):
        return f"{actor} {line[0].lower()}{line[1:]}"
    who, colon, deed = line.partition(":")
    people = len(who.split()) < HEADING and is_people(who.split()[-1]) if who.split() else False
    does = _WORD.match(deed.strip())
    return f"{who} {deed.strip()}" if colon and people and does and glossary.does(does[0]) else line
