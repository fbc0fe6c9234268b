"""A model while it is being made: its entities and relations, and what each sentence gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from agents.plan.kinds import Kind
from agents.plan.needs import Parts
from agents.plan.rule_rules import problem, scope
from contracts.model import Entity, Feature, Field, Relation, Role
from contracts.scouting import ScoutReport


class Sketch(Struct, kw_only=True):
    """What is there so far; `names` leads from the report's words to entities.

    `ids` are what each sentence gave, `lacking` what it asks for and the app does not have.
    """

    report: ScoutReport
    kinds: dict[str, Kind]
    names: dict[str, str]
    roles: tuple[Role, ...]
    entities: dict[str, Entity] = {}
    relations: list[Relation] = []
    features: dict[str, Feature] = {}
    ids: dict[int, list[str]] = {}
    lacking: dict[int, list[str]] = {}

    def note(self, numbers: Iterable[int], name: str) -> None:
        """The sentences gave what has this id."""
        for number in sorted(numbers):
            found = self.ids.setdefault(number, [])
            if name not in found:
                found.append(name)

    def lack(self, numbers: Iterable[int], what: str) -> None:
        """The sentences ask for something that the app does not have."""
        for number in sorted(numbers):
            found = self.lacking.setdefault(number, [])
            if what not in found:
                found.append(what)

    def change(self, key: str, **changes: Any) -> Entity:
        """The entity with other members."""
        self.entities[key] = msgspec.structs.replace(self.entities[key], **changes)
        return self.entities[key]

    def rename(self, old: str, new: str) -> None:
        """What has one id has another one now."""
        for number, found in self.ids.items():
            self.ids[number] = list(dict.fromkeys(new if name == old else name for name in found))

    def forget(self, name: str) -> None:
        """What has this id is not there any more."""
        for number, found in self.ids.items():
            self.ids[number] = [each for each in found if each != name]

    def remove(self, key: str) -> None:
        """Take an entity out, with the references to it and what was said of them."""
        del self.entities[key]
        gone = [r for r in self.relations if key in {r.source, r.target}]
        self.relations = [r for r in self.relations if r not in gone]
        for relation in gone:
            self.forget(f"relation.{relation.source}.{relation.key}")
        self.names = {word: name for word, name in self.names.items() if name != key}
        for number, found in self.ids.items():
            self.ids[number] = [i for i in found if i.split(".")[1:2] != [key]]
        for source in {r.source for r in gone} - {key}:
            names = {r.key for r in gone if r.source == source}
            entity = self.entities[source]
            self.change(
                source,
                seed=tuple({k: v for k, v in row.items() if k not in names} for row in entity.seed),
                unique_together=tuple(u for u in entity.unique_together if not names & set(u)),
            )
            within = scope(self.entities[source], self.relations, self.entities)
            kept = tuple(r for r in self.entities[source].rules if not problem(r, within))
            self.change(source, rules=kept)

    def field(self, key: str, name: str) -> Field | None:
        return next((f for f in self.entities[key].fields if f.key == name), None)

    def add_field(self, key: str, field: Field, numbers: Iterable[int] = ()) -> str:
        """Give the entity one field more, under a key that is free; its key."""
        entity = self.entities[key]
        taken = {f.key for f in entity.fields} | {r.key for r in self.of(key)}
        name = field.key if field.key not in taken else f"{field.key}_value"
        if name not in taken:
            added = msgspec.structs.replace(field, key=name)
            self.change(key, fields=(*entity.fields, added))
        self.note(numbers, f"field.{key}.{name}")
        return name

    def change_field(self, key: str, name: str, **changes: Any) -> None:
        """Give a field other members."""
        fields = tuple(
            msgspec.structs.replace(f, **changes) if f.key == name else f
            for f in self.entities[key].fields
        )
        self.change(key, fields=fields)

    def of(self, key: str) -> list[Relation]:
        """The relations that start at the entity."""
        return [r for r in self.relations if r.source == key]

    def spoken(self, numbers: Iterable[int]) -> list[str]:
        """The entities of which the sentences speak, in the order of the model."""
        wanted = set(numbers)
        return [key for key in self.entities if self.kinds[key].sentences & wanted]

    @property
    def role_keys(self) -> frozenset[str]:
        return frozenset(role.key for role in self.roles)

    def parts(self) -> Parts:
        """What features may ask for."""
        return Parts(self.entities, tuple(self.relations), self.features, self.role_keys)
