"""Boards: records as cards in a column for each state, moved by hand, menu or keyboard. Pure."""

from __future__ import annotations

from agents.build.placed import placed
from agents.build.render.literals import ts
from agents.build.structure import Design, Serving, Table


def serve(design: Design) -> Serving | None:
    """Pages of the kind `board`; the feature `board` with `entities` adds those they lack."""
    boards = placed(design, "board", "board", lambda table: bool(_field(table)))
    if not boards.tables:
        return None
    data = {
        path: {"entity": table.key, "field": _field(table)} for path, table in boards.tables.items()
    }
    return Serving(
        about=f"Boards of {boards.titles}: a column for each state, moved only as permitted.",
        files={
            "shared/features/boards.ts": "/** What each board shows, by its address: the field"
            " gives the columns. */\n"
            "export const boards: Readonly<Record<string, { entity: string; field: string }>>"
            f" = {ts(data)};\n"
        },
        routes=boards.routes,
        kinds=("board",),
        unfit=boards.unfit,
    )


def _field(table: Table) -> str:
    """The field whose values are the columns: that of the workflow, else the first choice."""
    if table.entity.workflow:
        return table.entity.workflow.field
    return next((field.key for field in table.fields if field.type == "enum"), "")
