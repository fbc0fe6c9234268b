"""A name for an app that the idea gives none: from what the idea calls it, or is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import inflection

from agents.scout import lexicon, names
from agents.scout.reading import Reading
from agents.scout.titles import titled
from contracts.scouting import CandidateEntity

MOST = 5
"""Words of a phrase that is too long to be a name."""
_VAGUE = frozenset(
    [
        "app",
        "application",
        "website",
        "site",
        "platform",
        "system",
        "tool",
        "service",
        "page",
        "software",
        "webapp",
        "web",
        "portal",
        "program",
        "programme",
        "solution",
        "mvp",
        "crud",
    ]
)

_VAGUE_BEFORE = _VAGUE | {"landing", "internal", "corporate", "management", "small", "based"}
_SHORTER = {
    "application": "app", "software": "app", "website": "site", "webapp": "app", "web": "app",
    "program": "app", "programme": "app", "solution": "app", "mvp": "app", "crud": "app",
}  # fmt: skip
_SAYING = frozenset({"blog", "crm", "kanban", "wiki", "portfolio", "helpdesk"})
"""Words for apps that say what it does by themselves."""
_MORE = frozenset(
    {"academy", "album", "calculator", "converter", "crm", "gallery", "game", "helpdesk", "house",
     "inventory", "magazine", "management", "network", "newspaper", "poll", "portfolio", "quiz",
     "rental", "roster", "store", "survey", "timer", "timetable", "club", "exchange", "intranet",
     "builder"}
)  # fmt: skip
_MAKING = frozenset(
    {"build", "create", "develop", "design", "implement", "make", "need", "want", "like"}
)
_FILLERS = frozenset(
    {"a", "an", "the", "my", "our", "your", "please", "me", "us", "to", "have", "build", "create",
     "develop", "design", "implement", "make", "simple", "small", "modern", "new", "nice", "little",
     "online", "web", "lightweight", "want", "need", "full", "clean", "responsive", "basic"}
)  # fmt: skip
_LITTLE = frozenset({"small", "little", "big", "local", "large", "old", "new", "own", "friendly"})
_OF = frozenset({"for", "of", "about"})
_ENDS = _OF | {
    "with", "that", "where", "which", "who", "to", "in", "on", "from", "by", "so", "as", "and",
    "or", "at", "is", "are", "has", "have", "when", "because", "keeps", "like", "such", "without",
}  # fmt: skip
_RUNNING = frozenset({"run", "own", "be", "operate", "manage"})
_SITES = frozenset({"site", "website"})
_BESIDE = frozenset({"message", "category", "review", "comment", "report", "email"})
"""What many apps have and none is about."""
NAMED = 2.5
"""Score from which the idea speaks of what such apps are about."""


def derived(
    readings: Sequence[Reading],
    candidates: Sequence[CandidateEntity],
    *,
    main: str,
    short: str,
    default: str,
) -> str:
    """A name from the words that say what the app is: "Recipe Box", "Film Club", "Street Site".

    Else what it is about with `short`, the kind of app: "Tennis Court Booking"; `main` is what
    such apps are about.
    """
    about = _subject(candidates, main, short)
    for number, reading in enumerate(readings[:2]):
        for start in _starts(reading, first=number == 0):
            if name := _phrase_name(reading, start, about):
                return titled(name)
    if readings and (house := _house(readings[0])):
        return titled(house if house[-1].lower().endswith(short.lower()) else [*house, short])
    return titled(about) if about else default


def _subject(candidates: Sequence[CandidateEntity], main: str, short: str) -> list[str]:
    """What the app is about with the word for such apps; the plural where there is none."""
    things = [c for c in candidates if c.source != "deed" and c.words[-1] not in _BESIDE]
    said = [c for c in things if c.matches == main and c.score >= NAMED] or things
    if not said:
        return []
    words = list(said[0].words)
    if not short:
        return [*words[:-1], inflection.pluralize(words[-1])]
    return words if words[-1] == short.lower() else [*words, short]


def _starts(reading: Reading, *, first: bool) -> Iterator[int]:
    """Where the words for the app may begin: at first, and behind "I want" and "build"."""
    if first and reading.tokens and _Words(reading).kind(0) != "pronoun":
        yield 0
    for i, token in enumerate(reading.tokens):
        if token.lemma in _MAKING and token.text.lower() != "application":
            yield i + 1


class _Words:
    """The words of a reading, over its end too."""

    def __init__(self, reading: Reading) -> None:
        self._tokens = reading.tokens

    def kind(self, i: int) -> str:
        return self._tokens[i].kind if i < len(self._tokens) else "mark"

    def text(self, i: int) -> str:
        return self._tokens[i].text.lower() if i < len(self._tokens) else "."

    def phrase(self, start: int) -> tuple[list[str], int]:
        """The words from a position to the first that ends a name, and where that is."""
        i = start
        while self.text(i) in _FILLERS:
            i += 1
        words: list[str] = []
        while self.kind(i) != "mark" and self.text(i) not in _ENDS and len(words) < MOST:
            if self.kind(i) in {"pronoun", "modal", "relative", "possessive"}:
                break
            words.append(self._tokens[i].text)
            i += 1
        return words, i


def _phrase_name(reading: Reading, start: int, about: list[str]) -> list[str]:
    """The name that the words from a position give; [] when they are none for an app."""
    said = _Words(reading)
    words, end = said.phrase(start)
    verbs = [i for i in range(end - len(words), end) if said.kind(i) == "verb"]
    if any(i > start for i in verbs) or len(words) not in range(1, MOST):
        return []
    head = names.singular_of(words[-1].lower())
    ends = said.kind(end) == "mark" or said.text(end) in _OF
    kinds = _kinds()
    whole = start == 0 and end >= len(reading.tokens) - 1 and len(words) > 1 and not verbs
    if head not in kinds or (not ends and said.text(end) not in _ENDS):
        return words if whole and head not in kinds else []
    single = head in lexicon.words().nouns.apps | _VAGUE | _MORE and words[-1].lower() != head
    kept = [*words[:-1], head if single else words[-1]]
    if single and len(kept) == 1 and head not in _MORE:
        # "My books" are no book: the app is about them.
        return []
    return _told(said, end, kept, head, about)


def _told(said: _Words, end: int, kept: list[str], head: str, about: list[str]) -> list[str]:
    """The words with the kind of app; without it where it says nothing: "film club app"."""
    if head not in _VAGUE:
        if len(kept) > 1 or head in _SAYING:
            return kept if len(kept) > 1 else [*_whose(said, end), *kept]
        return _with_head(said, end, kept[0], about)
    rest = [w for w in kept[:-1] if w.lower() not in _VAGUE_BEFORE]
    if len(rest) > 1:
        return [*rest, "site"] if head in _SITES else rest
    if rest:
        return [*rest, _SHORTER.get(head, head)]
    whose = _whose(said, end)
    return [*whose, "site"] if whose and head in _SITES else whose


def _with_head(said: _Words, end: int, head: str, about: list[str]) -> list[str]:
    """“A forum for beekeepers”: what it is for or about, before the word for the app."""
    whose = _whose(said, end, plural=True)
    if whose:
        return [*whose, head]
    subject = [w for w in about[:-1] if w.lower() != head.lower()]
    return [*subject, head] if subject else [head]


def _whose(said: _Words, end: int, *, plural: bool = False) -> list[str]:
    """What follows "for", "of" or "about", in the singular; a plural alone names no app."""
    if said.text(end) not in _OF:
        return []
    words, _ = said.phrase(end + 1)
    if not words or len(words) >= MOST:
        return []
    words = [w for w in words if w.lower() not in _LITTLE]
    if not words:
        return []
    single = names.singular_of(words[-1].lower())
    if single != words[-1].lower():
        return [*words[:-1], single][-2:] if plural else []
    return words[-2:]


def _house(reading: Reading) -> list[str]:
    """Whose app it is: "We run a small bakery", "We are a cycling club", "Our school wants"."""
    said = _Words(reading)
    run = next((i for i, token in enumerate(reading.tokens[:4]) if token.lemma in _RUNNING), 0)
    if run and (said.text(0) in {"we", "i"} or reading.tokens[run].lemma != "be"):
        words, end = said.phrase(run + 1)
    elif said.text(0) == "our":
        words, end = said.phrase(1)
        verb = next((i for i in range(1, end) if said.kind(i) == "verb"), end)
        words = words[: verb - 1]
    else:
        return []
    words = [w for w in words if w.lower() not in _LITTLE and not w[0].isdigit()]
    if not words or len(words) >= MOST or names.singular_of(words[-1].lower()) != words[-1].lower():
        return []
    return words[-2:]


@lru_cache(maxsize=1)
def _kinds() -> frozenset[str]:
    """Words for apps and what stands for one."""
    nouns = lexicon.words().nouns
    return nouns.apps | nouns.heads | _VAGUE | _SAYING | _MORE
