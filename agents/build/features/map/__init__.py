"""Maps: records with a place as points, drawn by the app itself. Pure."""

from __future__ import annotations

from agents.build.placed import placed
from agents.build.render.literals import ts
from agents.build.structure import Design, Serving, Table


def serve(design: Design) -> Serving | None:
    """Pages of the kind `map`; the feature `map` with `entities` adds those they lack."""
    maps = placed(design, "map", "map", lambda table: bool(_place(table)))
    if not maps.tables:
        return None
    data = {
        path: {"entity": table.key, "field": _place(table)} for path, table in maps.tables.items()
    }
    return Serving(
        about=f"Maps of {maps.titles}: points on a grid of degrees, with a list beside it; nothing"
        " is fetched from elsewhere.",
        files={
            "shared/features/maps.ts": "/** What each map shows, by its address. */\n"
            "export const maps: Readonly<Record<string, { entity: string; field: string }>>"
            f" = {ts(data)};\n"
        },
        routes=maps.routes,
        kinds=("map",),
        unfit=maps.unfit,
        notes=(f"Maps of {maps.titles} show points on a grid, without streets",),
    )


def _place(table: Table) -> str:
    return next((field.key for field in table.fields if field.type == "geo"), "")
