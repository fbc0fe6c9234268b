"""Reports: counts, sums and averages over time and by group, with charts and as CSV. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.literals import ts
from agents.build.structure import Design, Route, Serving


def serve(design: Design) -> Serving | None:
    """Pages of the kind `report`; the feature `reports` adds one when the model has none."""
    pages = design.pages("report")
    feature = design.feature("reports")
    if (not pages and feature is None) or not design.tables:
        return None
    named = design.served("reports") or design.tables
    reports = {
        page.path.rstrip("/") or "/": [page.entity]
        if page.entity in {table.key for table in design.tables}
        else [table.key for table in named]
        for page in pages
    }
    routes: tuple[Route, ...] = ()
    if not pages:
        reports["/reports"] = [table.key for table in named]
        routes = (
            Route(path="/reports", title="Reports", kind="report", audience=("member",), nav=True),
        )
    keys = {key for each in reports.values() for key in each}
    titles = ", ".join(table.entity.title_plural for table in design.tables if table.key in keys)
    return Serving(
        about=f"Reports on {titles}: counts and sums over time and by group, of what the reader may"
        " list, with charts and as CSV.",
        files={
            **parts("figures"),
            "shared/features/reports.ts": "/** The entities that each report is about, by its"
            " address. */\n"
            f"export const reports: Readonly<Record<string, readonly string[]>> = {ts(reports)};\n",
        },
        routes=routes,
        kinds=("report",),
    )
