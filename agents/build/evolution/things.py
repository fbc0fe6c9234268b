"""SQL that makes, replaces and drops what one statement makes. Pure."""

from __future__ import annotations

import re

from agents.build.evolution import steps
from agents.build.evolution.objects import Thing
from agents.build.render.literals import name


def create(thing: Thing, *, filled: bool) -> str:
    """Its own statement; refused in words where the rows of a `filled` table break it."""
    if not filled or not thing.text.lower().startswith("create unique"):
        return f"{thing.text};"
    columns = thing.text[thing.text.index("(") :].replace('"', "")
    why = (
        f"There are {thing.table} that do not fit: each {columns} may be there once."
        " Change or delete these first; nothing was migrated."
    )
    return steps.guarded(f"{thing.text};", "unique_violation", why)


def drop(thing: Thing) -> str:
    """What takes it away."""
    on = f" on {name(thing.table)}" if thing.kind in ("policy", "trigger") else ""
    if thing.kind == "function":
        called, bracket, rest = thing.name.partition("(")
        return f"drop function {name(called)}{bracket}{rest};"
    return f"drop {thing.kind} {name(thing.name)}{on};"


def replace(text: str) -> str:
    """A function's statement as one that may find it there."""
    return re.sub(r"^create (or replace )?", "create or replace ", text, count=1) + ";"
