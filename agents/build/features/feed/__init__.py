"""New records of the people one follows, or of all. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.literals import ts
from agents.build.structure import Design, Route, Serving, Table


def serve(design: Design) -> Serving | None:
    """The feature `feed` with `entities`, or pages of the kind `feed` with an entity."""
    tables = tuple(each for each in _named(design) if each.owned)
    if not tables:
        return None
    follows = design.feature("follow") is not None
    titles = ", ".join(table.entity.title_plural for table in tables)
    whose = "one's own and those of the people one follows, or all" if follows else "those of all"
    audience = ("guest", "member") if _open(tables) else ("member",)
    route = Route(path="/feed", title="News", kind="feed", audience=audience, nav=True)
    return Serving(
        about=f"A feed of new {titles}: {whose}.",
        files={
            **parts("stream"),
            "shared/features/feed.ts": "/** The entities whose new records are shown. */\n"
            f"export const fed: readonly string[] = {ts([table.key for table in tables])};\n\n"
            "/** Whether the feed follows the people whom its reader follows. */\n"
            f"export const follows: boolean = {ts(follows)};\n",
        },
        kinds=("feed",),
        routes=() if design.pages("feed") else (route,),
    )


def _named(design: Design) -> tuple[Table, ...]:
    """The tables of the feature; else those of the pages that are feeds."""
    known = {page.entity for page in design.pages("feed")}
    return design.served("feed") or tuple(each for each in design.tables if each.key in known)


def _open(tables: tuple[Table, ...]) -> bool:
    return any("guest" in table.access.list for table in tables)
