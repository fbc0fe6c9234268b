"""Words that turns of phrase about the app's colour are made of, as regular expressions.

Words and marks have a space between them.
"""

from __future__ import annotations

APPS = (
    r"(?:app|site|website|pages?|screens?|everything|program|programme|software|tool|system"
    r"|platform|interface|portal|homepage|(?:whole )?thing|lot|ours|dashboard)"
)
MODAL = (
    r"(?:can|could|may|might|should|shall|must|will|would|ought to|has to|have to|needs to"
    r"|need to|is to|(?:' )?d better|better)"
)
MARK = r"[,;:.!?()-]"
OPEN = rf"(?:^|{MARK} )"
SMALL = (
    r"(?:(?:in|so|rather|maybe|perhaps|but|and|make|it|a|an|the|please|pls|plz|kindly|say|with"
    r"|just|simply|plain|use|go|for|preferably|ideally|obviously|naturally|then|instead|some"
    r"|nice|something|thus|hence|therefore|how|about|let|' s|us|be|is|my|vote|all|do|have|give|me"
    r"|we|want|i|' d|would|could|should|prefer|love|like|take|think|well|yes|ok|keep|more"
    r"|thought|guess|suggest|colou?r|our|anything|any|deep|this time|now) )*"
)
ALONE = rf"{OPEN}{SMALL}$"
POLITE = r"(?:please|pls|plz|thanks|thx|thank you|ta|cheers|if (?:possible|you (?:can|may|please)))"
PRAISE = (
    r"(?:nice|lovely|great|fun|fine|good|perfect|best|fitting|wonderful|well|us|right|ideal"
    r"|brilliant|it|me|cool|super|better|fantastic|appropriate|beautiful|enough|neat|sweet|ok"
    r"|okay|her|him|them|preferred|natural|wrong|lucky|apt|suitable|handsome|welcome|sweet"
    r"|negotiable"
    r"|close to|dear to|kinder?|gentler?|easier|easy|essential|important|mandatory"
    r"|unavoidable|expected of us|home|tradition|law)"
)
CLOSE = (
    r"(?: ?$| ?[.,;!?()-]| (?:please|pls|for|as|if|because|since|too|though|and nothing"
    r"|and (?:it|i|we|that|this|so|he|she|they|the|my|our|everyone|everybody)"
    r"|or (?:so|something|similar|thereabouts))\b)"
)
END = r"^ ?(?:$|[.!;,?])"
NAMING = (
    r"(?:insist(?:s|ed)? on|happi(?:est|er) with|happy with|vote[ds]? for|settled (?:on|for)"
    r"|decided (?:on|for)|agreed (?:on|to)|ended up with|came down to|settles? for|bring on|beats"
    r"|opt(?:s|ed)? for|fan of|sucker for|fond of|partial to"
    r"|(?:go|going|went) (?:for|with)|dreams? of|over the moon with"
    r"|(?:delighted|pleased|content|thrilled) (?:with|by)|(?:keep|stay|back|stick)(?:s"
    r"|ing)? (?:to|with))"
)
LIKING = (
    r"(?:vote|like|love|want|prefer|fancy|choose|chose|suggest|propose|favou?r|picked|pick|imagine"
    r"|see|vote for|adore|asks? for|asked for|wish for|request)"
)
PERSON = r"(?:(?:my|our|the) (?:\w+ )?(?:\w*[^s\W]|boss)|he|she)"
TAKING = r"(?: (?:it|to|have|see|be|the|a|an|something|some|in|this|all|done|very|much|colou?r))*"
COPYING = (
    r"(?: (?:be|have|wear|match|look|come|appear|get|carry|use|stay|remain|follow|take|borrow"
    r"|bear|go|in|the|same|as|just|also|too|a|an|our|very|mostly|all|either|like|done|kept|painted"
    r"|dressed|certainly|please|of|colou?rs?|rather|really|definitely|exactly|simply|well|always"
    r"|with|to|therefore|then|naturally|preferably|best|probably|i|think|quite|made|something|is"
    r"|are|shall|should|must|shine|glow|sparkle|feature|greet|people|us|visitors|open|start|one"
    r"|bit|touch|little|some|hardly|anything|nothing|rest|than|but|other|(?:the|our|my"
    r"|its) \w+ ' s))*"
)
ARTICLE = r"(?:(?:an?|the|our|some|more|for) )*"
SO = rf"(?:the |our |this |my )?(?:\w+ )?(?:{APPS}(?: ' s)?|it)\b"
SAYING_SO = r" ,? ?(?:and|so) (?:that|this|it) (?:' s|is) (?:my|our|the|what|also)\b"
LABEL = (
    r"(?:looks?|colou?rs?|design|style|theme|appearance|feel|mood|ui|interface"
    r"|(?:app|site|website|page)(?: itself)?)"
)
