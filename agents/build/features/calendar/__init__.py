"""Calendars: records with a date, by month and week, in the reader's own time zone. Pure."""

from __future__ import annotations

from agents.build.placed import placed
from agents.build.render.literals import ts
from agents.build.structure import Design, Serving, Table
from contracts.model import Field

_ENDS = ("end", "until", "finish", "to", "return", "check_out")


def serve(design: Design) -> Serving | None:
    """Pages of the kind `calendar`; the feature `calendar` with `entities` adds those they lack."""
    feature = design.feature("calendar")
    wanted = str(feature.params.get("start", "")) if feature else ""
    calendars = placed(design, "calendar", "calendar", lambda table: _start(table, "") is not None)
    if not calendars.tables:
        return None
    data = {path: _calendar(table, wanted) for path, table in calendars.tables.items()}
    return Serving(
        about=f"Calendars of {calendars.titles}, by month and week, in the reader's time zone.",
        files={
            "shared/features/calendars.ts": "import type { Calendar } from './calendar';\n\n"
            "/** What each calendar shows, by its address. */\n"
            f"export const calendars: Readonly<Record<string, Calendar>> = {ts(data)};\n"
        },
        routes=calendars.routes,
        kinds=("calendar",),
        unfit=calendars.unfit,
    )


def _calendar(table: Table, wanted: str) -> dict[str, object]:
    start = _start(table, wanted)
    assert start is not None
    end = _end(table, start)
    found: dict[str, object] = {"entity": table.key, "start": start.key}
    return found | ({"end": end.key} if end else {})


def _dates(table: Table) -> list[Field]:
    return [field for field in table.fields if field.type in ("date", "datetime")]


def _start(table: Table, wanted: str) -> Field | None:
    """The field named, else the first moment or day that is no end."""
    dates = _dates(table)
    named = [field for field in dates if field.key == wanted]
    begins = [field for field in dates if not field.key.startswith(_ENDS)]
    required = [field for field in begins if field.required]
    return next(iter((*named, *required, *begins, *dates)), None)


def _end(table: Table, start: Field) -> Field | None:
    """A field of the same type that a rule puts after the start, or that is called an end."""
    others = {field.key: field for field in _dates(table) if field.type == start.type}
    others.pop(start.key, None)
    rules = [each.check for each in table.constraints if each.check]
    after = [str(rule.right) for rule in rules if rule.left == start.key and "<" in rule.operator]
    after += [rule.left for rule in rules if rule.right == start.key and ">" in rule.operator]
    keys = [*after, *(key for key in others if key.startswith(_ENDS))]
    return next((others[key] for key in keys if key in others), None)
