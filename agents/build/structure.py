"""What a model means for an app, once it is decided: tables, references, rules. Data only."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from contracts.formulas import Tree
from contracts.model import Access, AppModel, Entity, Feature, Field, Page, Role

ACTIONS = ("list", "read", "create", "update", "delete")
BUILT_IN = frozenset({"created_at", "updated_at"})
"""Fields that every record has anyway."""


class Reference(Struct, frozen=True, kw_only=True):
    """A field that points to records of `target`; `join` is the pairs' table of many."""

    key: str
    title: str
    target: str
    required: bool
    on_delete: str
    unique: bool = False
    join: str = ""
    relation: str = ""


class When(Struct, frozen=True, kw_only=True):
    """For which records a rule holds: `field` is one of `values`; `via` is the column of a
    reference where the field is not the record's own.
    """

    field: str
    values: tuple[str | bool, ...]
    via: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """`left operator right`: a field, and another field or a number.

    The operators `filled` and `empty` have nothing on their right.
    """

    left: str
    operator: str
    right: str | float | None = None
    when: When | None = None


class Constraint(Struct, frozen=True, kw_only=True):
    """What the database may refuse by `name`, told at `field`.

    Part of the table are unique `columns` and a `check`; others belong to a rule's triggers.
    """

    name: str
    field: str
    message: str
    columns: tuple[str, ...] = ()
    check: Comparison | None = None


class Child(Struct, frozen=True, kw_only=True):
    """An entity whose records are rows of another's form, which its `field` points to."""

    entity: str
    field: str


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of an entity, understood. Which members are filled depends on the kind.

    `reference` is a column of the entity, `target` the entity that it leads to, and `counted`
    the field there that is the stock, the capacity or the total.
    """

    kind: str
    name: str
    field: str
    message: str
    check: Comparison | None = None
    reference: str = ""
    target: str = ""
    counted: str = ""
    start: str = ""
    end: str = ""
    quantity: str = ""
    sign: int = 0
    sum: Tree | None = None
    when: When | None = None


class Table(Struct, frozen=True, kw_only=True):
    """An entity as a table, an API and pages.

    `org` says that its rows are inside of an organisation: owned by it, or part of what is.
    """

    entity: Entity
    access: Access
    path: str
    fields: tuple[Field, ...]
    references: tuple[Reference, ...]
    label: str
    search: tuple[str, ...]
    sort: str
    parent: Reference | None
    constraints: tuple[Constraint, ...]
    children: tuple[Child, ...] = ()
    rules: tuple[Rule, ...] = ()
    formulas: Mapping[str, Tree] = {}
    """Fields that are computed from others of the record."""
    filled: frozenset[str] = frozenset()
    """Fields that the database alone writes."""
    org: bool = False
    approvers: tuple[str, ...] = ()
    """Roles that must approve a record before others see it."""

    @property
    def key(self) -> str:
        return self.entity.key

    @property
    def name(self) -> str:
        return self.entity.plural

    @property
    def owned(self) -> bool:
        """Whether a row names the account that made it."""
        return self.entity.ownership != "system"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a form fills."""
        single = [reference.key for reference in self.references if not reference.join]
        own = [field.key for field in self.fields if field.key not in self.filled]
        return (*own, *single)


class Design(Struct, frozen=True, kw_only=True):
    """A whole app, decided. `tables` is the model's order, `order` that of creation."""

    model: AppModel
    roles: tuple[Role, ...]
    default_role: str
    tables: tuple[Table, ...]
    order: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def organisations(self) -> bool:
        """Whether people work in organisations that see nothing of each other."""
        return any(table.org for table in self.tables)

    @property
    def open_roles(self) -> tuple[Role, ...]:
        """Roles that people may choose for themselves."""
        return tuple(r for r in self.roles if r.signup == "open" and r.key != "admin")

    @property
    def sign_up_open(self) -> bool:
        """Whether anybody may sign up: the role that everybody starts with must be open."""
        return any(role.key == self.default_role for role in self.open_roles)

    @property
    def invitable(self) -> tuple[Role, ...]:
        """Roles that an invitation may give; never empty."""
        return tuple(
            role
            for role in self.roles
            if role.key != "admin" and (role.signup != "none" or role.key == self.default_role)
        )

    def table(self, key: str) -> Table:
        return next(table for table in self.tables if table.key == key)

    def feature(self, key: str) -> Feature | None:
        """The feature as the model switches it on."""
        return next((each for each in self.model.features if each.key == key), None)

    def served(self, key: str) -> tuple[Table, ...]:
        """The tables that the model names for a feature, in the model's order."""
        feature = self.feature(key)
        return tuple(table for table in self.tables if feature and table.key in feature.entities)

    @property
    def guests(self) -> bool:
        """Whether guests read any records, and with them whose these are."""
        return any("guest" in table.access.read for table in self.tables if not table.org)

    def pages(self, kind: str) -> tuple[Page, ...]:
        """The model's pages of a kind."""
        return tuple(page for page in self.model.pages if page.kind == kind)


class Route(Struct, frozen=True, kw_only=True):
    """One page as the app knows it."""

    path: str
    title: str
    kind: str
    audience: tuple[str, ...]
    nav: bool = False
    entity: str = ""
    sections: tuple[str, ...] = ()

    def data(self) -> dict[str, object]:
        """The properties of `PageInfo`, without empty ones."""
        values: dict[str, object] = {
            "path": self.path, "title": self.title, "kind": self.kind, "audience": self.audience,
        }  # fmt: skip
        if self.nav:
            values["nav"] = True
        if self.entity:
            values["entity"] = self.entity
        if self.sections:
            values["sections"] = self.sections
        return values


class Serving(Struct, frozen=True, kw_only=True):
    """What a feature does in one app.

    `about` is a sentence for the README. `files` depend on the model, beside those of the
    feature's folder. `migrations` are SQL up and down by title; the tables of all entities are
    there. `routes` are pages that it adds, `kinds` the kinds of the model's own pages that it
    shows, but for those with the keys `unfit`, which become lists. Of a route whose address is
    taken only the address changes: features find their pages by kind. `notes` say what it only
    stands in for, `env` are lines of `.env.example`.
    """

    about: str
    files: Mapping[str, str] = {}
    migrations: Mapping[str, tuple[str, str]] = {}
    routes: tuple[Route, ...] = ()
    kinds: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
