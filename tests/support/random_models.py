"""Random models that are valid, with everything in them that has broken a generator before."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from contracts.model import (
    Access,
    App,
    AppModel,
    Entity,
    Feature,
    Field,
    Page,
    Relation,
    Role,
    Theme,
    Transition,
    Workflow,
)

NAMES = (
    "user", "order", "select", "class", "table", "group", "default", "new", "end", "check",
    "prototype", "index", "session", "page", "file", "record", "role", "query",
    "bus", "category", "leaf", "order_item", "person", "news", "status", "a", "z9_9",
)  # fmt: skip
TYPES = (
    "text", "longtext", "markdown", "integer", "decimal", "money", "boolean", "date", "datetime",
    "time", "enum", "tags", "email", "phone", "url", "image", "file", "json", "color", "rating",
    "duration", "geo",
)  # fmt: skip
FIELDS = (
    "name", "title", "from", "to", "select", "where", "order", "type", "key", "value", "label",
    "user", "id_number", "q", "sort", "page_size", "constructor_name", "price", "state", "note",
    "then", "length", "items", "total", "class", "default", "desc", "limit",
)  # fmt: skip
FEATURES = (
    "audit", "board", "calendar", "comments", "contact", "dashboard", "favourites", "feed",
    "follow", "leaderboard", "messages", "newsletter", "notifications", "ratings", "reports",
)  # fmt: skip
NASTY = (
    "It's",
    'a "quote"',
    "${process.env}",
    "`tick`",
    "</script><script>alert(1)</script>",
    "<!-- ",
    "emoji 🧁👩‍🚀",
    "line\nbreak",
    "back\\slash",
    "%s {name} {{x}}",
    "*/ -- ; drop",
    "Ünï çödé",
    "a" * 120,
    "Plain",
    "\u2028 separator",
    "'; DROP TABLE users; --",
)
titles = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=40)).filter(
    lambda text: bool(text.strip())
)
colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
ROLES = ("admin", "member", "editor")


@st.composite
def fields(draw: st.DrawFn, keys: list[str]) -> tuple[Field, ...]:
    return tuple(draw(field(key)) for key in keys)


@st.composite
def field(draw: st.DrawFn, key: str) -> Field:
    kind = draw(st.sampled_from(TYPES))
    values: dict[str, Any] = {}
    if kind == "enum":
        options = st.lists(titles.map(str.strip), min_size=1, max_size=4, unique=True)
        values["options"] = tuple(draw(options))
    if kind in ("integer", "decimal", "money", "duration") and draw(st.booleans()):
        low = draw(st.integers(0, 50))
        values |= {"min": low, "max": low + draw(st.integers(0, 1_000))}
    if kind in ("text", "longtext") and draw(st.booleans()):
        values["max_length"] = draw(st.integers(20, 300))
    unique = kind in ("text", "email") and not values and draw(st.booleans())
    return Field(
        key=key, title=draw(titles), type=kind, required=draw(st.booleans()), unique=unique,
        help=draw(st.one_of(st.just(""), titles)), **values,
    )  # fmt: skip


@st.composite
def accesses(draw: st.DrawFn, ownership: str) -> Access:
    owner = () if ownership == "system" else ("owner",)
    words = st.lists(st.sampled_from(("guest", *ROLES, *owner)), unique=True, max_size=3)
    creating = st.lists(st.sampled_from(("guest", *ROLES)), unique=True, max_size=2)
    return Access(
        list=tuple(draw(words)), read=tuple(draw(words)), create=tuple(draw(creating)),
        update=tuple(draw(words)), delete=tuple(draw(words)),
    )  # fmt: skip


@st.composite
def workflows(draw: st.DrawFn, field: Field) -> Workflow:
    state = st.sampled_from(field.options)
    steps = st.lists(
        st.builds(
            Transition, name=titles, target=state,
            sources=st.lists(state, min_size=1, unique=True).map(tuple),
            roles=st.lists(st.sampled_from(ROLES), unique=True, max_size=2).map(tuple),
        ),
        max_size=3,
    )  # fmt: skip
    return Workflow(field=field.key, initial=draw(state), transitions=tuple(draw(steps)))


@st.composite
def entities(draw: st.DrawFn, key: str, *, first: bool) -> Entity:
    ownerships = ["user", "shared", "system", *([] if first else ["parent"])]
    ownership = draw(st.sampled_from(ownerships))
    keys = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=8, unique=True))
    found = draw(fields(keys))
    enums = [each for each in found if each.type == "enum"]
    flow = draw(workflows(enums[0])) if enums and draw(st.booleans()) else None
    return Entity(
        key=key, plural=draw(st.sampled_from((f"{key}s", f"{key}_list"))), title=draw(titles),
        title_plural=draw(titles), ownership=ownership, access=draw(accesses(ownership)),
        label_field=found[0].key, fields=found, soft_delete=draw(st.booleans()), workflow=flow,
    )  # fmt: skip


@st.composite
def relations(draw: st.DrawFn, made: list[Entity]) -> tuple[Relation, ...]:
    found: list[Relation] = []
    for number, entity in enumerate(made):
        above = made[:number]
        if entity.ownership == "parent":
            target = draw(st.sampled_from(above)).key
            found.append(Relation(key="parent", source=entity.key, target=target, required=True))
        for index in range(draw(st.integers(0, 2))):
            kind = draw(st.sampled_from(("many_to_one", "one_to_one", "many_to_many")))
            # Only what was made before may be required: else nothing could ever be made.
            target = draw(st.sampled_from(made if kind == "many_to_one" else [*above, entity]))
            needed = target in above and kind == "many_to_one" and draw(st.booleans())
            rule = draw(st.sampled_from(("cascade", "restrict", "set_null")))
            found.append(
                Relation(
                    key=f"link{index}",
                    source=entity.key,
                    target=target.key,
                    kind=kind,
                    required=needed,
                    on_delete=rule,
                    title=draw(st.one_of(st.just(""), titles)),
                )
            )
    return tuple(found)


@st.composite
def models(draw: st.DrawFn) -> AppModel:
    """A whole model of one to five entities."""
    keys = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    made = [draw(entities(key, first=number == 0)) for number, key in enumerate(keys)]
    names = [entity.key for entity in made]
    features = tuple(
        Feature(key=key, entities=tuple(draw(st.lists(st.sampled_from(names), unique=True))))
        for key in draw(st.lists(st.sampled_from(FEATURES), unique=True, max_size=4))
    )
    pages = tuple(
        Page(key=f"{kind}_page", path=f"/{kind}-page", title=draw(titles), kind=kind, entity=name)
        for kind, name in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("board", "calendar", "map", "report", "thread", "list")),
                    st.sampled_from(names),
                ),
                max_size=2, unique_by=lambda pair: pair[0],
            )
        )
    )  # fmt: skip
    return AppModel(
        app=App(
            name=draw(titles).strip()[:120], slug="random", description=draw(titles),
            theme=Theme(background=draw(colours), primary=draw(colours)),
        ),
        roles=(
            Role(key="admin", title="Administrator"),
            Role(key="member", title="Member", signup="open", is_default=True),
            Role(key="editor", title=draw(titles), signup="none"),
        ),
        entities=tuple(made), relations=draw(relations(made)), pages=pages, features=features,
    )  # fmt: skip
