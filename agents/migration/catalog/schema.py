"""What a schema is made of. Pure."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import Struct

Key = tuple[str, str, str]


class Item(Struct, frozen=True, kw_only=True):
    """One thing of a schema. Names are quoted where SQL needs it, and qualified.

    `kind` is such as table, column, policy, grant; `parent` the object that it is a part of, ""
    for none; `definition` its text as PostgreSQL writes it, which decides equality together
    with `detail`.
    """

    kind: str
    parent: str
    name: str
    definition: str = ""
    detail: dict[str, Any] = {}

    @property
    def key(self) -> Key:
        """What identifies it."""
        return (self.kind, self.parent, self.name)

    @property
    def same(self) -> tuple[str, dict[str, Any]]:
        """What must be equal for two to be the same; a column's place is another matter."""
        return self.definition, {k: v for k, v in self.detail.items() if k != "number"}

    def __str__(self) -> str:
        place = f" of {self.parent}" if self.parent and self.parent != self.name else ""
        return f"{self.kind} {self.name}{place}"


class Schema(Struct, frozen=True):
    """All items by their keys."""

    items: dict[Key, Item]

    def of(self, kind: str, parent: str) -> list[Item]:
        """The items of a kind that are parts of an object, in the order of the catalog."""
        found = [
            item for item in self.items.values() if item.kind == kind and item.parent == parent
        ]
        return sorted(found, key=lambda item: (item.detail.get("number", 0), item.name))


def fingerprint(schema: Schema) -> str:
    """SHA-256 in hex over everything in the schema, the order of columns included."""
    rows = [(*key, *item.same) for key, item in sorted(schema.items.items())]
    return hashlib.sha256(msgspec.json.encode(rows, order="sorted")).hexdigest()
