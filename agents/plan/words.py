"""A model in words: who may do what, and what a field, a rule or a workflow says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import inflection

from contracts.model import Access, AppModel, Entity, Field, Relation, Role, Rule, Transition

ACTIONS = ("list", "read", "create", "update", "delete")
DEEDS = {
    "list": "find", "read": "open", "create": "add", "update": "change", "delete": "delete",
}  # fmt: skip
_WHO = {"guest": "anyone", "member": "anyone signed in", "owner": "the owner"}
_LIMITED = ("min", "max", "max_length", "pattern")


def people(words: Sequence[str], roles: Sequence[Role]) -> str:
    """The people of a list of `Access`: `the owner and administrators`; nobody when empty."""
    titles = {role.key: inflection.pluralize(role.title.lower()) for role in roles}
    known = [_WHO.get(word) or titles.get(word, word) for word in words]
    if "guest" in words:
        return _WHO["guest"]
    if "member" in words:
        return _WHO["member"]
    return joined(known) or "nobody"


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = parts or [""]
    return f"{', '.join(first)} and {last}" if first else last


def access(given: Access, roles: Sequence[Role]) -> str:
    """`anyone signed in may find and open; the owner may change and delete`."""
    may: dict[str, list[str]] = {}
    for action in ACTIONS:
        may.setdefault(people(getattr(given, action), roles), []).append(DEEDS[action])
    return "; ".join(f"{who} may {joined(deeds)}" for who, deeds in may.items())


def field(each: Field) -> str:
    """`title`, `price (money, required, at least 0)`."""
    said = [" | ".join(each.options) or str(each.type)] if each.type != "text" else []
    said += ["required"] * each.required + ["unique"] * each.unique
    said += [f"{name.replace('_', ' ')} {value}" for name, value in limits(each)]
    if each.computed:
        said.append(f"= {each.computed}")
    elif each.default is not None:
        said.append(f"{value(each.default)} unless said otherwise")
    return f"{each.title.lower()} ({', '.join(said)})" if said else each.title.lower()


def value(given: object) -> str:
    """`yes`, `a, b`, `12`; `nothing` for what is empty."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, (tuple, list)):
        return ", ".join(map(str, given)) or "nothing"
    return "nothing" if given in (None, "") else str(given)


def limits(each: Field) -> Iterator[tuple[str, object]]:
    """The limits of a field's values."""
    for name in _LIMITED:
        limit = getattr(each, name)
        if limit is not None:
            yield name, int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def relation(each: Relation, model: AppModel) -> str:
    """`one category`, `exactly one course`, `any number of tags`."""
    title = next((e.title for e in model.entities if e.key == each.target), each.target).lower()
    if each.kind == "many_to_many":
        return f"any number of {inflection.pluralize(title)}"
    name = each.key.replace("_", " ")
    known = "" if name in {title, each.target.replace("_", " ")} else f" as {name}"
    return f"{'exactly one' if each.required else 'one or no'} {title}{known}"


def rule(each: Rule) -> str:
    """What must hold, as the plan says it, with the reason that people are told."""
    kind = {
        "check": "always", "no_overlap": "no overlap of", "stock": "stock never below zero:",
        "capacity": "never more than", "once_per_user": "once per person:", "total": "total:",
    }[each.kind]  # fmt: skip
    text = f"{kind} {each.expr}".strip().removesuffix(":")
    return f"{text} (“{each.message}”)" if each.message else text


def step(each: Transition, roles: Sequence[Role]) -> str:
    """`approve: submitted → approved, by managers`."""
    by = f", by {people(each.roles, roles)}" if each.roles else ""
    effects = f" ({', '.join(each.effects)})" if each.effects else ""
    return f"{each.name}: {' | '.join(each.sources)} → {each.target}{by}{effects}"


def workflow(entity: Entity, roles: Sequence[Role]) -> str:
    """The states of an entity's workflow and the ways between them; empty for none."""
    flow = entity.workflow
    if flow is None:
        return ""
    steps = "; ".join(step(each, roles) for each in flow.transitions)
    return f"{flow.field} begins as {flow.initial}; {steps}" if steps else f"{flow.field}"
