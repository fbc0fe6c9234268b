"""Records that people mark for themselves, and the page that lists them. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.attached import attached, attached_name
from agents.build.render.literals import ts
from agents.build.structure import Design, Route, Serving


def serve(design: Design) -> Serving | None:
    """The feature `favourites` with `entities`."""
    tables = design.served("favourites")
    if not tables:
        return None
    scripts = [attached(table, "favourites", [], once=True, private=True) for table in tables]
    places = {table.key: attached_name(table, "favourites") for table in tables}
    titles = ", ".join(table.entity.title_plural for table in tables)
    return Serving(
        about=f"Favourites: people mark {titles} for themselves; nobody else sees which.",
        files={
            **parts("marks", "stream"),
            "shared/features/favourites.ts": "/** The tables of favourites, by entity. */\n"
            f"export const marked: Readonly<Record<string, string>> = {ts(places)};\n",
        },
        migrations={
            "favourites": ("\n".join(up for up, _ in scripts), "".join(down for _, down in scripts))
        },
        routes=(
            Route(
                path="/favourites", title="Favourites", kind="favourites",
                audience=("member",), nav=True,
            ),
        ),
    )  # fmt: skip
