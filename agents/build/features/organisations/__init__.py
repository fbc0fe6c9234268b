"""Organisations: people work in one, and none knows anything of another. Pure.

The tables and policies are in the accounts' migration, as every record inside of an
organisation needs them; this is how people found, join, lead and leave one.
"""

from __future__ import annotations

from agents.build.structure import Design, Route, Serving


def serve(design: Design) -> Serving | None:
    """Whenever an entity belongs to organisations, whether or not the model names the feature."""
    if not design.organisations:
        return None
    titles = ", ".join(table.entity.title_plural for table in design.tables if table.org)
    return Serving(
        about=f"Organisations: {titles} are known inside of one alone. Whoever signs up founds one"
        " or joins by invitation; who founded it invites and removes its people.",
        routes=(
            Route(
                path="/organisation", title="Organisation", kind="organisation",
                audience=("member",), nav=True,
            ),
            Route(path="/join", title="Join an organisation", kind="join", audience=("guest",)),
        ),
    )  # fmt: skip
