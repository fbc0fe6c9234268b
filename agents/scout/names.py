"""Names in code and on screen: keys, plurals, titles, none of them reserved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import inflection

from contracts.scouting import RESERVED_ENTITIES, RESERVED_FIELDS

MAX_KEY = 40
"""Longest key in characters: leaves room for `_record`, `_items` and `_id` under 48."""

_NOT_KEY = re.compile(r"[^a-z0-9]+")
_PLURALS = tuple((re.compile(rule), to) for rule, to in inflection.PLURALS)
_SINGULARS = tuple((re.compile(rule), to) for rule, to in inflection.SINGULARS)
_ANY = [f"(?:{rule.replace('(?i)', '')})" for rule, _ in inflection.SINGULARS]
_SINGULAR = re.compile("(?i)" + "|".join(_ANY))
_SPECIAL = re.compile("(?i)" + "|".join(_ANY[:-1]))
"""Any of the rules of singulars: most words have none, and most others the last one, “s”."""
_ALIKE = re.compile(rf"(?i)\b(?:{'|'.join(inflection.UNCOUNTABLES)})\Z")
"""inflection's own rules, each compiled but once."""
_WITH_FE = ("kni", "wi")
_WITH_F = (
    "cal",
    "dwar",
    "el",
    "hal",
    "hoo",
    "lea",
    "loa",
    "shea",
    "shel",
    "scar",
    "thie",
    "whar",
    "wol",
)
"""How words end whose plural has "ves" for their "fe" or "f"."""
_BETTER = {
    "order": ("customer_order", "orders"),
    "date": ("appointed_date", "dates"),
    "user": ("profile", "profiles"),
    "member": ("club_member", "club_members"),
    "account": ("customer_account", "customer_accounts"),
    "document": ("paper", "documents"),
    "class": ("class_group", "classes"),
    "state": ("federal_state", "federal_states"),
    "table": ("dining_table", "dining_tables"),
}


@lru_cache(maxsize=8192)
def key_of(*words: str) -> str:
    """Words as a key: lower case, joined by `_`, starting with a letter; "" if nothing is left."""
    key = _NOT_KEY.sub("_", "_".join(words).lower()).strip("_").lstrip("0123456789_")
    return key[:MAX_KEY].strip("_")


@lru_cache(maxsize=4096)
def plural_of(key: str) -> str:
    """The plural of a key; where English has none of its own, one with `_items`."""
    plural = spoken_plural(key)
    return plural if plural != key else f"{key}_items"


@lru_cache(maxsize=8192)
def singular_of(word: str) -> str:
    """The singular of a word, itself where it has none."""
    if word.endswith("ves"):
        return _with_f(word)
    if not _SINGULAR.search(word) or _ALIKE.search(word):
        return word
    return _inflected(word, _SINGULARS if _SPECIAL.search(word) else _SINGULARS[-1:])


def _with_f(word: str) -> str:
    """Of "wolves" the wolf, of "midwives" the midwife, and of "caves" the cave."""
    stem = word.removesuffix("ves")
    if stem in {"li", "afterli"} or stem.endswith(_WITH_FE):
        return f"{stem}fe"
    return f"{stem}f" if stem.endswith(_WITH_F) else f"{stem}ve"


@lru_cache(maxsize=4096)
def spoken_plural(key: str) -> str:
    """The plural as people say it, also where it is no other than the singular."""
    alike = key.lower() in inflection.UNCOUNTABLES
    return key if alike else _inflected(key, _PLURALS)


def _inflected(word: str, rules: Sequence[tuple[re.Pattern[str], str]]) -> str:
    """The word by the first rule that fits it."""
    for rule, to in rules:
        if rule.search(word):
            return rule.sub(to, word)
    return word


_APP = "app_"
"""What the tables of the app itself begin with."""


@lru_cache(maxsize=8192)
def entity_names(key: str) -> tuple[str, str]:
    """A key and its plural that no database, language or generated app uses itself."""
    while len(key) > len(_APP) and key.startswith(_APP):
        key = key.removeprefix(_APP)
    plural = plural_of(key)
    if key in _BETTER and key in RESERVED_ENTITIES:
        return _BETTER[key]
    if key in RESERVED_ENTITIES or plural in RESERVED_ENTITIES or key == "constructor":
        return f"{key}_record", f"{key}_records"
    return key, plural


def field_name(key: str) -> str:
    """A key that is no reserved word and does not end like a reference's column."""
    key = re.sub(r"(_id)+$", "", key)
    if not key or key in RESERVED_FIELDS:
        return f"{key or 'field'}_value"
    return key


def title_of(key: str) -> str:
    """A key as people read it: `cooking_time` is "Cooking time"."""
    text = key.replace("_", " ").strip()
    return text[:1].upper() + text[1:] if text else "Untitled"
