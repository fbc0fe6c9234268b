"""What a migration's name says of itself: `add_email_to_users`. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (template, re.compile(pattern))
    for template, pattern in (
        ("create_function", r"(?:create|add)_function_(?P<thing>.+)"),
        ("create_trigger", r"(?:create|add)_trigger_(?P<thing>.+?)_(?:on|to)_(?P<table>.+)"),
        ("create_trigger", r"(?:create|add)_(?P<thing>.+)_trigger_(?:on|to)_(?P<table>.+)"),
        ("create_trigger", r"(?:create|add)_trigger_(?P<table>.+)"),
        ("add_rls", r"(?:add|enable)_(?:rls|row_level_security)_(?:to|on|for)_(?P<table>.+)"),
        ("add_index", r"(?:add_)?index_(?P<table>.+)_on_(?P<columns>.+)"),
        ("add_index", r"(?:add|create)_index_(?:to|on)_(?P<table>.+)"),
        ("add_index", r"add_(?P<columns>.+)_(?:index|idx)_to_(?P<table>.+)"),
        ("add_column", r"add_(?:column_)?(?P<columns>.+)_to_(?P<table>.+)"),
        ("create_table", r"create_(?:table_)?(?P<table>.+?)(?:_table)?"),
    )
)


class Guess(Struct, frozen=True, kw_only=True):
    """A template, and what it is about as far as the name says."""

    template: str
    table: str | None = None
    columns: tuple[str, ...] = ()
    thing: str | None = None


def guess(name: str, template: str | None = None) -> Guess:
    """What a name says, for any template or for one; `blank` when it says nothing."""
    for candidate, pattern in _RULES:
        found = pattern.fullmatch(name) if template in {None, candidate} else None
        if found is not None:
            groups = found.groupdict()
            columns = groups.get("columns")
            return Guess(
                template=candidate, table=groups.get("table"), thing=groups.get("thing"),
                columns=tuple(columns.split("_and_")) if columns else (),
            )  # fmt: skip
    return Guess(template=template or "blank")
