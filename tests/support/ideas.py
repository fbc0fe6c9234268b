"""Ideas as people type them, and as nobody should."""

from __future__ import annotations

from hypothesis import strategies as st

from agents.scout import lexicon, patterns
from contracts.scouting import RESERVED_ENTITIES, RESERVED_FIELDS

TEN = {
    "recipes": (
        "A recipe box where I keep my recipes with ingredients, cooking time and a photo, sorted by"
        " category. Use a cream background and dark green buttons."
    ),
    "booking": (
        "Customers book appointments at my hair salon. A booking has a date and time. Each stylist"
        " offers several services with a price."
    ),
    "helpdesk": (
        "A helpdesk where employees open tickets and agents reply to them. Tickets have a priority"
        " (low, normal, urgent) and a status."
    ),
    "inventory": (
        "Keep track of the parts in our workshop: name, quantity, shelf and supplier. Only"
        " administrators may delete parts."
    ),
    "crm": "A CRM for a small agency: contacts, companies and deals. Send an email for each one.",
    "events": (
        "Our club publishes events with a venue and a date. Anyone can see the events, members"
        " register for them."
    ),
    "lms": "Teachers create courses with lessons and assignments. Students enrol and hand them in.",
    "forum": "A forum about old cars. Members start threads in topics and write replies.",
    "jobs": "A job board: employers post jobs, candidates apply with a CV and a cover letter.",
    "": "Just a page.",
}
"""One idea for each of nine patterns of the catalogue, and one that says nearly nothing."""

ODD = {
    "one word": "Recipes",
    "one letter": "x",
    "German": "Eine Rezeptsammlung mit Zutaten und Fotos. Der Hintergrund ist blau.",
    "Japanese": "レシピを保存するアプリ。写真と材料も登録できます。",
    "Arabic": "تطبيق لحفظ وصفات الطعام مع الصور.",
    "quotes": 'An app called "Bob\'s \\"Best\\" Books" for \'my\' “books” and «notes».',
    "SQL": "'; DROP TABLE users; --",
    "reserved words": "Tables, selects, users, orders, classes, windows, sessions and passwords.",
    "script": "<script>alert('recipes')</script><b>Recipes</b> with <i onclick='x()'>photos</i>",
    "open tag": "<script <b <i recipes",
    "bullets": "Recipes\n\n- name\n* photo\n• steps\n1. search\n2) login\n\n\n- \n",
    "line ends": "Keep recipes.\r\nShow\rphotos.\x00\x07\tSort them.\x0b\u2028End.",
    "emoji and a word": "🍕 recipes 🎉🎉. 🚀🚀🚀! 👩‍👩‍👧 families",
    "marks": "recipes ((( ,,, ))) ::: ... !!! 's 's ' \" _ __ --- /// &&& ###",
    "digits": "9lives 1st 2nd 3.14 007 2026-01-01 9 9 9",
    "wide letters": "ＲＥＣＩＰＥＳ ﬁle ß İstanbul K Ⅷ ½ ²",
    "combining": "e\u0301\u0302\u0303cole a\u0308pfel \u0301\u0301 notes",
    "right to left": "recipes \u202egnp.exe\u202c and \u200bphotos\ufeff",
    "half a surrogate": "recipes \ud83c and photos",
    "denied": "A blog with comments but no posts, no comments and without a blog.",
    "itself": "A recipe belongs to a recipe, each recipe has recipes with recipes of recipes.",
}
"""Odd ideas that hold at least one letter, by what is odd about them."""

LONGEST = 32_000
"""Characters of the longest idea that a message takes."""
SHAPES = [
    "a", "Keep recipes. ", "e.g. ", "<script", "no recipe ", "recipe (", "- recipe\n",
    "Users add recipes with a name and a photo, sorted by category. ",
]  # fmt: skip
HUGE = {shape.strip(): (shape * LONGEST)[:LONGEST] for shape in SHAPES}
"""The longest ideas there can be, each made of one piece again and again."""


def _vocabulary() -> list[str]:
    """Every word that means something to Scout, and those that no name may be."""
    words = lexicon.words()
    found = {*RESERVED_ENTITIES, *RESERVED_FIELDS, *lexicon.colours().css}
    for group in (words.verbs, words.people, words.nouns):
        found = found.union(*(getattr(group, name) for name in group.__struct_fields__))
    for pattern in patterns.catalogue().values():
        found |= {*pattern.keywords, *pattern.entities, *pattern.roles}
        for draft in pattern.entities.values():
            found |= {*draft.synonyms, *draft.fields}
    for feature in lexicon.features().values():
        found |= {
            phrase.removesuffix("/verb").removesuffix("/noun").rstrip("*")
            for phrase in feature.phrases
        }
    for kind in lexicon.archetypes().values():
        found |= kind.words
    return sorted(word.replace("_", " ") for word in found)


GLUE = [
    "with", "and", ",", ".", ":", ";", "(", ")", "!", "?", "a", "the", "each", "every", "of",
    "for", "on", "by", "to", "such", "as", "including", "has", "have", "sorted", "grouped",
    "belongs", "is", "no", "without", "only", "not", "can", "may", "called", "named", '"', "'",
    "“", "”", "-", "/", "&", "+", "*", "#", "#fff", "<b>", "</b>", "'s", "their", "its", "admins",
    "users", "I", "my", "we", "3", "2026", "x_id", "_id", "é", "ß", "食", "レシピ", "😀", "́", "İ",
    "²", "Anyone", "everyone",
]  # fmt: skip
_JUNK = st.text(st.characters(), min_size=1, max_size=8)


def ideas() -> st.SearchStrategy[str]:
    """Any text, and salads of the words that Scout knows."""
    vocabulary = _vocabulary()
    known = st.sampled_from(vocabulary)
    plural = known.map(lambda word: f"{word}s")
    word = st.one_of(known, plural, known.map(str.upper), st.sampled_from(GLUE), _JUNK)
    separator = st.sampled_from([" ", " ", " ", ", ", ". ", "\n", "\n\n- ", ""])
    pieces = st.lists(st.tuples(word, separator).map("".join), min_size=1, max_size=40)
    return st.one_of(st.text(max_size=300), pieces.map("".join))
