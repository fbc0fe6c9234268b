"""Which sentences of the idea nothing covers, before a language model and after it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from agents.plan.llm.checks import tests
from contracts.model import AppModel, Trace

_NOTE = "[note] "
_LACK = " [not built: "
_HELD = ("rule.", "workflow.", "access.")
"""Ids of what makes something hold that was lacking under its own words."""


def askable(model: AppModel) -> tuple[str, ...]:
    """The unmapped sentences, which a language model could take; notes are none."""
    return tuple(entry for entry in model.unmapped if not entry.startswith(_NOTE))


def settled(before: AppModel, after: AppModel, titles: Mapping[str, str] | None = None) -> AppModel:
    """The model after operations, with its `unmapped` as its trace has it now, and its tests.

    A sentence is covered that led to something new while nothing it asked for is unbuilt; one
    whose last trace is gone is covered no more. `titles` are those of features, by key.
    """
    told = {trace.sentence: _told(trace, before.unmapped) for trace in before.trace}
    earlier = {trace.sentence: trace.maps_to for trace in before.trace}
    entries = [
        entry
        for trace in after.trace
        if (entry := _entry(trace, earlier[trace.sentence], told[trace.sentence], titles or {}))
    ]
    mine = {entry for entry in told.values() if entry}
    # What belongs to no sentence stays: notes, and whatever else somebody put there.
    others = [entry for entry in before.unmapped if entry not in mine]
    return replace(after, unmapped=(*entries, *others), acceptance=tests(before, after))


def _told(trace: Trace, unmapped: tuple[str, ...]) -> str:
    for entry in unmapped:
        if entry == trace.text or entry.startswith(trace.text + _LACK):
            return entry
    return ""


def _entry(trace: Trace, earlier: tuple[str, ...], told: str, titles: Mapping[str, str]) -> str:
    if trace.maps_to == earlier:
        return told
    left = [titles.get(key, key) for key in _unbuilt(trace.maps_to)]
    gone = {titles.get(key, key) for key in _unbuilt(earlier)} - set(left)
    wants = told.removeprefix(trace.text + _LACK).removesuffix("]").split(", ")
    if _LACK not in told or any(id_.startswith(_HELD) for id_ in {*trace.maps_to} - {*earlier}):
        # Nothing else was lacking, or what had to hold is held now.
        wants = left
    if wants := [want for want in wants if want not in gone]:
        return f"{trace.text}{_LACK}{', '.join(wants)}]"
    return "" if trace.maps_to else trace.text


def _unbuilt(ids: tuple[str, ...]) -> list[str]:
    return [id_.partition(".")[2] for id_ in ids if id_.startswith("unbuilt.")]
