"""Names in code and on screen: keys, plurals, titles, none of them reserved."""

from __future__ import annotations

import re
from functools import lru_cache

import inflection

from contracts.scouting import RESERVED_ENTITIES, RESERVED_FIELDS

MAX_KEY = 40
"""Longest key in characters: leaves room for `_record`, `_items` and `_id` under 48."""

_NOT_KEY = re.compile(r"[^a-z0-9]+")
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
    plural = inflection.pluralize(key)
    return plural if plural != key else f"{key}_items"


@lru_cache(maxsize=8192)
def singular_of(word: str) -> str:
    return inflection.singularize(word)


@lru_cache(maxsize=4096)
def spoken_plural(key: str) -> str:
    """The plural as people say it, also where it is no other than the singular."""
    return inflection.pluralize(key)


def entity_names(key: str) -> tuple[str, str]:
    """A key and its plural that no database, language or generated app uses itself."""
    plural = plural_of(key)
    if key in _BETTER and key in RESERVED_ENTITIES:
        return _BETTER[key]
    if key in RESERVED_ENTITIES or plural in RESERVED_ENTITIES:
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
