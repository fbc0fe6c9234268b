"""What the tagger gets wrong in the clipped style of ideas: verbs that look like nouns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from agents.scout import lexicon
from agents.scout.listed_nouns import (
    COUNTED,
    begins_clause,
    is_defined,
    is_heading,
    is_noun,
    names_things,
    of_each,
)
from agents.scout.tokens import Token

_BASE = frozenset({"VVB", "VVI"})
_SHORTEST = 3
"""Words at least before a verb that goes on with a list of them."""
_BE_AND_HAVE = frozenset({"be", "have", "do", "can", "may", "will"})


def corrected(tokens: list[Token]) -> list[Token]:
    """Mend what the tagger gets wrong in the clipped style of ideas."""
    doing = _doing()
    result: list[Token] = []
    for i, token in enumerate(tokens):
        before = result[-1] if result else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        lower = token.text.lower()
        opens = begins_clause(before)
        if is_noun(tokens, i):
            result.append(Token(token.text, lower, "noun", "NN1"))
        elif (
            token.kind in {"noun", "adjective"}
            and lower in doing
            and (opens or _is_verbal(before))
            and after is not None
            and (after.plural or after.kind in {"determiner", "pronoun"} or after.text == ",")
        ) or (
            (token.kind == "noun" or lower == "post")
            and (_does(tokens, i, result) or _takes_the(tokens, i, result))
        ):
            result.append(Token(token.text, lower, "verb", "VVB"))
        elif token.tag == "VVZ" and names_things(tokens, i, result):
            result.append(Token(token.text, token.lemma, "noun", "NN2", plural=True))
        elif (opens and is_heading(tokens, i)) or is_defined(tokens, i):
            result.append(Token(token.text, lower, "noun", "NN1"))
        elif token.plural and not of_each(result) and _third_person(tokens, i, result):
            result.append(Token(token.text, token.lemma, "verb", "VVZ"))
        elif token.tag == "AJC" and _is_worker(lower, after):
            result.append(Token(token.text, lower, "noun", "NN1"))
        elif token.tag == "NN1" and _goes_on(tokens, i):
            result.append(Token(token.text, lower, "verb", "VVB"))
        else:
            result.append(token)
    return result


def _is_worker(word: str, after: Token | None) -> bool:
    """“The cleaner ticks off rooms”: no comparative of clean, unless of a “cleaner look”."""
    of = after is not None and (after.tag == "NN1" or after.kind == "adjective")
    return word in lexicon.words().people.roles and not of


def _goes_on(tokens: Sequence[Token], i: int) -> bool:
    """“They enter an address, pay, and look at the status”: a verb among those of a list."""
    if i < _SHORTEST or tokens[i - 1].text != "," or i + 2 >= len(tokens):
        return False
    then = i + 1
    while then < len(tokens) - 1 and tokens[then].text.lower() in {",", "and", "or", "then"}:
        then += 1
    goes_on = then > i + 1 and tokens[then].tag in _BASE and tokens[then].text.islower()
    begun = any(token.tag in _BASE for token in tokens[:i])
    return goes_on and begun and tokens[i].text.islower()


def _third_person(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """“Each pair plans meetings and sets goals”, “the trainer marks who came”: one does it."""
    before = earlier[-1].text.lower() if earlier else ""
    if before in COUNTED:
        return True
    if not before or i + 1 >= len(tokens):
        return False
    if before in _ANYBODY:
        return True
    if tokens[i].lemma in lexicon.words().verbs.happening and _lacks_verb(earlier, tokens[i + 1 :]):
        return tokens[i + 1].kind != "noun"
    if tokens[i].lemma not in _doing() and tokens[i].lemma not in _acting():
        return False
    # "The manager answers, gives a voucher or ...": one who is somebody needs no object.
    one = _is_people(earlier[-1]) and tokens[i + 1].text in {",", "and", "or", "."}
    return (one and _lacks_verb(earlier, tokens[i + 1 :])) or _takes(tokens[i + 1], earlier)


def _takes(after: Token, earlier: Sequence[Token]) -> bool:
    """Whether a word between these may be what one does to something."""
    particle = after.text.lower() in _PARTICLES - {"for", "on", "to", "with", "between"}
    if not (particle or after.plural or after.kind in {"determiner", "relative"}):
        return False
    before = earlier[-1]
    if before.text.lower() in {"and", ","}:
        return any(t.tag == "VVZ" for t in earlier)
    return before.kind == "noun" and not before.plural and _is_one_of_many(earlier)


def _lacks_verb(earlier: Sequence[Token], later: Sequence[Token]) -> bool:
    """“The highest bid at the end … and”: a clause that has no verb yet, and gets none."""
    i = len(earlier) - 1
    while i and earlier[i].kind in {"noun", "adjective"} and not earlier[i].plural:
        i -= 1
    if earlier[-1].kind != "noun" or earlier[i].kind != "determiner":
        return False
    ends = {"mark", "conjunction", "relative"}
    clause = (*takewhile(lambda t: t.kind not in ends, reversed(earlier)),
              *takewhile(lambda t: t.kind not in ends, later))  # fmt: skip
    joined = later[0].kind == "conjunction" and len(later) > 1 and later[1].kind == "noun"
    return not joined and not any(t.kind in {"verb", "modal", "to"} for t in clause)


def _is_one_of_many(earlier: Sequence[Token]) -> bool:
    """Whether the noun that the words end with is one of its kind: “each pair”, “trainer”."""
    if _is_people(earlier[-1]):
        return True
    i = len(earlier) - 2
    while i >= 0 and earlier[i].kind in {"adjective", "noun"}:
        i -= 1
    return i >= 0 and earlier[i].text.lower() in {"each", "every", "a", "an", "the"}


@lru_cache(maxsize=1)
def _acting() -> frozenset[str]:
    """Verbs that are nouns as well and leave records alone."""
    return lexicon.words().verbs.acting


@lru_cache(maxsize=1)
def _doing() -> frozenset[str]:
    """Verbs that matter: what is done to records, and what asks for a feature as a verb only."""
    phrases = [phrase for found in lexicon.features().values() for phrase in found.phrases]
    asking = {phrase.removesuffix("/verb") for phrase in phrases if phrase.endswith("/verb")}
    return lexicon.deed_verbs() | asking


def _does(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """“Students enrol and ...”, “we vote on films”, “plan meals”: a verb that looks like a noun."""
    token = tokens[i]
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    lower = token.text.lower()
    if after is None or token.plural or not (lower in _doing() or lower in _acting()):
        return False
    before = earlier[-1] if earlier else None
    if before is None or before.text in _OPENING:
        return _commands(tokens, i)
    if before.kind == "modal" or (before.kind in {"to", "pronoun"} and _has_object(tokens, i)):
        return after.lemma not in lexicon.words().nouns.heads
    if before.text.lower() in {"and", ",", "or"}:
        takes = after.plural or after.text.lower() in {"the", "a", "an"}
        return takes and (len(earlier) == 1 or any(t.kind == "verb" for t in earlier))
    if before.text.lower() == "to":
        return _has_several(tokens, i)
    return _has_subject(tokens, i, earlier)


def _takes_the(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """“Skippers type the figures”, “both leave a star”: between who does it and its object."""
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if after is None or not earlier or tokens[i].plural or tokens[i].text[:1].isupper():
        return False
    subject = earlier[-1]
    if subject.text.lower() == "both":
        return after.plural or after.text.lower() in _OBJECTS
    before = earlier[-2] if len(earlier) > 1 else None
    opens = before is None or before.kind in {"mark", "determiner", "conjunction"}
    return subject.plural and opens and after.text.lower() in _OBJECTS and not _acted(earlier)


def _has_subject(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """“Students enrol and ...”: somebody in front of a word that says what they do."""
    after = tokens[i + 1]
    subject = _subject(earlier)
    if subject is None or _acted(earlier):
        return False
    joined = after.kind in {"conjunction", "determiner", "preposition"} or after.plural
    joined = joined or (after.text in {";", "."} and tokens[i].text.lower() in _ALONE)
    people = _is_people(subject) or subject.kind in {"pronoun", "determiner"}
    return joined or after.text == "," or (people and _has_object(tokens, i))


_ALONE = frozenset({"enrol", "enroll", "apply", "vote", "bid", "donate", "pledge", "rsvp", "reply"})
"""What people do without an object: “people enrol; a lesson has a text”."""
_OPENING = frozenset(".:;-\"'")
_PARTICLES = frozenset({"up", "in", "off", "out", "for", "on", "to", "with", "over", "between"})
_SOMEBODY = frozenset(
    {"i", "we", "you", "they", "who", "everyone", "everybody", "anyone", "anybody", "somebody",
     "someone", "others", "both"}
)  # fmt: skip
_ANYBODY = frozenset(
    {"he", "she", "it", "who", "everyone", "everybody", "anyone", "anybody", "somebody", "someone",
     "nobody", "something", "nothing", "everything"}
)  # fmt: skip
"""One of whom, or of which, the verb is said."""
_CROWD = frozenset({"people", "staff", "crew", "personnel"})
"""Several persons in a word that looks like one thing."""
_OBJECTS = frozenset({"a", "an", "the", "their", "his", "her", "its", "them", "it", "what", "how"})
"""Words that begin the object of a verb."""
_LETTING = frozenset({"let", "help", "make"})
_LINKS = frozenset({"of", "in", "from", "at"})


def _subject(earlier: Sequence[Token]) -> Token | None:
    """Who does something: the plural or pronoun that the words before a verb begin with."""
    i = len(earlier) - 1
    while i > 0 and earlier[i].kind == "other":
        i -= 1
    if (
        earlier[i].plural
        or earlier[i].lemma in _CROWD
        or (earlier[i].kind in {"pronoun", "determiner"} and _is_person(earlier[i]))
    ):
        return earlier[i]
    while i > 0 and earlier[i].kind in {"noun", "adjective", "determiner", "possessive"}:
        i -= 1
    linked = earlier[i].text.lower() in _LINKS and i < len(earlier) - 1
    return earlier[i - 1] if linked and i and earlier[i - 1].plural else None


def _is_person(token: Token) -> bool:
    return token.text.lower() in _SOMEBODY


def _acted(earlier: Sequence[Token]) -> bool:
    """Whether the clause has its verb already: then what follows is a noun."""
    for token in reversed(earlier):
        if token.kind in {"mark", "conjunction", "relative"}:
            return False
        if token.kind in {"verb", "modal"}:
            return token.tag not in {"VVG", "VVN"} and token.lemma not in _LETTING
    return False


def _object_end(tokens: Sequence[Token], i: int) -> int:
    """Where the noun phrase behind a token ends; the next position when there is none."""
    end = i + 1
    while end < len(tokens) and (
        tokens[end].kind in {"noun", "adjective", "determiner", "number", "possessive"}
        or tokens[end].tag == "VVG"
    ):
        end += 1
        ended = tokens[end - 1].kind == "noun" and tokens[end : end + 1]
        if tokens[end - 1].plural or (ended and ended[0].kind != "noun"):
            break
    return end


def _has_object(tokens: Sequence[Token], i: int) -> bool:
    """“Members book tennis courts”, but not “the members list page”."""
    end = _object_end(tokens, i)
    if end == i + 1:
        return tokens[end].text.lower() in _PARTICLES if end < len(tokens) else False
    last = tokens[end - 1]
    return last.plural or (last.kind == "noun" and last.lemma not in lexicon.app_nouns())


def _has_several(tokens: Sequence[Token], i: int) -> bool:
    """“A site to book ferry tickets”."""
    end = _object_end(tokens, i)
    last = tokens[end - 1]
    several = end > i + 1 and last.plural and last.lemma not in lexicon.app_nouns()
    return several and tokens[i].text.lower() in _doing()


def _commands(tokens: Sequence[Token], i: int) -> bool:
    """“Plan meals”, “order bread online”, but not “order form” and not “book club”."""
    end = _object_end(tokens, i)
    if end == i + 1 or not _has_object(tokens, i):
        return False
    behind = tokens[end].text.lower() if end < len(tokens) else ""
    return tokens[end - 1].plural or behind in {"from", "online", "by", "via"}


def _is_people(token: Token) -> bool:
    return token.lemma in lexicon.persons()


def _is_verbal(token: Token | None) -> bool:
    """Whether a base form may follow: after a modal, "to", a pronoun or another verb."""
    if token is None:
        return False
    return token.kind in {"modal", "to", "pronoun"} or (
        token.kind == "verb" and token.lemma in _BE_AND_HAVE
    )
