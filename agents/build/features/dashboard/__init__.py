"""Dashboards: how many, what changed in a month, what is new, what waits for the reader. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.literals import ts
from agents.build.structure import Design, Route, Serving


def serve(design: Design) -> Serving | None:
    """Pages of the kind `dashboard`; the feature adds one when the model has none."""
    pages = design.pages("dashboard")
    if (not pages and design.feature("dashboard") is None) or not design.tables:
        return None
    keys = [table.key for table in design.served("dashboard") or design.tables]
    added = Route(
        path="/dashboard", title="Dashboard", kind="dashboard", audience=("member",), nav=True
    )
    return Serving(
        about="A dashboard of what the reader may list: counts, changes against the 30 days"
        " before, the newest records, and those whose next step is the reader's.",
        files={
            **parts("figures"),
            "shared/features/dashboards.ts": "/** The entities on the dashboard. */\n"
            f"export const counted: readonly string[] = {ts(keys)};\n",
        },
        routes=() if pages else (added,),
        kinds=("dashboard",),
    )
