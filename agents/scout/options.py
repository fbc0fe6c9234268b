"""What a field may be, said without parentheses: "status learning, polishing or done"."""

from __future__ import annotations

from agents.scout.reading import JOINING, Reading

LONGEST = 3
"""Words of the longest option."""
_FEWEST = 2
_BEFORE = frozenset({":", "is", "are", "of", "can", "be", "either", "such", "as", "=", "-"})
_ENDING = frozenset({"mark", "pronoun", "relative", "modal", "determiner"})


def spoken(reading: Reading, position: int) -> tuple[tuple[str, ...], int]:
    """The options that begin at a position, and where they end; none without an "or"."""
    i = position
    while reading.text(i) in _BEFORE:
        i += 1
    parts: list[list[str]] = [[]]
    alternatives = last = False
    while i < len(reading.tokens):
        token, word = reading.tokens[i], reading.text(i)
        if word in JOINING:
            if word not in {",", "or", "/"} or (last and word == ","):
                break
            alternatives = alternatives or word != ","
            last = last or word == "or"
            parts += [[]] if parts[-1] else []
        elif (
            token.kind == "mark"
            or token.kind in _ENDING
            or (token.kind == "preposition" and parts[-1])
        ):
            break
        else:
            parts[-1].append(word)
        i += 1
    found = tuple(" ".join(part) for part in parts if part)
    if not alternatives or len(found) < _FEWEST or any(len(part) > LONGEST for part in parts):
        return (), position
    return found, i
