"""Records that move from state to state: steps, their effects and their history. Pure."""

from __future__ import annotations

from agents.build.constraints import workflow_name
from agents.build.parts import parts
from agents.build.render.workflows import step_effects, workflow
from agents.build.structure import Design, Serving


def serve(design: Design) -> Serving | None:
    """Every app with an entity that has a workflow."""
    flows = [(table, table.entity.workflow) for table in design.tables if table.entity.workflow]
    if not flows:
        return None
    titles = ", ".join(table.entity.title_plural for table, _ in flows)
    return Serving(
        about=f"Steps from state to state, by who may, with their history: {titles}.",
        files=parts("steps"),
        migrations={
            workflow_name(table.entity): workflow(design, table, flow)
            for table, flow in flows
            if flow
        },
        notes=_notes(design),
    )


def _notes(design: Design) -> tuple[str, ...]:
    """Notifications need a feature that shows them."""
    if any(design.feature(key) for key in ("notifications", "sms")):
        return ()
    return tuple(
        f"{table.entity.title}: “{step.name}” notifies nobody until the feature notifications is on"
        for table in design.tables
        for step in (table.entity.workflow.transitions if table.entity.workflow else ())
        if any(each.kind == "notify" for each in step_effects(design, table, step))
    )
