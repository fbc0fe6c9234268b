"""Stretches of a sentence that are talk about a colour and name no thing of the idea.

“All of it in turquoise”, “but if you ask: firebrick”, “what we all agreed on: steel blue”.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.scout import lexicon
from agents.scout.colours import Colour

_MARKS = frozenset({",", ";", ":", "-", "(", "=", ")"})
_LIGHT = frozenset(
    {"a", "about", "all", "also", "although", "always", "am", "an", "and", "any", "are", "as",
     "at", "be", "because", "been", "being", "both", "but", "by", "can", "could", "d", "do",
     "does", "don", "even", "ever", "for", "from", "gladly", "had", "has", "have", "here", "how",
     "in", "into", "is", "it", "its", "just", "ll", "m", "may", "might", "more", "most", "much",
     "must", "no", "not", "now", "of", "off", "on", "one", "only", "other", "ought", "out",
     "over", "own", "quite", "rather", "re", "really", "s", "same", "shall", "should", "since",
     "so", "some", "t", "than", "that", "the", "then", "there", "this", "though", "to", "too",
     "ve", "very", "was", "well", "what", "where", "which", "who", "why", "will", "with", "would",
     "yet", "'", "’", "or", "similar", ",", ";", ":", "-", "(", ")", ".", "!", "?", "=", "…", '"',
     "up", "still"}
)  # fmt: skip
_TALK = frozenset(
    {"actually", "agree", "agreed", "app", "ask", "asked", "basically", "best", "better", "bit",
     "boss", "brave", "brother", "care", "chairman", "chairwoman", "choice", "choose", "chosen",
     "clear", "clearly", "colour", "color", "colouring", "course", "dad", "daughter", "decided",
     "definitely", "else", "enough", "everybody", "everyone", "everything", "everywhere",
     "expect", "expected", "fan", "father", "favourite", "favorite", "feel", "feels", "finally",
     "fit", "fits", "friend", "fun", "give", "glad", "go", "goes", "grandma", "guess", "guessed",
     "happen", "happens", "happy", "hard", "hope", "hopefully", "husband", "i", "idea", "if",
     "imagine", "important", "insist", "instead", "joke", "keep", "kids", "kind", "know", "known",
     "last", "laugh", "laughs", "leave", "leaves", "let", "like", "likes", "little", "look",
     "looks", "lot", "love", "loves", "lovely", "make", "makes", "matter", "matters", "maybe",
     "me", "mean", "mention", "mind", "mine", "mostly", "mother", "mum", "my", "myself",
     "natural", "naturally", "need", "never", "nice", "nobody", "nothing", "obvious", "obviously",
     "oh", "ok", "okay", "opinion", "opt", "our", "ours", "page", "pages", "part", "partner",
     "perhaps", "pick", "picked", "pls", "please", "plz", "point", "possible", "preferably",
     "prefer", "prefers", "probably", "question", "quiet", "right", "said", "say", "says",
     "screen", "see", "seems", "serious", "settled", "shade", "shared", "simple", "simply",
     "site", "sister", "somehow", "someone", "somebody", "something", "somewhat", "son", "sorry",
     "sort", "stay", "suit", "suits", "sure", "surprise", "take", "talk", "taste", "tell",
     "thank", "thanks", "thing", "think", "thought", "thx", "told", "tone", "touch", "tradition",
     "treasurer", "true", "try", "us", "usual", "vote", "voted", "want", "wanted", "wants", "we",
     "website", "whatever", "whole", "whoever", "wife", "wish", "wished", "word", "work", "works",
     "worry", "wouldn", "yes", "you", "your", "matching", "demand", "demands", "ignore", "find",
     "manage", "dress", "pleased", "visible", "appreciate", "enjoy", "wishes", "add", "apply",
     "set", "paint", "picture", "recommend", "advise", "require", "consider", "grateful", "first",
     "second", "again", "alone", "nicest", "dressed", "painted", "styled", "throughout",
     "wherever", "otherwise", "anyway", "by", "way", "least", "lots", "plenty", "itself",
     "btw", "fyi", "decide", "were",
     "did", "depends", "got", "stand", "argue", "bother", "complain", "stuck", "done", "get",
     "gets", "put", "request", "requested", "goodness", "heaven", "heavens", "hey", "forget",
     "remember", "reason", "reasons", "allowed", "imho", "imo", "style", "used", "use", "using",
     "overall", "general", "however", "nowadays", "design", "theme", "loud", "bright", "dark",
     "plain", "pastel", "pastels", "colourful", "colorful", "boring"}
)  # fmt: skip
_SUBJECTS = frozenset({"they", "them", "he", "she", "these", "those", "others", "each", "ones"})
_JOINS = frozenset({"and", "but", "so", "because", "which", "since", "that", "if"})
_PERSONS = frozenset({"i", "we", "you", "my", "it", "let", "please"})
_REASONS = frozenset({"because", "since", "as", "like", "although", "though"})
_IS = frozenset({"it", "is", "are", "was", "were"})
_WISHING = frozenset(
    {"i", "we", "you", "me", "us", "want", "wants", "like", "likes", "love", "loves", "prefer",
     "prefers", "demand", "demands", "ignore", "insist", "insists", "please", "pls", "wish",
     "wishes", "favourite", "favorite", "vote", "voted", "picked", "pick", "app", "site",
     "website"}
)  # fmt: skip
_LIKENESS = re.compile(
    r" (?:(?:just |a bit |much |rather )?(?:like|as)|matching|the colou?r of|to match|to go with)"
    r" (?:(?:on|in|at|for) )?(?:(?:our|the|my|your|an?|all|its|his|her|their|every|most) )?"
    r"(?:(?!like\b|as\b)[a-z]+ )(?:[a-z]+ )??(?:[a-z]+ )??"
    r"(?:(?:is|are|was|were|has|have|does|do|wears?) )?(?=[.,;:!?)=]|for the (?:app|site)|please|$)"
)


def is_opinion(
    pieces: Sequence[str], colour: Colour, found: Sequence[Colour], *, wares: bool
) -> bool:
    """Whether a colour stands in talk: no thing is named that could have it.

    One of `wares`, that are things too, must be likened to something: “Gold like the beer.”
    """
    words = _without_likeness(pieces, colour)
    at = {k for c in found for k in range(c.start, c.end)}
    known = _TALK | _LIGHT | _SUBJECTS | lexicon.colours().context.moods | {""}
    end = _end(words, colour, known, at)
    start = colour.start
    while start > 0 and (words[start - 1] in known or start - 1 in at):
        start -= 1
    while start < colour.start and not _begins(words, start):
        start += 1
    if end < 0 or not _begins(words, start):
        return False
    talk = [w for k, w in enumerate(words[start:end], start) if k not in at]
    told = not _TALK.isdisjoint(talk)
    listed = start > 1 and start - 2 in at and words[start - 1] in {",", "-"}
    likened = start == colour.start and "" in words[colour.end : end]
    listing = len(found) > 2 or ":" in words  # noqa: PLR2004  background and buttons
    bare = (
        start == 0 and end == len(words) and colour.sure and _IS.isdisjoint(words) and not listing
    )
    wished = not _WISHING.isdisjoint(talk)
    if listed or not (_SUBJECTS.isdisjoint(talk) or wished):
        return False
    if end < len(words) or wares:
        return likened or (wished and not wares)
    return told or likened or bare


def _begins(words: Sequence[str], start: int) -> bool:
    """Whether a clause may begin at word `start`: after a mark, or with “and I …”."""
    if start == 0 or words[start - 1] in _MARKS:
        return True
    return words[start - 1] in _JOINS and words[start] in _PERSONS


def _end(words: Sequence[str], colour: Colour, known: frozenset[str], at: set[int]) -> int:
    """Where the clause of a colour ends; -1 when a thing comes first."""
    end = colour.end
    while end < len(words) and (words[end] in known or end in at):
        end += 1
    if end == len(words):
        return end
    stops = [k for k in range(colour.end, end) if words[k] in _MARKS | _REASONS]
    return stops[0] if stops else -1


def _without_likeness(pieces: Sequence[str], colour: Colour) -> list[str]:
    """The pieces, "" for each of a comparison: “like our tents”, “as the desert is”."""
    words = list(pieces)
    starts, text = [], ""
    for piece in pieces:
        starts.append(len(text) + 1)
        text += f" {piece}"
    for match in _LIKENESS.finditer(f"{text} "):
        for k, start in enumerate(starts):
            inside = match.start() < start < match.end()
            if inside and not colour.start <= k < colour.end:
                words[k] = ""
    return words
