"""`AppModel`: what an app is, between the idea and the code.

Scout proposes the parts, Plan merges and checks them, Build is a pure function of the result.
The JSON file of it (`genesis.model.json`) is pleasant to read and edit; unknown fields in it
are refused, because in a file that a person edits they are typing mistakes.

Access is denied unless a list names who may. `owner` is the row's owner under its ownership,
`member` anyone signed in, `guest` anyone; any other word is the key of a role.

Errors:
    ModelError   the text is no model; says where and what was expected
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

MODEL_VERSION = 1

Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$(?!\n)", max_length=48)]
"""A name in code and in the database: singular, snake_case."""
Title = Annotated[str, Meta(min_length=1, max_length=120)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$(?!\n)")]

FieldType = Literal[
    "text", "longtext", "markdown", "integer", "decimal", "money", "boolean", "date", "datetime",
    "time", "enum", "tags", "email", "phone", "url", "image", "file", "json", "color", "rating",
    "duration", "geo",
]  # fmt: skip
WHOLE = frozenset({"integer", "rating", "duration"})
NUMBERS = WHOLE | {"decimal", "money"}
TEXTUAL = frozenset(
    {"text", "longtext", "markdown", "phone", "email", "url", "enum", "color", "geo"}
)  # fmt: skip
Ownership = Literal["user", "org", "parent", "shared", "system"]
PageKind = Literal[
    "home", "list", "detail", "form", "board", "calendar", "dashboard", "map", "feed", "thread",
    "chat", "cart", "checkout", "profile", "static", "report", "quiz", "tool", "admin",
]  # fmt: skip


class ModelError(ValueError):
    """The text is no `AppModel`."""


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of everything in the model file: strict, so that a typing mistake is named."""


class Theme(Part, frozen=True, kw_only=True):
    """Colours as `#rrggbb`, in the order in which the idea named them."""

    background: Colour = "#f8fafc"
    primary: Colour = "#2563eb"


class App(Part, frozen=True, kw_only=True):
    """What the app is called and what it came from."""

    name: Title
    slug: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$(?!\n)", max_length=40)]
    description: str = ""
    locale: str = "en"
    theme: Theme = Theme()
    idea: str = ""


class PatternUse(Part, frozen=True, kw_only=True):
    """A pattern of the catalogue that the idea resembles, and the words that show it."""

    key: Key
    role: Literal["primary", "secondary"] = "primary"
    score: float = 0.0
    margin: float = 0.0
    evidence: tuple[str, ...] = ()


class Role(Part, frozen=True, kw_only=True):
    """Who somebody is in the app; `admin` and `member` always exist, `guest` is implicit."""

    key: Key
    title: Title
    signup: Literal["open", "invite", "none"] = "none"
    is_default: bool = False


class Field(Part, frozen=True, kw_only=True):
    """One column. `options` belong to `enum`; `min` and `max` are values, lengths for texts.

    `computed` is a formula of the record's other fields, such as `quantity * (price - 1)` or
    `first_name || ' ' || last_name`; nobody fills such a field in.
    """

    key: Key
    title: Title
    type: FieldType = "text"
    required: bool = False
    unique: bool = False
    default: str | int | float | bool | None = None
    min: float | None = None
    max: float | None = None
    max_length: int | None = None
    pattern: str | None = None
    options: tuple[str, ...] = ()
    help: str = ""
    example: str = ""
    pii: bool = False
    read_roles: tuple[str, ...] = ()
    write_roles: tuple[str, ...] = ()
    computed: str | None = None


class Access(Part, frozen=True, kw_only=True):
    """Who may do what; an empty list is nobody."""

    list: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


class Transition(Part, frozen=True, kw_only=True):
    """A permitted step of a workflow; `sources` are the states it may start from.

    `roles` are as in `Access`, empty for whoever may update. An effect is `set FIELD now`,
    `set FIELD me` (a name), `notify owner` or `notify ROLE`.
    """

    name: Title
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()


class Workflow(Part, frozen=True, kw_only=True):
    """The states of the enum field `field`, and the steps between them."""

    field: Key
    initial: str
    transitions: tuple[Transition, ...] = ()


class Rule(Part, frozen=True, kw_only=True):
    """Something that must hold in the database whatever the clients do.

    `expr` by kind, each but `once_per_user` and computed totals with `when FIELD in (a, b)`:
    check `a < b`, `a is not null`; no_overlap `resource: start, end`; stock
    `product.stock -= quantity`, also when `order.status in (paid)`; capacity `event.capacity`;
    once_per_user `event` or nothing; total `order.total = sum(quantity * price)` or, of the
    record's own fields, `total = quantity * price`.
    """

    kind: Literal["check", "no_overlap", "stock", "capacity", "once_per_user", "total"]
    expr: str
    message: str = ""


class Entity(Part, frozen=True, kw_only=True):
    """A kind of record: a table, an API and its pages."""

    key: Key
    plural: Key
    title: Title
    title_plural: Title
    ownership: Ownership
    access: Access
    label_field: Key
    fields: tuple[Field, ...]
    search: tuple[Key, ...] = ()
    default_sort: str = "-created_at"
    unique_together: tuple[tuple[Key, ...], ...] = ()
    soft_delete: bool = False
    workflow: Workflow | None = None
    rules: tuple[Rule, ...] = ()
    seed: tuple[dict[str, Any], ...] = ()


class Relation(Part, frozen=True, kw_only=True):
    """`source` holds a reference named `key` to `target` (the column is `<key>_id`)."""

    key: Key
    source: Key
    target: Key
    kind: Literal["many_to_one", "one_to_one", "many_to_many"] = "many_to_one"
    required: bool = False
    on_delete: Literal["cascade", "restrict", "set_null"] = "restrict"
    inverse: str = ""
    title: str = ""


class Page(Part, frozen=True, kw_only=True):
    """An address in the app; `nav` puts it in the navigation."""

    key: Key
    path: Annotated[str, Meta(pattern=r"^/[a-z0-9/:_-]*$(?!\n)")]
    title: Title
    kind: PageKind
    entity: Key | None = None
    audience: tuple[str, ...] = ("member",)
    nav: bool = False
    sections: tuple[str, ...] = ()


class Feature(Part, frozen=True, kw_only=True):
    """A feature module that is switched on, and the entities it serves."""

    key: Key
    entities: tuple[Key, ...] = ()
    params: dict[str, Any] = {}


class Acceptance(Part, frozen=True, kw_only=True):
    """A test that the generated app carries; `sentence` is the number of what asked for it."""

    id: str
    kind: Literal["api", "ui", "db", "access"]
    given: str
    when: str
    then: str
    sentence: int | None = None


class Trace(Part, frozen=True, kw_only=True):
    """What sentence number `sentence` of the idea produced: ids such as `entity.recipe`."""

    sentence: int
    text: str
    maps_to: tuple[str, ...] = ()


class AppModel(Part, frozen=True, kw_only=True):
    """A whole app. `unmapped` are the sentences that nothing in it covers: shown, never hidden."""

    version: int = MODEL_VERSION
    app: App
    patterns: tuple[PatternUse, ...] = ()
    roles: tuple[Role, ...] = (
        Role(key="admin", title="Administrator"),
        Role(key="member", title="Member", signup="open", is_default=True),
    )
    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...] = ()
    pages: tuple[Page, ...] = ()
    features: tuple[Feature, ...] = ()
    acceptance: tuple[Acceptance, ...] = ()
    trace: tuple[Trace, ...] = ()
    unmapped: tuple[str, ...] = ()


class Task(Part, frozen=True, kw_only=True):
    """A step of the build; `after` are the ids of the tasks it needs, `estimate` its seconds."""

    id: str
    title: str
    area: Literal["build", "migration", "deployment", "monitoring"]
    after: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    estimate: float | None = None


class Plan(Part, frozen=True, kw_only=True):
    """The file `plan.json`: the model and the order of work; its `$schema` is for editors."""

    json_schema: str = msgspec.field(name="$schema", default="")
    model: AppModel
    tasks: tuple[Task, ...] = ()


_PLAN = msgspec.json.Decoder(Plan)


def _refuse_newer(text: bytes) -> None:
    """A newer plan may have fields that look like mistakes here: its version goes first."""
    try:
        version = msgspec.json.decode(text)["model"]["version"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
        return
    if isinstance(version, int) and version > MODEL_VERSION:
        raise ModelError(
            f"the plan has version {version}; this Genesis reads up to {MODEL_VERSION}: upgrade it"
        )


def decode_plan(text: bytes) -> Plan:
    """The plan in JSON text. Raises ModelError that names the place and what was expected."""
    _refuse_newer(text)
    try:
        return _PLAN.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"the plan cannot be read: {error}") from None


def encode_plan(plan: Plan) -> bytes:
    """The plan as indented JSON for people; the same plan gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"
