"""What a sentence says that the app leaves alone: “invoices are written elsewhere”. Pure."""

from __future__ import annotations

import re

from agents.scout.telltale import Telltale

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
_LEFT_OUT = Telltale(
    f"{_BEGIN}{_WHAT}(?:(?:is|are|stays?|remains?|will be|can be|shall be|should be) "
    r"(?:[^.;:,]{0,60} (?:and|so) (?:is |are )?)?"
    rf"(?:also |still |both |all |therefore )?{_NO_PART}"
    r"|(?:we|i|you) (?:do not|don't|won't) (?:need|want) (?=[.,;!)]|$)"
    rf"|(?:(?:is|are) )?(?:also |still )?{_NEEDLESS} (?=[.;!)]|(?:here|now|yet|at all) |$))",
    "not ", "n't", "out of", "off topic", "done", "made", "kept", "handled", "written", "managed",
    "sent", "paid", "dealt", "settled", "taken", "excluded", "left out", "unnecessary",
    "superfluous",
)  # fmt: skip

_LED = Telltale(
    r"^(?:[-*•–] )?(?:not (?:now|yet|needed|wanted|necessary|required|included|planned|in scope"
    r"|part of (?:this|it))|out of (?:the )?scope|left out|no need for|we don't (?:need|want))"
    r" ?: (?P<what>[^.;!?]+)",
    ": ",
)
"""“Not now: a calendar, orders.”"""
_LEAVE = (
    r"(?:leave|keep) (?:it|them|this|that|these|those) (?:out|away|aside)"
    r"|(?:skip|drop|forget|omit) (?:it|them|this|that|these|those)"
    r"|(?:do not|don't|no need to) (?:build|make|add|include) (?:it|them|this|that|these|those)"
)
_HAVE = (
    r"we (?:already |still )?(?:have|use|keep) (?:another|a different|a separate|our own|an own"
    r"|some other|other) (?:\w+ ){1,3}?(?:for|to do) (?:this|that|it|them|those|these)"
)
_REFUSAL = (
    r"(?:no|nope|never|none)(?= [.;!)]| ?$"
    r"| , (?:no|not|never|thanks?|please|sorry|we|that|it|they|the)\b)"
    r"|no (?:thanks?|thank you|need)\b|(?:please )?not? (?:now|yet|here|please)(?= [.,;!)]| ?$)"
    r"|not (?:(?:in|for|at) )?(?:the|this|our)"
    r" (?:first|moment|beginning|version|start|year|season)\b"
    r"|(?:please not|not at all|nothing of the kind)(?= [.,;!)]| ?$)"
    rf"|(?:not (?:needed|wanted|necessary|required)|unnecessary|superfluous)(?= [.,;!)]| ?$)"
    rf"|{_NO_PART}(?= [.,;!)]| ?$)"
)
_ANSWER = re.compile(rf"(?:{_REFUSAL})", re.IGNORECASE)
_SHORT = 5
"""Words of a question that only names something: “A newsletter?”"""
_HEADED = Telltale(
    rf"^(?:[-*•–] )?{_WHAT}(?:[:?=–—-]|\() (?:{_REFUSAL}"
    rf"|(?:[^.;:]{{0,80}} )?(?:{_LEAVE})\b|{_HAVE}\b)",
    ": ", "? ", "= ", "– ", "— ", "- ", "( ",
)  # fmt: skip
"""A line that begins with what is asked about and answers it: “swaps: no, not wanted”."""
_TAKEN_BACK = Telltale(
    rf"{_BEGIN}{_WHAT}(?:(?:is|are|comes?|stays?|runs?) )[^.;:]{{0,80}}?(?:{_LEAVE})\b",
    "leave ", "keep ", "skip ", "drop ", "forget ", "omit ", "build ", "make ", "add ", "include ",
)  # fmt: skip
"""“Payslips come from another program, leave them out.”"""
_UNPAID = Telltale(
    rf"{_BEGIN}(?:nobody|no one|noone|nothing|no money) (?:(?:is|are|gets|will be|has to be|ever"
    r"|can|will|shall|may|needs to|has to|in it|here) )*(?P<what>(?:pays?|paid|pay|sold)\b)"
    r"(?! (?:more|less|twice|late|later|until|before|without|unless|back|attention)\b)",
    "pay", "paid", "sold",
)  # fmt: skip
"""“Nobody pays online, we have a tin.”"""


def span(text: str) -> tuple[int, int]:
    """Where in a sentence, its words in lower case with spaces between, that stands; or (0, 0)."""
    for pattern in (_LED, _LEFT_OUT, _HEADED, _TAKEN_BACK, _UNPAID):
        if match := pattern.search(text):
            return match.span("what")
    return 0, 0


def is_refused(question: str, answer: str) -> bool:
    """“Newsletter? No.”: two sentences, of which the second refuses what the first names."""
    short = question.rstrip().endswith("?") and len(question.split()) <= _SHORT
    return short and _ANSWER.match(re.sub(r"([.,;!])", r" \1", answer.strip())) is not None
