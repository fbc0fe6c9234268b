"""What a language model had to do with an app, for people: or that one could be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from contracts import messages as m


def lines(planned: object, built: m.BuildCompleted) -> list[str]:
    """What it did and what became of that, a line each."""
    from contracts import messages as m  # noqa: PLC0415

    if not isinstance(planned, m.PlanCompleted):
        return []
    if planned.llm is None:
        if not planned.askable:
            return []
        count = f"{planned.askable} sentence{'' if planned.askable == 1 else 's'}"
        return [f"a language model could be asked about {count}: set GENESIS_LLM (see the README)"]
    told = [f"language model: {planned.llm.summary}"]
    if built.fell_back:
        return [*told, *built.fell_back.splitlines()]
    return [*told, *(f"  {change}" for change in planned.llm.changes)]


def used(planned: object, built: m.BuildCompleted) -> dict[str, Any] | None:
    """The same as data; None when no language model was asked."""
    import msgspec  # noqa: PLC0415

    from contracts import messages as m  # noqa: PLC0415

    if not isinstance(planned, m.PlanCompleted) or planned.llm is None:
        return None
    return {**msgspec.to_builtins(planned.llm), "fell_back": built.fell_back}


async def unmapped(bus: NatsBus, planned: object, built: m.BuildCompleted) -> tuple[str, ...]:
    """The sentences that nothing in the app covers, by the plan that it was built from."""
    from contracts import messages as m  # noqa: PLC0415
    from contracts.model import decode_plan  # noqa: PLC0415

    if built.fell_back and built.plan is not None:
        return decode_plan(await bus.artifacts.get(built.plan)).model.unmapped
    return planned.unmapped if isinstance(planned, m.PlanCompleted) else ()
