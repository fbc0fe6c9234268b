"""Comments below records, seen by whoever sees the record. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.attached import attached, attached_name
from agents.build.render.literals import ts
from agents.build.structure import Design, Serving


def serve(design: Design) -> Serving | None:
    """The feature `comments` with `entities`."""
    tables = design.served("comments")
    if not tables:
        return None
    columns = ["body text not null check (char_length(body) between 1 and 4000)"]
    scripts = [attached(table, "comments", columns) for table in tables]
    places = {table.key: attached_name(table, "comments") for table in tables}
    titles = ", ".join(table.entity.title_plural for table in tables)
    return Serving(
        about=f"Comments below {titles}: by whoever sees the record, deleted by their author.",
        files={
            **parts("marks"),
            "shared/features/comments.ts": "/** The tables of comments, by entity. */\n"
            f"export const commented: Readonly<Record<string, string>> = {ts(places)};\n",
        },
        migrations={
            "comments": ("\n".join(up for up, _ in scripts), "".join(down for _, down in scripts))
        },
    )
