"""What must hold between records whatever the clients do, and what is computed. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.rules import scripts
from agents.build.structure import Design, Serving


def serve(design: Design) -> Serving | None:
    """Every app whose entities have rules, or fields that are computed."""
    titles = [table.entity.title_plural for table in design.tables if table.rules or table.filled]
    if not titles:
        return None
    return Serving(
        about=f"Rules that the database keeps, also where many ask at once: {', '.join(titles)}.",
        files=parts("steps"),
        migrations=scripts(design),
        notes=tuple(
            f"{table.entity.title}: guests may add more than one, as nobody knows who they are"
            for table in design.tables
            if "guest" in table.access.create
            and any(rule.kind == "once_per_user" for rule in table.rules)
        ),
    )
