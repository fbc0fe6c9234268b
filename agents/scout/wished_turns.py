"""Turns of phrase that wish for a colour: “she insists on lilac”, “…, in teal pls”.

Each is what stands before the colour and what follows it, in words and marks with a space between.
"""

from __future__ import annotations

import re

from agents.scout.turn_words import (
    ALONE,
    APPS,
    CLOSE,
    END,
    LIKING,
    NAMING,
    OPEN,
    PERSON,
    POLITE,
    SMALL,
    TAKING,
)

_WISHED = (
    # “Red's for emergencies, that leaves sienna”, “if it isn't hot pink, we won't use it”.
    (rf"\b(?:that|which|this|so it) leaves (?:us |me )?(?:with )?{SMALL}$", CLOSE),
    (
        (
            rf"\b(?:if|unless) (?:it|the {APPS}) (?:(?:isn|is|are|does|doesn|be|not|n|t|'|come"
            rf"|in|s) )*$"
        ),
        r"^ ,? ?(?:we|i|nobody|no one|my|our|he|she|the|you|they)\b",
    ),
    # “She insists on lilac”, “I would like royal blue”.
    (rf"\b{NAMING}{TAKING} $", CLOSE),
    (
        (
            r"\b(?:i|we|he|she)(?: have| ' ve| had| has| ' d| would| should| rather| really"
            r"| much| do| always| ' ll)*"
            rf" {LIKING}(?:s|d|ed)?{TAKING} $"
        ),
        CLOSE,
    ),
    (rf"\b{PERSON}(?: ' d| would| always| really)* {LIKING}(?:e?s|d)?{TAKING} $", CLOSE),
    (
        # “Lime green, because I like it.”
        rf"^{SMALL}$",
        (
            r"^ ?,? (?:because|since|so that|as (?:it|we|i|that|this|our|my|the)"
            r"|like (?:our|my|the|on|in)|if (?:nobody|possible|you))\b"
        ),
    ),
    (
        # “If I may choose a colour, coral”, “one more thing: crimson”.
        (
            r"\b(?:(?:i|we|me|you|may) (?:\w+ )?(?:choose|pick|wish for|ask for"
            r"|have a say)(?: \w+){0,4}"
            r"|one (?:more|last|other) (?:thing|wish|request)|(?:last|final) (?:thing|wish|request)"
            r"|colou?r ?- ?wise|(?:as|and) for (?:the |its )?(?:colou?rs?|looks?|design|style)"
            rf"|favou?rite(?: colou?r)?(?: is| was)?) ?[,:-]? ?{SMALL}$"
        ),
        r"^ ?(?:$|[.,;!?()-]|and |on |with |please|would|because|since|as )",
    ),
    # “…, in teal pls”, “…: navy, please”.
    (rf"(?:{OPEN}{SMALL}| in )$", rf"^(?: ,)? {POLITE}\b"),
    (rf"{OPEN}(?:(?:and|but|so|in|make|it|all) )*{POLITE} [,;:]? ?{SMALL}$", CLOSE),
    (
        # “…, so orange.”
        (
            rf"{OPEN}(?:so|hence|thus|therefore)"
            r" (?:(?:obviously|naturally|of course|in|it ' s|please) )*$"
        ),
        END,
    ),
    (rf"\bwhy not {SMALL}$", rf"{END}|^ (?:for|on) "),
    (
        (
            r"^[^:]*\b(?:since|because|as|i|we|us|too|not|no|but|so|you|nobody|never)\b[^:]* : "
            rf"{SMALL}$"
        ),
        r"^ ?(?:$|[.!;])",
    ),
    (
        r"",
        (
            r"^ (?:to|should|must|needs to|has to) (?:be )?(?:visible|seen|recogni\w+|prominent"
            r"|dominate|prevail|stand out|come through)\b"
        ),
    ),
    (
        (
            r"\b(?:mrs?|ms|miss|dr|professor|captain|coach|chef) \w+ (?:always )?"
            r"(?:says?|wants?|insists on|suggests?|suggested|ordered|asked for|demands?|prefers"
            r"|likes) $"
        ),
        rf"{CLOSE}|^ ?,? and ",
    ),
    (
        rf"^{SMALL}$",
        (
            r"^ (?:\w+s|\w+ed) (?:\w+ )?(?:me|us|her|him|them|everyone|everybody"
            r"|nobody)\b"
        ),
    ),
    (r"\b(?:hence|thus|therefore) (?:in )?$", END),
    # “Brick walls everywhere here: firebrick.”
    (r"^(?!(?:an?|the|its|each|every|their) )[^:,]*(?: [a-z]+){3} : $", r"^ ?(?:$|[.!])"),
    # “Tan would go with the desert”.
    (ALONE, r"^ (?:would|could|might|will) (?:go|match|suit|fit|remind|please|make)\b"),
)
OF_WISH = tuple((re.compile(a), re.compile(b)) for a, b in _WISHED)
"""Those that may be said of an order too: “salmon, please”."""
