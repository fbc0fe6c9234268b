"""What the rules, formulas and effects of a pattern's entity name is there, and of the right form.

Each function gives what is wrong in words that follow the entity's place in its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from contracts.formulas import FormulaError, fields_of, parse
from contracts.model import Rule
from contracts.scouting import EntityDraft, FieldDraft

Drafts = Mapping[str, EntityDraft]

_FORMS = {
    "check": (r".+", "a < b"),
    "no_overlap": (r"\w+: \w+, \w+", "resource: start, end"),
    "stock": (r"\w+\.\w+ [-+]= \w+", "product.stock -= quantity"),
    "capacity": (r"\w+\.\w+", "event.capacity"),
    "once_per_user": (r"\w*", "event"),
    "total": (r"\w+(\.\w+ = sum\(.+\)| = .+)", "order.total = sum(quantity * price)"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
_OPERATORS = frozenset({"is", "not", "null", "sum"})
_WHEN = re.compile(r"([a-z0-9_.]+) (?:(?:=|!=) (.+)|(?:not )?in \((.+)\))")
_TIMES = frozenset({"date", "datetime", "time"})
_TEXTS = frozenset({"text", "longtext"})


def rule_problems(draft: EntityDraft, drafts: Drafts) -> Iterator[str]:
    """Rules that name what is not there, or are not of the form of their kind."""
    for rule in draft.rules:
        for reason in _rule(rule, draft, drafts):
            yield f".rules: {rule.kind} {rule.expr!r}: {reason}"


def _rule(rule: Rule, draft: EntityDraft, drafts: Drafts) -> Iterator[str]:
    body, _, when = rule.expr.partition(" when ")
    form, example = _FORMS[rule.kind]
    if not re.fullmatch(form, body):
        yield f"it is not of the form `{example}`"
    for name in _NAME.findall(body):
        if name not in _OPERATORS and _found(name, draft, drafts) is None:
            yield f"there is no {name!r}"
    if when:
        yield from _condition(when, draft, drafts)


def _condition(text: str, draft: EntityDraft, drafts: Drafts) -> Iterator[str]:
    parts = _WHEN.fullmatch(text)
    field = _found(parts[1], draft, drafts) if parts else None
    if parts is None or not isinstance(field, FieldDraft):
        yield f"{text!r} does not begin with a field"
        return
    if field.type == "boolean":
        return
    for value in (parts[2] or parts[3]).split(","):
        if value.strip(" '\"") not in field.options:
            yield f"{parts[1]!r} is never {value.strip()!r}"


def _found(name: str, draft: EntityDraft, drafts: Drafts) -> object:
    """The field or reference of this name, through a reference where there is a dot; else None."""
    first, _, then = name.partition(".")
    reference = draft.references.get(first)
    if then:
        return drafts[reference.to].fields.get(then) if reference else None
    return draft.fields.get(first) or reference


def formula_problems(draft: EntityDraft) -> Iterator[str]:
    """Computed fields whose formula cannot be read, or names what is no field."""
    for name, field in draft.fields.items():
        if field.computed is None:
            continue
        try:
            wrong = [key for key in fields_of(parse(field.computed)) if key not in draft.fields]
        except FormulaError as error:
            yield f".fields.{name}.computed: {error}"
        else:
            yield from (f".fields.{name}.computed: there is no field {key!r}" for key in wrong)


def effect_problems(draft: EntityDraft, words: AbstractSet[str]) -> Iterator[str]:
    """Effects of steps that set what cannot be set, or notify whom there is not."""
    for step in draft.workflow.transitions if draft.workflow else ():
        for text in step.effects:
            reason = _effect(text, draft, words)
            if reason:
                yield f".workflow: {step.name!r}, effect {text!r}: {reason}"


def _effect(text: str, draft: EntityDraft, words: AbstractSet[str]) -> str:
    match text.split():
        case ["set", key, "now"]:
            fits = key in draft.fields and draft.fields[key].type in _TIMES
            return "" if fits else f"{key!r} is no date or time"
        case ["set", key, "me"]:
            fits = key in draft.fields and draft.fields[key].type in _TEXTS
            return "" if fits else f"{key!r} is no text"
        case ["notify", who]:
            return "" if who in words else f"{who!r} is no role"
    return "only `set FIELD now`, `set FIELD me` and `notify WHO` exist"
