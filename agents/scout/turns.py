"""Turns of phrase that make a colour the app's: “so turquoise it is”, “she insists on lilac”.

Each is what stands before the colour and what follows it, in words and marks with a space between.
"""

from __future__ import annotations

import re

from agents.scout.turn_words import (
    ALONE,
    APPS,
    ARTICLE,
    CLOSE,
    COPYING,
    END,
    LABEL,
    MARK,
    MODAL,
    OPEN,
    PRAISE,
    SAYING_SO,
    SMALL,
    SO,
)

_SPOKEN_OF_APP = (
    (r"", rf"^{SAYING_SO}"),
    (r"", r"^(?: [\w']+){0,8}? (?:for|on) (?:the|this|our) (?:app|site|website)\b"),
    (r"", r"^ (?:to|for) (?:me|us) ?(?:$|[.!;])"),
    # “The order's colour is indigo”, “colours teal if you can”.
    (r"\b(?:the|our|my) (?:\w+ )?\w+ ' s (?:\w+ )?colou?rs? (?:is|are|being) $", CLOSE),
    (rf"{OPEN}(?:colou?rs?|colou?r ?-? ?wise|theme|accent) {SMALL}$", CLOSE),
    (r"\b(?:guess(?:ed)?|obvious\w*|naturally|of course|what else)(?: \w+){0,3} [:,] $", END),
    (r"", r"^ ,? ?(?:if|in case) (?:you|one|we|somebody|anyone)(?: \w+){0,4} colou?rs?\b"),
    (rf"{OPEN}(?:in )?(?:the )?same $", r"^ (?:as|like) (?:the|our|my|on|in|your)\b"),
    (
        (
            r"^(?:its|our|my|the) (?:\w+ )?colou?rs? (?:has been|have been|will be|must be|stays?"
            r"|remains?|used to be)(?: always)? $"
        ),
        rf"{CLOSE}|^ ",
    ),
    (r"\bsomething (?:\w+ ){1,3}(?:like|such as|in|maybe|perhaps) (?:an? |the )?$", CLOSE),
    (r"\b(?:that|which|this|it) means $", CLOSE),
    (
        (
            rf"\b(?:the|this|our) {APPS} (?:picks up|takes up|takes|has|wears|uses|carries|echoes"
            rf"|repeats"
            r"|mirrors|keeps|gets)(?: (?:the|our|a|some|that|same))* $"
        ),
        r"^",
    ),
    (
        (
            r"^(?:on|at|by|as) (?:the )?(?:request|order|demand|popular demand|agreed|usual"
            r"|always|ever)"
            rf"\b(?: \w+){{0,4}}? ,? ?(?:in )?{SMALL}$"
        ),
        CLOSE,
    ),
    # “Looks: hot pink and lots of it”, “could it be turquoise?”.
    (
        rf"{OPEN}(?:the |its |my |our )?{LABEL} (?:[:=?] |- )+{SMALL}$",
        (
            rf"{CLOSE}|^ (?:and"
            rf"|with|on) "
        ),
    ),
    (
        (
            rf"\b{MODAL} (?:it|this|(?:the|our|your|my) {APPS})"
            rf"(?: (?:please|perhaps|maybe|possibly))?{COPYING} $"
        ),
        CLOSE,
    ),
    (
        # “The app can be the same yellow as our trams”, “it has to be as red as our engine”.
        (
            rf"\b(?:(?:the|this|our|your|my) (?:\w+ )?{APPS}|everything) (?:{MODAL}|be"
            rf"|were){COPYING} $"
        ),
        r"^",
    ),
    (
        (
            rf"(?:^|{MARK} |\b(?:and|so|but|then|naturally|obviously|please|think) )"
            rf"it {MODAL}{COPYING} $"
        ),
        CLOSE,
    ),
    (rf"\b{APPS}\b[^;:.]* the same $", r"^"),
    (
        # “I would want the same burgundy on the site”.
        r"\b(?:that|this|the|in)(?: very| exact)? ?same $|\bthat (?:very|exact) $",
        rf"^(?: \w+){{1,3}} {APPS}\b",
    ),
    (
        # “All of it in turquoise”, “a site in burgundy”, “make it pop with orange red”.
        (
            rf"\b(?:all(?: of (?:it|this|that))?|everything|the (?:whole|lot)(?: thing)?"
            rf"|throughout) in"
            rf" {ARTICLE}$"
        ),
        CLOSE,
    ),
    (rf"{MARK} all (?:\w+ ){{1,2}}in {ARTICLE}$", CLOSE),
    (
        rf"\bmake (?:it|(?:the|this|our) {APPS})(?: \w+){{0,3}} (?:with|in) {ARTICLE}$",
        CLOSE,
    ),
    (
        (
            r"\b(?:app|site|website|program|programme|homepage|portal|system|platform|tool"
            r"|interface"
            r"|dashboard)(?: all| mainly| mostly| kept| done| made| painted| dressed| entirely)? in"
            rf" {ARTICLE}$"
        ),
        CLOSE,
    ),
    (
        r"\b(?:see|have|put|find|use|with) (?:(?:some|a bit of|a little|more|the) )*$",
        rf"^ in (?:it|there|the {APPS})\b",
    ),
    (
        r"",
        (
            r"^ ,? ?(?:which|that|and that|what) (?:i|we|he|she|my|our)\b(?: \w+"
            r"| ')*? (?:on|in|for)"
            rf" (?:the|this|our) {APPS}\b"
        ),
    ),
    (ALONE, rf"^(?: \w+){{0,4}} (?:for|on) (?:the|this|our) {APPS} ?[.!]?$"),
    # “Our sails are navy and so should the app be”.
    (
        r"",
        rf"^(?: \w+){{0,3}} ?,? ?(?:and )?so (?:{MODAL}|is|goes)(?: \w+)? (?:{APPS}(?: ' s)?|it)\b",
    ),
    (
        r"",
        (
            rf"^(?: \w+){{0,3}} ?,? ?(?:and|so) (?:(?:should|must|shall|make|let|please"
            rf"|want|i|would"
            rf"|like|that ' s what) )*{SO}(?: \w+){{0,4}}?"
            r" (?:too|as well|likewise|the same|match(?:es)?|that|so|follow|accordingly|also)\b"
        ),
    ),
    (
        r"",
        (
            r"^ ,? ?(?:so |and |hence )?(?:please )?(?:stay|stick|go|keep|use|take|do"
            r"|make)(?: \w+)?"
            r" (?:with |to |for )?(?:that|this|it|the same)(?: ?$| ?[.,;!?]| (?:please|too"
            r"|here|for)\b)"
        ),
    ),
    (
        r"",
        (
            r"^[^.!?]* so (?:that|it|this) (?:' s|is|should be|shall be)"
            r" (?:what|the colou?r|it|our)\b"
        ),
    ),
)
_PRAISED = (
    # “Let it be slate gray”, “it ought to gleam: gold”, “my logo is dark cyan”.
    (rf"\blet (?:it|(?:the|our|this) {APPS}) be (?:(?:in|an?|the|all|painted|dressed) )*$", CLOSE),
    (rf"\bit {MODAL} (?:\w+ ){{1,4}}: $", CLOSE),
    (
        (
            r"\b(?:my|our|the|its|their) (?:\w+ )?(?:logo|brand|branding|crest|coat of arms|emblem"
            r"|letterheads?|livery|corporate (?:identity|design)|house style) (?:is|are|being|has)"
            r" (?:(?:in|an?|all|the) )*$"
        ),
        CLOSE,
    ),
    # “Crimson fits, doesn't it?”, “what about sea green instead of blue?”.
    (
        ALONE,
        (
            r"^ (?:fits|suits|works|rules|wins|will do|would do|goes well)"
            r"(?: ?[,.!?;]| (?:an?|the|our|my|us|it|me)\b)"
        ),
    ),
    (r"\b(?:what|how) about (?:an? |the )?$", r"^"),
    (
        (
            r"\b(?:something|anything)\b[^;]*"
            r" (?:e \. g \.|for (?:example|instance)|preferably|ideally) ?,? $"
        ),
        CLOSE,
    ),
    (
        r"",
        (
            rf"^(?: \w+){{0,3}} ,? ?(?:and|so) [^.;]*\b{APPS}"
            r" (?:wasn|weren|isn|were not|was not|is not|didn|did not|doesn)\b"
        ),
    ),
    # “So turquoise it is”, “orange would be fun”.
    (ALONE, r"^ ?it (?:is|shall be|must be|has to be|will be|should be|may be)\b"),
    (
        rf"{ALONE}|\bcolou?r $|\bbut {SMALL}$",
        (
            r"^ (?:(?:would|could|might|will|should) (?:be|look|do|suit|work|feel|fit|go|make)"
            rf"|' s|seems|feels|looks|sounds|is|suits|fits)\b(?: \w+){{0,4}}? {PRAISE}\b"
        ),
    ),
    (
        ALONE,
        (
            r"^ (?:(?:is|are|being|was|has been) (?:my|our|his|her|the)(?: \w+| ' s){0,4}"
            r" (?:favou?rite|colou?r)"
            r"|(?:is|was|has been) (?:requested|suggested|recommended|proposed|selected|asked for"
            r"|wanted|wished|preferred|demanded|required"
            r"|decided|agreed|chosen|desired|planned|mandatory|compulsory)|would do)\b"
        ),
    ),
    (r"", r"^ ,? ?(?:you|we|one) can(?: ' t|not)?(?: \w+){0,2} wrong\b"),
    (rf"\bwrong with {SMALL}$", CLOSE),
    (
        (
            r"\bwhat(?: \w+){0,3}? (?:us|me|we|i|fits|suits)(?: \w+){0,3}? (?:is|are|would be)"
            r"(?: an?| the)? $"
        ),
        r"^",
    ),
    (
        (
            r"\b(?:as long as|provided(?: that)?|so long as|the main thing is(?: that)?"
            r"|(?:nice|great|happy|fine|love it|like it|lovely|glad|good"
            r"|cool)(?: \w+){0,4} (?:if|that))"
            rf" (?:it|(?:the|this) {APPS}) (?:(?:' s|is|was|were|came|could|be|comes|looked"
            rf"|stays|has"
            r"|would|in|a|all|mostly|had) )*$"
        ),
        CLOSE,
    ),
    (
        (
            r"\b(?:(?:only|one|main|single|sole) (?:wish|request|demand|condition"
            r"|thing)(?: \w+){0,3}?"
            r"|all (?:i|we) (?:ask|want|wish)(?: for)?)(?: is| is that it is)? ?:? ?"
            rf"{ARTICLE}$"
        ),
        CLOSE,
    ),
    (
        (
            r"\b(?:was|am|' m|are|' re|were) (?:also )?(?:thinking|imagining|picturing"
            r"|hoping|leaning)"
            r"(?: \w+)?(?: of| in| for| towards?)?(?: an?| the)? $"
        ),
        CLOSE,
    ),
    (r"\b(?:no|any) (?:other )?colou?rs?(?: \w+)? (?:but|except|other than|than) $", CLOSE),
    (
        r"\b(?:the|our|my|your|its)(?: \w+| ' s){0,3} colou?r ?, $",
        r"^ , (?:should|must|shall|please|would|is|has|if|will|ought)\b",
    ),
    (
        (
            r"\b(?:they|you|people|guests|visitors|customers|everyone|kids|members|one)"
            r" (?:should|must|shall|ought to) (?:see|get|find|notice|think of) $"
        ),
        CLOSE,
    ),
)
OF_APP = tuple((re.compile(a), re.compile(b)) for a, b in _SPOKEN_OF_APP + _PRAISED)
