"""Ratings of records, one by each person who sees the record. Pure.

Errors:
    ModelError   `max` is no number of stars
"""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.attached import attached, attached_name
from agents.build.render.literals import ts
from agents.build.structure import Design, Serving, Table
from contracts.model import ModelError

_FEWEST, _MOST = 2, 10


def serve(design: Design) -> Serving | None:
    """The feature `ratings` with `entities`; `max` is the highest rating, 5 unless said."""
    feature, tables = design.feature("ratings"), design.served("ratings")
    if feature is None or not tables:
        return None
    highest = _highest(feature.params.get("max", 5))
    columns = [f"value smallint not null check (value between 1 and {highest})"]
    scripts = [
        attached(each, "ratings", columns, once=True, of_others=_others(each)) for each in tables
    ]
    places = {
        each.key: {"table": attached_name(each, "ratings"), "own": not _others(each)}
        for each in tables
    }
    titles = ", ".join(table.entity.title_plural for table in tables)
    return Serving(
        about=f"Ratings of {titles} from 1 to {highest}: one by each person, and not of one's own.",
        files={
            **parts("marks"),
            "shared/features/ratings.ts": "/** The highest rating. */\n"
            f"export const highest = {highest};\n\n"
            "/** The tables of ratings, by entity; `own` is whether people rate their own. */\n"
            "export const rated: Readonly<Record<string, { table: string; own: boolean }>> ="
            f" {ts(places)};\n",
        },
        migrations={
            "ratings": ("\n".join(up for up, _ in scripts), "".join(down for _, down in scripts))
        },
    )


def _highest(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not _FEWEST <= value <= _MOST:
        raise ModelError(f"feature ratings: max is a whole number from {_FEWEST} to {_MOST}")
    return value


def _others(table: Table) -> bool:
    """Whether others rate the records; where nobody else sees them, their owner does."""
    return table.owned and bool({*table.access.list, *table.access.read} - {"owner", "admin"})
