"""What is written down of what people do: “note what I sow”, “record who played what”. Pure.

The table of the verbs and the nouns of their records is `lexicon/nominals.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.scout import lexicon
from agents.scout.reading import Reading

_RECORDING = frozenset(
    {"note", "record", "log", "write", "track", "see", "know", "remember", "list", "enter", "keep",
     "history", "save"}
)  # fmt: skip
_ASKING = frozenset({"what", "who", "when", "which", "how", "where", "whom"})
_NEAR = 4
"""Words at most between the verb of recording and what is asked."""


def _by_whom(reading: Reading, i: int) -> bool:
    """“What was bought by whom”: a passive of which the one who did it is asked."""
    return reading.text(i + 1) == "by" and reading.text(i + 2) in {"whom", "who"}


def recorded(reading: Reading) -> Iterator[str]:
    """The nouns of what the sentence wants written down, as people name such records."""
    table = lexicon.nominals()
    recording = -_NEAR - 1
    asked = False
    for i, token in enumerate(reading.tokens):
        if token.lemma in _RECORDING:
            recording, asked = i, False
        if token.text in {".", ";", ":", "("}:
            recording, asked = -_NEAR - 1, False
        if token.text.lower() in _ASKING and (asked or i - recording <= _NEAR):
            asked = True
        elif _means_to(reading, i):
            continue
        elif (_by_whom(reading, i) or (asked and token.kind == "verb")) and token.lemma in table:
            yield table[token.lemma]


def _means_to(reading: Reading, i: int) -> bool:
    """“What I need to buy”: it is the buying that is asked for."""
    return reading.tokens[i].lemma in {"need", "wish", "try"} and reading.text(i + 1) == "to"
