"""What may be asked of a model, and reading it from JSON. Pure.

Every operation is a flat object with the field `op`; what it does not know is refused. Nothing
is nullable: "" is no text and no number, 0 no sentence, so that the schema needs no unions.
`sentence` is the number of the sentence of the idea that the operation answers.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from contracts.model import FieldType, Key, Ownership, PageKind, Title

MAX_OPERATIONS = 200
"""Operations of one answer that are looked at."""

Words = tuple[Annotated[str, Meta(max_length=120)], ...]
Line = Annotated[str, Meta(max_length=500)]
RuleKind = Literal["check", "no_overlap", "stock", "capacity", "once_per_user", "total"]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class OperationError(ValueError):
    """An operation cannot be applied.

    `number` is its place in the answer from 1, `element` what it is about.
    """

    def __init__(self, number: int, element: str, why: str) -> None:
        super().__init__(f"operation {number} ({element}): {why}")
        self.number = number
        self.element = element
        self.why = why


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FieldSpec(_Strict, frozen=True, kw_only=True):
    """A field; numbers and defaults are texts. `examples` go into the example rows, in turn."""

    key: Key
    title: Title
    type: FieldType
    required: bool = False
    unique: bool = False
    default: Line = ""
    min: Line = ""
    max: Line = ""
    options: Words = ()
    help: Line = ""
    computed: Line = ""
    examples: Words = ()


class AccessSpec(_Strict, frozen=True, kw_only=True):
    """Who may do what: owner, member, guest, admin, or the key of a role."""

    list: Words = ()
    read: Words = ()
    create: Words = ()
    update: Words = ()
    delete: Words = ()


class StepSpec(_Strict, frozen=True, kw_only=True):
    """A step of a workflow."""

    name: Title
    sources: Words
    target: Line
    roles: Words = ()
    effects: Words = ()


class _Operation(_Strict, frozen=True, kw_only=True, tag_field="op"):
    sentence: int = 0


class AddEntity(_Operation, frozen=True, kw_only=True, tag="add_entity"):
    """A new kind of record, with its list, form and page; `nav` puts the list in the menu."""

    key: Key
    plural: Key
    title: Title
    title_plural: Title
    ownership: Ownership
    access: AccessSpec
    label_field: Key
    fields: tuple[FieldSpec, ...]
    search: Words = ()
    nav: bool = True


class RemoveEntity(_Operation, frozen=True, kw_only=True, tag="remove_entity"):
    """A kind of record goes, with its pages and all references to it."""

    entity: Key


class RenameEntity(_Operation, frozen=True, kw_only=True, tag="rename_entity"):
    """A kind of record gets another name; everything that names it follows."""

    entity: Key
    key: Key
    plural: Key
    title: Title
    title_plural: Title


class AddField(_Operation, frozen=True, kw_only=True, tag="add_field"):
    """A new field of an entity."""

    entity: Key
    field: FieldSpec


class ChangeField(_Operation, frozen=True, kw_only=True, tag="change_field"):
    """The field with the same key becomes as said here."""

    entity: Key
    field: FieldSpec


class RemoveField(_Operation, frozen=True, kw_only=True, tag="remove_field"):
    """A field goes, and its values in the example rows."""

    entity: Key
    field: Key


class AddRelation(_Operation, frozen=True, kw_only=True, tag="add_relation"):
    """The entity `source` gets a reference `key` to `target`."""

    source: Key
    key: Key
    target: Key
    kind: Literal["many_to_one", "one_to_one", "many_to_many"] = "many_to_one"
    required: bool = False
    on_delete: Literal["cascade", "restrict", "set_null"] = "restrict"
    title: Line = ""


class RemoveRelation(_Operation, frozen=True, kw_only=True, tag="remove_relation"):
    """A reference goes."""

    source: Key
    key: Key


class AddRule(_Operation, frozen=True, kw_only=True, tag="add_rule"):
    """Something that must hold for every record of an entity."""

    entity: Key
    kind: RuleKind
    expr: Line
    message: Line = ""


class SetAccess(_Operation, frozen=True, kw_only=True, tag="set_access"):
    """Who may do what with an entity, all five at once."""

    entity: Key
    access: AccessSpec


class SetWorkflow(_Operation, frozen=True, kw_only=True, tag="set_workflow"):
    """The states of an enum field, and the steps between them."""

    entity: Key
    field: Key
    initial: Line
    transitions: tuple[StepSpec, ...]


class AddPage(_Operation, frozen=True, kw_only=True, tag="add_page"):
    """A page besides the lists, forms and records that every entity has."""

    key: Key
    path: Line
    title: Title
    kind: PageKind
    entity: Line = ""
    audience: Words = ("member",)
    nav: bool = True


class SetFeature(_Operation, frozen=True, kw_only=True, tag="set_feature"):
    """A feature is switched on for exactly these entities; none where it serves the whole app."""

    feature: Key
    entities: tuple[Key, ...] = ()


class RemoveFeature(_Operation, frozen=True, kw_only=True, tag="remove_feature"):
    """A feature is switched off."""

    feature: Key


class AddRole(_Operation, frozen=True, kw_only=True, tag="add_role"):
    """A new kind of person."""

    key: Key
    title: Title
    signup: Literal["open", "invite", "none"] = "invite"


Operation = (
    AddEntity
    | RemoveEntity
    | RenameEntity
    | AddField
    | ChangeField
    | RemoveField
    | AddRelation
    | RemoveRelation
    | AddRule
    | SetAccess
    | SetWorkflow
    | AddPage
    | SetFeature
    | RemoveFeature
    | AddRole
)
KINDS: tuple[type[_Operation], ...] = get_args(Operation)


class Numbered(Struct, frozen=True):
    """An operation and its place in the answer, from 1."""

    number: int
    operation: Operation


class _Answer(Struct, forbid_unknown_fields=True):
    operations: list[msgspec.Raw]


_ANSWER = msgspec.json.Decoder(_Answer)
_OPERATION = msgspec.json.Decoder(Operation)


def read(text: str) -> tuple[list[Numbered], list[OperationError]]:
    """The operations of an answer, and why others of it are none.

    Raises OperationError, with number 0, for a text that is no answer at all.
    """
    try:
        parts = _ANSWER.decode(unwrapped(text)).operations
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise OperationError(
            0, "answer", f"it is not the JSON that was asked for: {error}"
        ) from None
    good: list[Numbered] = []
    bad: list[OperationError] = []
    for number, part in enumerate(parts[:MAX_OPERATIONS], start=1):
        try:
            operation = _OPERATION.decode(part)
            _refuse_unprintable(msgspec.to_builtins(operation))
            good.append(Numbered(number, operation))
        except (ValueError, RecursionError) as error:
            bad.append(OperationError(number, _kind(part), str(error)))
    if len(parts) > MAX_OPERATIONS:
        why = f"there are {len(parts)} operations; at most {MAX_OPERATIONS} are taken"
        bad.append(OperationError(MAX_OPERATIONS + 1, "and after", why))
    return good, bad


def unwrapped(text: str) -> str:
    """The JSON object in a text that may fence it or say something around it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _refuse_unprintable(value: Any) -> None:
    if isinstance(value, str):
        if _UNPRINTABLE.search(value):
            raise ValueError("a text has a character that cannot be printed")
    elif isinstance(value, dict):
        for each in value.values():
            _refuse_unprintable(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_unprintable(each)


def _kind(part: msgspec.Raw) -> str:
    try:
        content = msgspec.json.decode(part)
    except (msgspec.DecodeError, RecursionError):
        return "unreadable"
    name = content.get("op") if isinstance(content, dict) else None
    return name[:40] if isinstance(name, str) else "no op"
