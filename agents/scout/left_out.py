"""What a sentence says that the app leaves alone: “invoices are written elsewhere”. Pure."""

from __future__ import annotations

import re

_BEGIN = r"(?:^|(?<=[.;:(–-] )|(?<=, and )|(?<=, but )|(?<=but )|(?<=^and ))"
_WHAT = (
    r"(?!(?:if|when|while|until|unless|as|in|on|at|for|it|this|that|they|these|he|she|we|i|you"
    r"|there|what|who|which|so|because|no|not|nothing|everything|all)\b)"
    r"(?P<what>(?:(?!that|which|who|if|is|are|where)[\w'&/-]+,? ){1,8}?)"
)
_NO_PART = (
    r"(?:not (?:an? )?(?:part|topic|subject) of (?:this|it|the)|out of (?:the )?scope|off topic"
    r"|(?:done|made|kept|handled|written|managed|sent|paid|dealt with|settled|taken care of)"
    r" (?:elsewhere|(?:in|with|by|through|via) (?:our |the |an? )?(?:accountants?|bookkeepers?"
    r"|tax advis[eo]rs?|bank|datev|lexware|quickbooks|sage|sap|xero|excel|outlook|paypal|stripe)"
    r"|somewhere else|in another|in a different|outside)|excluded|left out"
    r"|not (?:in scope|of interest|our (?:business|concern|problem))"
    r"|not (?:included|covered)(?= [.;!)]))"
)
_NEEDLESS = r"(?:not (?:needed|wanted|necessary|required)|unnecessary|superfluous)"
_LEFT_OUT = re.compile(
    f"{_BEGIN}{_WHAT}(?:(?:is|are|stays?|remains?|will be|can be|shall be|should be) "
    r"(?:[^.;:,]{0,60} (?:and|so) (?:is |are )?)?"
    rf"(?:also |still |both |all |therefore )?{_NO_PART}"
    r"|(?:we|i|you) (?:do not|don't|won't) (?:need|want) (?=[.,;!)]|$)"
    rf"|(?:(?:is|are) )?(?:also |still )?{_NEEDLESS} (?=[.;!)]|(?:here|now|yet|at all) |$))"
)

_UNPAID = re.compile(
    rf"{_BEGIN}(?:nobody|no one|noone|nothing|no money) (?:(?:is|are|gets|will be|has to be|ever"
    r"|can|will|shall|may|needs to|has to|in it|here) )*(?P<what>(?:pays?|paid|pay|sold)\b)"
    r"(?! (?:more|less|twice|late|later|until|before|without|unless|back|attention)\b)"
)
"""“Nobody pays online, we have a tin.”"""


def span(text: str) -> tuple[int, int]:
    """Where in a sentence, its words in lower case with spaces between, that stands; or (0, 0)."""
    for pattern in (_LEFT_OUT, _UNPAID):
        if match := pattern.search(text):
            return match.span("what")
    return 0, 0
