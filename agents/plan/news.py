"""Who hears of what happens to their records. Pure."""

from __future__ import annotations

import re

import msgspec

from agents.plan.sketch import Sketch

_STATUS = re.compile(
    r"status|state|changes|updated|progress|approved|accepted|declined|confirmed|rejected",
    re.IGNORECASE,
)


def notify(sketch: Sketch) -> None:
    """Who is to hear of changes of a status hears of every step that somebody else takes."""
    for wish in sketch.report.features:
        texts = (s.text for s in sketch.report.sentences if s.number in wish.sentences)
        if wish.key not in {"email", "notifications"} or not any(map(_STATUS.search, texts)):
            continue
        flows = [k for k in sketch.entities if sketch.entities[k].workflow]
        spoken = [k for k in sketch.spoken(wish.sentences) if k in flows]
        for key in spoken or sorted(flows, key=lambda k: -sketch.kinds[k].score)[:1]:
            _tell_owner(sketch, key)


def _tell_owner(sketch: Sketch, key: str) -> None:
    entity = sketch.entities[key]
    if entity.workflow is None or entity.ownership != "user":
        return
    steps = tuple(
        msgspec.structs.replace(step, effects=(*step.effects, "notify owner"))
        if "notify owner" not in step.effects
        else step
        for step in entity.workflow.transitions
    )
    sketch.change(key, workflow=msgspec.structs.replace(entity.workflow, transitions=steps))
