"""Which entities a feature is for, and what it adds to them where they lack it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from agents.plan import needs, periods
from agents.plan.features import REPLACED
from agents.plan.sketch import Sketch
from contracts.model import NUMBERS, Entity, Field

FEW = 2
"""Fields of a mere heading, such as a category."""
MOST = 3
"""Entities that a feature is for, where the idea does not name them."""
_ACCEPTS = re.compile(r"accept|approv|confirm|declin|reject")
_OPEN = frozenset({"guest", "member"})
_ALL = frozenset(
    {"admin", "contact", "coupons", "email", "messages", "newsletter", "notifications", "payment",
     "sms", "follow"}
)  # fmt: skip
"""Features that are for the whole app."""
_TEXTS = frozenset({"longtext", "markdown"})


def choose(
    sketch: Sketch, key: str, numbers: set[int], named: Sequence[str]
) -> tuple[str, ...] | None:
    """The entities for a feature, none where it is for the whole app; None if nothing suits."""
    if key in _ALL:
        return ()
    chooser = _CHOOSERS.get(key)
    if chooser is not None:
        return chooser(sketch, numbers, named)
    same = [k for k in REPLACED.get(key, ()) if k in sketch.entities]
    fitting = [k for k in ranked(sketch) if k not in same and needs.fits(key, sketch.entities[k])]
    things = [k for k in fitting if k not in sketch.role_keys] or fitting
    spoken = [k for k in things if k in sketch.spoken(numbers)]
    both = [k for k in spoken if k in named]
    about = [k for k in things if any(r.target == k for each in same for r in sketch.of(each))]
    given = [k for k in fitting if k in named]
    rest = [k for k in things if _worth(sketch, key, k)]
    limit = 1 if key in _ONE else MOST
    worthy = [k for k in spoken if k in rest]
    return tuple(both or about or worthy[:limit] or given or rest[:limit]) or None


_ONE = frozenset({"comments", "ratings", "favourites", "map", "board", "calendar"})
"""Features for one entity, where the idea does not say for which."""


def ranked(sketch: Sketch) -> list[str]:
    """The entities, what the app is about first."""
    return sorted(sketch.entities, key=lambda key: -sketch.kinds[key].score)


def _worth(sketch: Sketch, feature: str, key: str) -> bool:
    """Whether the feature makes sense for an entity that nobody named for it."""
    return _WORTH.get(feature, _anything)(sketch, sketch.entities[key])


def _anything(_: Sketch, __: Entity) -> bool:
    return True


def _seen(_: Sketch, entity: Entity) -> bool:
    """Whether people besides its owner see it."""
    return bool(_OPEN & {*entity.access.list, *entity.access.read})


def _counted(_: Sketch, entity: Entity) -> bool:
    """Whether there is something to count: a number, a day, a state."""
    return any(f.type in NUMBERS | needs.DATES | {"enum"} for f in entity.fields)


def _main(sketch: Sketch, entity: Entity) -> bool:
    """Whether it is more than a part or a heading of something else."""
    alone = len(sketch.entities) == 1 or bool(sketch.of(entity.key))
    heading = entity.ownership == "shared" and len(entity.fields) <= FEW and not alone
    return entity.ownership != "parent" and not heading and sketch.kinds[entity.key].draft.nav


def _written(sketch: Sketch, entity: Entity) -> bool:
    return _main(sketch, entity) and bool(_OPEN & set(entity.access.create)) and _seen(
        sketch, entity
    )  # fmt: skip


_WORTH: dict[str, Callable[[Sketch, Entity], bool]] = {
    "comments": _main, "ratings": _main, "favourites": _main, "feed": _written,
    "reports": _counted, "board": _main, "ai": _main, "leaderboard": _anything,
}  # fmt: skip


def _cart(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """What is sold: a thing with a price that others than its owner see."""
    old = sketch.features.get("cart")
    if old is not None:
        return old.entities
    order = [*named, *sketch.spoken(numbers), *ranked(sketch)]
    priced = [k for k in order if _price(sketch.entities[k])]
    sold = next((k for k in priced if k in named or _seen(sketch, sketch.entities[k])), "")
    if not sold and named:
        sold = named[0]
        price = Field(key="price", title="Price", type="money", min=0)
        sketch.add_field(sold, price, numbers)
    if not sold and numbers and (taken := _taken(sketch)):
        # Who pays and signs up for something pays for that.
        sold = taken
        sketch.add_field(sold, Field(key="fee", title="Fee", type="money", min=0), numbers)
    if not sold:
        return None
    _stock(sketch, sold)
    return (sold,)


def _taken(sketch: Sketch) -> str:
    """What people sign up for, once each; "" for nothing."""
    for key, entity in sketch.entities.items():
        once = {rule.expr for rule in entity.rules if rule.kind == "once_per_user"}
        named = [r.target for r in periods.single(sketch, key) if r.key in once and r.required]
        if named and _seen(sketch, sketch.entities[named[0]]):
            return named[0]
    return ""


def _price(entity: Entity) -> bool:
    return any(f.type == "money" and not f.computed for f in entity.fields)


def _stock(sketch: Sketch, key: str) -> None:
    """A stock goes down to nothing."""
    for field in sketch.entities[key].fields:
        if field.key in needs.STOCKS and field.type == "integer" and (field.min or 0) > 0:
            sketch.change_field(key, field.key, min=0)


def _booking(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """What books something: it refers to that, and has a start and an end."""
    order = [
        *named,
        *(k for k in sketch.spoken(numbers) if _books(k)),
        *filter(_books, sketch.kinds),
    ]
    for key in dict.fromkeys(order):
        relations = periods.single(sketch, key)
        if not relations:
            continue
        entity = sketch.entities[key]
        if periods.has(entity, "once_per_user"):
            # A place at something that has its own time: there is nothing that could overlap.
            return None
        days = [f for f in entity.fields if f.type == "date" and f.required]
        if len(days) > 1:
            # By the night rather than by the hour: the rule is all there is to it.
            return None
        if not periods.has(entity, "no_overlap"):
            periods.apart(sketch, key, relations[0])
        if needs.booked(sketch.parts(), sketch.entities[key], {}):
            return (key,)
    return None


def _books(key: str) -> bool:
    return bool(
        {"booking", "reservation", "appointment", "rental", "hire", "slot"} & set(key.split("_"))
    )


def _quiz(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """A quiz, and the questions that refer to it."""
    parts = sketch.parts()
    for keys in ([*named], sketch.spoken(numbers), list(sketch.entities)):
        found = needs.questions(parts, keys)
        if found is not None:
            return (found.target, found.source)
    return None


def _upload(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """Where there are pictures or files; one is added where the idea asks and there is none."""
    spoken = sketch.spoken(numbers)
    there = [k for k in sketch.entities if needs.fielded(sketch.entities[k])]
    fitting = [k for k in there if k in spoken] or [k for k in there if k in named] or there
    if fitting or not numbers:
        return tuple(fitting[:MOST]) or None
    texts = [s.text.lower() for s in sketch.report.sentences if s.number in numbers]
    picture = any(p in text for text in texts for p in ("photo", "picture", "image"))
    field = (
        Field(key="photo", title="Photo", type="image")
        if picture
        else Field(key="attachment", title="Attachment", type="file")
    )
    key = (spoken or ranked(sketch))[0]
    sketch.add_field(key, field, numbers)
    return (key,)


def _map(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """What has a position; one is added where the idea asks for a map and nothing has one."""
    there = [k for k in ranked(sketch) if needs.placed(sketch.entities[k])]
    spoken = sketch.spoken(numbers)
    fitting = [k for k in there if k in spoken] or [k for k in there if k in named] or there
    if fitting or not numbers:
        return tuple(fitting[:1]) or None
    addressed = [k for k in ranked(sketch) if _addressed(sketch.entities[k])]
    key = ([k for k in spoken if k in addressed] or spoken or addressed or ranked(sketch))[0]
    sketch.add_field(key, Field(key="position", title="Position", type="geo"), numbers)
    return (key,)


def _addressed(entity: Entity) -> bool:
    words = {"address", "location", "place", "city", "street", "venue"}
    return any(words & set(f.key.split("_")) for f in entity.fields)


def _calendar(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """What has a day; one is added where the idea asks for a calendar and nothing has one."""
    there = [k for k in ranked(sketch) if needs.dated(sketch.entities[k])]
    spoken = sketch.spoken(numbers)
    fitting = (
        [k for k in there if k in spoken and k in named]
        or [k for k in there if k in spoken][:MOST]
        or [k for k in there if k in named]
        or there[:1]
    )
    if fitting or not numbers:
        return tuple(fitting) or None
    key = (spoken or ranked(sketch))[0]
    sketch.add_field(key, Field(key="day", title="Day", type="date"), numbers)
    return (key,)


def _board(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """What has states; some are added where the idea asks for a board and nothing has any."""
    there = [k for k in ranked(sketch) if needs.column(sketch.entities[k])]
    there.sort(key=lambda k: sketch.entities[k].workflow is None)
    spoken = sketch.spoken(numbers)
    fitting = (
        [k for k in there if k in spoken and k in named]
        or [k for k in there if k in spoken][:1]
        or [k for k in there if k in named]
        or there[:1]
    )
    if fitting or not numbers:
        return tuple(fitting) or None
    key = (spoken or ranked(sketch))[0]
    options = ("to do", "doing", "done")
    field = Field(
        key="status", title="Status", type="enum", required=True, default="to do", options=options
    )  # fmt: skip
    sketch.add_field(key, field, numbers)
    return (key,)


def _organisations(sketch: Sketch, _: set[int], __: Sequence[str]) -> tuple[str, ...] | None:
    """What each organisation keeps apart: all but what is open to everybody."""
    for key, entity in sketch.entities.items():
        inside = entity.ownership in {"user", "shared"} and "guest" not in entity.access.read
        approved = key in getattr(sketch.features.get("approvals"), "entities", ())
        if inside and not approved:
            access = {
                action: tuple(
                    dict.fromkeys("member" if w == "owner" and action == "create" else w for w in
                                  getattr(entity.access, action))
                )
                for action in entity.access.__struct_fields__
            }  # fmt: skip
            changed = msgspec.structs.replace(entity.access, **access)
            sketch.change(key, ownership="org", access=changed)
    return tuple(k for k, e in sketch.entities.items() if e.ownership == "org") or None


def _audit(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    return tuple(sketch.spoken(numbers)) or tuple(named) or tuple(sketch.entities)


def _approvals(sketch: Sketch, numbers: set[int], named: Sequence[str]) -> tuple[str, ...] | None:
    """What waits for an approval: not what steps decide on, nor what all of a team may change."""
    if old := getattr(sketch.features.get("approvals"), "entities", ()):
        return tuple(old)
    flows = [e.workflow for e in map(sketch.entities.get, sketch.spoken(numbers)) if e]
    if any(_ACCEPTS.search(step.target) for flow in flows if flow for step in flow.transitions):
        return None
    fitting = [k for k in sketch.entities if needs.fits("approvals", sketch.entities[k])]
    spoken = [k for k in sketch.spoken(numbers) if k in fitting]
    chosen = [k for k in spoken if k in named] or spoken[:1] or [k for k in named if k in fitting]
    return tuple(chosen) or None


_CHOOSERS: dict[str, Callable[[Sketch, set[int], Sequence[str]], tuple[str, ...] | None]] = {
    "cart": _cart, "booking": _booking, "quiz": _quiz, "upload": _upload, "map": _map,
    "calendar": _calendar, "board": _board, "organisations": _organisations, "audit": _audit,
    "approvals": _approvals,
}  # fmt: skip
