"""`ScoutReport`: what Scout read in an idea, and Plan makes a model of.

Scout and Plan do not know each other, so the report carries what the matched patterns bring
as data. Sentences are numbered from 1; every finding names the sentences that it comes from.

Errors:
    ReportError   the text is no report; says where and what was expected
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from contracts.model import Colour, FieldType, Key, PageKind, Part, Rule, Title, Workflow

REPORT_VERSION = 1

Sharing = Literal["private", "members", "team", "catalogue"]
"""Who a kind of record belongs to, in one word.

private     each person's own; nobody else sees it, but for administrators
members     each person's own; everyone signed in may read it
team        everybody's: everyone signed in may read, add and change it
catalogue   everybody's to read; administrators and the `writers` keep it
"""

_SQL = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable
    delete desc distinct do drop else end except false fetch for foreign freeze from full grant
    group having ilike in initially inner insert intersect into is isnull join lateral leading
    left like limit localtime localtimestamp natural not notnull null offset on only or order
    outer overlaps placing primary references returning right row rows select session_user
    similar some symmetric system_user table tablesample then to trailing true truncate union
    unique update user using variadic verbose view when where window with
"""
_TYPESCRIPT = """
    abstract any array async await bigint boolean break case catch class const constructor
    continue date debugger declare default delete do else enum error export extends false finally
    for from function get global if implements import in instanceof interface json let map module
    namespace never new null number object of package partial pick private promise prototype proxy
    protected public readonly record regexp request require response return set static string
    super switch symbol this throw true try type typeof undefined unknown var void while window
    document with yield
"""
_APP = """
    account accounts admin admins api app assets auth authentication created_at deleted_at health
    home id index login logout me member members migration migrations owner owner_id password
    passwords people register role roles schema schema_migrations session sessions settings sign_in
    sign_out sign_up signin signout signup state system updated_at user user_id users
"""
RESERVED_ENTITIES = frozenset(f"{_SQL} {_TYPESCRIPT} {_APP}".split())
"""Words that SQL, TypeScript or the app itself use: no entity has one as key or plural."""
RESERVED_FIELDS = (
    frozenset(f"{_SQL} {_TYPESCRIPT}".split())
    | {"created_at", "deleted_at", "id", "owner", "owner_id", "password", "updated_at", "user_id"}
) - {"date", "error", "json", "map", "number", "record", "request", "response", "symbol", "type"}
"""Words that no field and no relation has as key; fewer, since they never name a type."""


class ReportError(ValueError):
    """The text is no `ScoutReport`."""


class Sentence(Part, frozen=True, kw_only=True):
    """A sentence of the idea, as written."""

    number: int
    text: str


class FieldDraft(Part, frozen=True, kw_only=True):
    """A field as a pattern describes it; an empty title comes from the key."""

    type: FieldType = "text"
    title: str = ""
    required: bool = False
    unique: bool = False
    default: str | int | float | bool | None = None
    min: float | None = None
    max: float | None = None
    max_length: int | None = None
    options: tuple[str, ...] = ()
    help: str = ""
    example: str = ""
    pii: bool = False
    read_roles: tuple[str, ...] = ()
    write_roles: tuple[str, ...] = ()
    computed: str | None = None
    synonyms: tuple[str, ...] = ()


class ReferenceDraft(Part, frozen=True, kw_only=True):
    """A reference to another entity of the same pattern."""

    to: Key
    title: str = ""
    kind: Literal["many_to_one", "one_to_one", "many_to_many"] = "many_to_one"
    required: bool = False
    on_delete: Literal["cascade", "restrict", "set_null"] = "set_null"


class EntityDraft(Part, frozen=True, kw_only=True):
    """An entity as a pattern describes it.

    `presence`      `always` with the pattern, or only when the idea has `mentioned` it
    `core`          what such apps are for: stays where the idea never names it
    `placeholder`   a general word ("resource") that gives way to the idea's own ("tennis court")
    `writers`       roles that may write besides administrators
    `open`          anyone may look, signed in or not
    `parent`        the required reference that its rows are a part of, with whose rights
    `workflow`, `rules` are as in the model, of this pattern's own fields and references
    `seed`          example rows; a reference's value is the label of the row it points to
    """

    label: Key
    sharing: Sharing = "private"
    title: str = ""
    title_plural: str = ""
    plural: str = ""
    synonyms: tuple[str, ...] = ()
    presence: Literal["always", "mentioned"] = "always"
    core: bool = False
    placeholder: bool = False
    nav: bool = True
    writers: tuple[str, ...] = ()
    open: bool = False
    parent: str = ""
    search: tuple[str, ...] = ()
    sort: str = "-created_at"
    unique_together: tuple[tuple[str, ...], ...] = ()
    fields: dict[Key, FieldDraft]
    references: dict[Key, ReferenceDraft] = {}
    workflow: Workflow | None = None
    rules: tuple[Rule, ...] = ()
    seed: tuple[dict[str, Any], ...] = ()


class RoleDraft(Part, frozen=True, kw_only=True):
    """A role that a pattern brings: always, or when the idea speaks of it."""

    title: str
    presence: Literal["always", "mentioned"] = "mentioned"
    signup: Literal["open", "invite", "none"] = "invite"
    synonyms: tuple[str, ...] = ()


class FeatureDraft(Part, frozen=True, kw_only=True):
    """A feature that a pattern brings, for these of its entities: always, or when asked for."""

    entities: tuple[Key, ...] = ()
    params: dict[str, Any] = {}
    presence: Literal["always", "mentioned"] = "always"


class PageDraft(Part, frozen=True, kw_only=True):
    """A page besides lists, forms and records; `audience` is who may list the entity unless said.

    It goes with its entity, and with the feature of the same name where that was excluded.
    """

    kind: PageKind
    title: str
    entity: str = ""
    audience: tuple[str, ...] = ()
    nav: bool = True


class RankedPattern(Part, frozen=True, kw_only=True):
    """How much the idea resembles a pattern.

    `score` is BM25 (0 and up), `margin` its distance to the next one in standard deviations
    of all scores, `evidence` the words that count, heaviest first.
    """

    key: Key
    title: str
    score: float
    margin: float = 0.0
    evidence: tuple[str, ...] = ()
    sentences: tuple[int, ...] = ()


class MatchedPattern(Part, frozen=True, kw_only=True):
    """A pattern that was chosen, with all that it brings."""

    rank: RankedPattern
    role: Literal["primary", "secondary"]
    entities: dict[Key, EntityDraft] = {}
    roles: dict[Key, RoleDraft] = {}
    features: dict[Key, FeatureDraft] = {}
    pages: tuple[PageDraft, ...] = ()


class CandidateField(Part, frozen=True, kw_only=True):
    """A property that the idea names beside an entity; `spoken` when it lists the options.

    `scale` is the least and the greatest number of the scale that it is told on, if any.
    """

    key: Key
    title: Title
    type: FieldType = "text"
    options: tuple[str, ...] = ()
    spoken: bool = False
    scale: tuple[int, ...] = ()
    sentences: tuple[int, ...] = ()


class CandidateReference(Part, frozen=True, kw_only=True):
    """The idea puts an entity under, into or beside another one, `to`."""

    to: Key
    sentences: tuple[int, ...] = ()


class CandidateEntity(Part, frozen=True, kw_only=True):
    """A noun that may be an entity.

    `words` are its lemmas, the head last; `score` grows with what speaks for it: 3 and above
    is an entity of its own. `matches` is the chosen patterns' entity that it is a word for.
    `draft` describes what such a thing usually is, as `source` (a pattern or an archetype) has it.
    """

    key: Key
    plural: Key
    title: Title
    title_plural: Title
    words: tuple[str, ...]
    score: float
    sentences: tuple[int, ...]
    fields: tuple[CandidateField, ...] = ()
    references: tuple[CandidateReference, ...] = ()
    sort: str = ""
    matches: str = ""
    draft: EntityDraft
    source: str


class Operation(Part, frozen=True, kw_only=True):
    """Somebody does something: `actor` is a role's key, `guest`, `member`, or "" when unsaid.

    It is `owner` where they do it to their own.
    """

    verb: Literal["list", "read", "create", "update", "delete", "manage"]
    entity: Key
    sentence: int
    actor: str = ""
    only: bool = False


class FoundRole(Part, frozen=True, kw_only=True):
    """A kind of person who acts in the idea."""

    key: Key
    title: Title
    sentences: tuple[int, ...]


class FoundFeature(Part, frozen=True, kw_only=True):
    """Something asked for besides records; `words` are the idea's words for it."""

    key: Key
    title: str
    words: tuple[str, ...]
    sentences: tuple[int, ...]


class FoundRule(Part, frozen=True, kw_only=True):
    """Something that the idea says must hold; `text` are its words.

    `entity` and `field` are as the idea has them, `value` is the number, `roles` who alone may:
    no_overlap      two of the entity at one time
    once_per_user   one of the entity by each person (for each `field`, where that is an entity)
    per_user        at most `value` of the entity by each person
    capacity        no more of the entity than `field`'s number of places, or than `value`
    stock           no more than there is of it
    at_most, at_least   the value of `field`, or its length where it is a text
    unique          no two with the same `field`
    order           `field` comes before `other`
    approval        a record counts once one of `roles` has approved it
    only            none but `roles` do it
    """

    kind: Literal[
        "no_overlap", "once_per_user", "per_user", "capacity", "stock", "at_most", "at_least",
        "unique", "order", "approval", "only",
    ]  # fmt: skip
    entity: str = ""
    field: str = ""
    other: str = ""
    value: float | None = None
    roles: tuple[str, ...] = ()
    text: str
    sentence: int


class Exclusion(Part, frozen=True, kw_only=True):
    """Something that the idea does not want: the key of a feature or of an entity."""

    kind: Literal["feature", "entity"]
    key: Key
    sentence: int


class FoundTheme(Part, frozen=True, kw_only=True):
    """Colours that the idea names; None where it names none."""

    background: Colour | None = None
    primary: Colour | None = None
    sentences: tuple[int, ...] = ()


class Option(Part, frozen=True, kw_only=True):
    """One answer to a question: its `key`, what people read, and what it would bring."""

    key: str
    title: str
    brings: str = ""


class Question(Part, frozen=True, kw_only=True):
    """What the idea leaves open. Unasked, the option `default` is taken, and the report says so."""

    id: Key
    text: str
    options: tuple[Option, ...]
    default: str


class ScoutReport(Part, frozen=True, kw_only=True):
    """Everything read in an idea.

    `name` is what people call the app, `language` a two-letter code ("und" when unknown),
    `brief` says that the idea leaves nearly everything open, `public` are the sentences that
    open the app to anyone, `private` those that keep everything to the one who wrote it,
    `context` those that ask for nothing (headings, greetings, who asks), `unmapped` those that
    gave nothing, `notes` are for the reader, `questions` are what the idea leaves open and nobody
    has answered yet.
    """

    version: int = REPORT_VERSION
    idea: str
    name: Title
    name_sentences: tuple[int, ...] = ()
    language: str = "en"
    brief: bool = False
    sentences: tuple[Sentence, ...]
    theme: FoundTheme = FoundTheme()
    ranking: tuple[RankedPattern, ...] = ()
    patterns: tuple[MatchedPattern, ...] = ()
    entities: tuple[CandidateEntity, ...] = ()
    operations: tuple[Operation, ...] = ()
    roles: tuple[FoundRole, ...] = ()
    features: tuple[FoundFeature, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    rules: tuple[FoundRule, ...] = ()
    public: tuple[int, ...] = ()
    private: tuple[int, ...] = ()
    context: tuple[int, ...] = ()
    unmapped: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


class _Head(msgspec.Struct):
    version: Annotated[int, Meta(ge=1)] = REPORT_VERSION


_REPORT = msgspec.json.Decoder(ScoutReport)


def decode_report(text: bytes) -> ScoutReport:
    """The report in JSON text. Raises ReportError that names the place and what was expected."""
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.version > REPORT_VERSION:
            raise ReportError(
                f"the scout report has version {head.version}; this Genesis reads up to"
                f" {REPORT_VERSION}: upgrade it"
            )
        return _REPORT.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(f"the scout report cannot be read: {error}") from None


def encode_report(report: ScoutReport) -> bytes:
    """The report as indented JSON; the same report gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
