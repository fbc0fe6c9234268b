"""The type of a field by how it is told: on a scale, as so many of something, by its name. Pure."""

from __future__ import annotations

from agents.scout.lists import Attribute, field_type
from contracts.model import FieldType

_COUNTED = frozenset({("hour",), ("day",), ("week",), ("month",), ("year",)})
"""What there are so many of, where the field is called by the plural: "hours"."""
_STARS = 5
"""Up to so many, what is told on a scale is told in stars."""


def told_type(found: Attribute) -> FieldType | None:
    """The type that a scale tells of a field, else its name."""
    if found.scale:
        return "rating" if found.scale[0] and found.scale[1] <= _STARS else "integer"
    if found.item.plural and found.phrase in _COUNTED:
        return "decimal"
    return field_type(found.phrase)
