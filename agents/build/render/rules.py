"""Rules in SQL: what a constraint cannot say is kept by triggers. Pure.

All of them hold at every isolation level: a rule that counts other rows first changes the row
that they belong to, so that simultaneous transactions queue up there, and what comes second
either sees the first or fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agents.build.render.expressions import applies, formula
from agents.build.render.functions import function, open_to_functions, refuse
from agents.build.render.literals import name, short_name
from agents.build.render.stock import stock
from agents.build.rules import PERIODS
from agents.build.structure import Design, Rule, Table
from contracts.formulas import data, fields_of

Script = tuple[str, str]
"""SQL up and down."""


def scripts(design: Design) -> dict[str, Script]:
    """A script for each rule that is no plain constraint of its table, by the rule's name."""
    makers = {"no_overlap": _no_overlap, "stock": stock, "capacity": _capacity, "total": _total}
    return {
        rule.name: makers[rule.kind](design, table, rule)
        for table in design.tables
        for rule in table.rules
        if rule.kind in makers
    }


def _alive(table: Table) -> list[str]:
    return ["deleted_at is null"] if table.entity.soft_delete else []


def _counted(table: Table, rule: Rule) -> str:
    """The conditions under which a row counts, after another one."""
    conditions = [*_alive(table), *filter(None, [applies(rule.when)])]
    return "".join(f" and {each}" for each in conditions)


def _no_overlap(design: Design, table: Table, rule: Rule) -> Script:
    """An exclusion constraint, which no isolation level and no policy can get around.

    Its index needs ranges throughout, hence `app_ids` for the id. It may deadlock where two
    insert at once, so a lock makes the requests for one resource queue up before.
    """
    del design
    own, label = name(table.name), name(rule.name)
    keys = [rule.reference, rule.start, rule.end, *([rule.when.field] if rule.when else [])]
    period = PERIODS[next(field.type for field in table.fields if field.key == rule.start)]
    resource, start, end = name(rule.reference), name(rule.start), name(rule.end)
    cast = {"int8range": "::bigint", "numrange": "::numeric"}.get(period, "")
    filled = " and ".join(f"{each} is not null" for each in (resource, start, end))
    lock = f"hashtextextended('{rule.name}' || new.{resource}, 0)"
    queue = f"  perform pg_advisory_xact_lock({lock});\n  return new;"
    up = [
        function(rule.name, queue, trusted=False),
        f"create trigger {label} before insert or update of {_list(keys)} on {own}",
        f"  for each row execute function {label}();",
        f"alter table {own} add constraint {label} exclude using gist (",
        f"  app_ids({resource}, {resource}, '[]') with =,",
        f"  {period}({start}{cast}, {end}{cast}) with &&",
        f") where ({filled}{_counted(table, rule)});",
    ]
    down = (
        f"alter table {own} drop constraint {label};\n"
        f"drop trigger {label} on {own};\ndrop function {label}();\n"
    )
    return "\n".join(up) + "\n", down


def _list(keys: Sequence[str]) -> str:
    return ", ".join(name(key) for key in dict.fromkeys(keys))


def _capacity(design: Design, table: Table, rule: Rule) -> Script:
    above = design.table(rule.target)
    own, parent = name(table.name), name(above.name)
    reference, limit = name(rule.reference), name(rule.counted)
    rows = f"from {own} where {reference} = new.id{_counted(table, rule)}"
    keys = [rule.reference, *([rule.when.field] if rule.when else []), *_columns(table)]
    label, inner = name(rule.name), short_name(rule.name, "limit")
    touch = f"  update {parent} set {limit} = {limit} where id = new.{reference};\n  return null;"
    # Nested in the other trigger, it is the new row that is too much; else the limit is too low.
    test = (
        f"  if new.{limit} < (select count(*) {rows}) then\n    if pg_trigger_depth() > 1 then\n"
        f"      {refuse(rule.name)}\n    end if;\n    {refuse(inner)}\n  end if;\n  return null;"
    )
    up = [
        *_open(rule, table, above),
        function(inner, test),
        f"create trigger {name(inner)} after update of {limit} on {parent}",
        f"  for each row execute function {name(inner)}();",
        function(rule.name, touch),
        f"create trigger {label} after insert or update of {_list(keys)} on {own}",
        f"  for each row execute function {label}();",
    ]
    down = [*_drop(table, rule.name), *_drop(above, inner), *_close(rule, table, above)]
    return "\n".join(up) + "\n", "".join(f"{line}\n" for line in down)


def _total(design: Design, table: Table, rule: Rule) -> Script:
    above = design.table(rule.target)
    own, parent = name(table.name), name(above.name)
    reference, total = name(rule.reference), name(rule.counted)
    tree = rule.sum
    value = formula(tree) if tree else "0"
    rows = f"from {own} where {reference} = new.id{_counted(table, rule)}"
    label, inner = name(rule.name), short_name(rule.name, "sum")
    used = list(fields_of(tree)) if tree else []
    keys = [
        rule.reference, *used, *([rule.when.field] if rule.when else []), *_columns(table)
    ]  # fmt: skip
    add = f"  new.{total} := coalesce((select sum({value}) {rows}), 0);\n  return new;"
    touch = (
        f"  update {parent} set {total} = {total}"
        f" where id in (old.{reference}, new.{reference});\n  return null;"
    )
    up = [
        *_open(rule, table, above),
        function(inner, add),
        f"create trigger {name(inner)} before insert or update of {total} on {parent}",
        f"  for each row execute function {name(inner)}();",
        function(rule.name, touch),
        f"create trigger {label} after insert or delete or update of {_list(keys)} on {own}",
        f"  for each row execute function {label}();",
    ]
    down = [*_drop(table, rule.name), *_drop(above, inner), *_close(rule, table, above)]
    return "\n".join(up) + "\n", "".join(f"{line}\n" for line in down)


def _columns(table: Table) -> list[str]:
    return ["deleted_at"] if table.entity.soft_delete else []


def _open(rule: Rule, table: Table, above: Table) -> list[str]:
    """The rows are counted, the record above is changed."""
    seen = [*open_to_functions(rule.name, above.name, ("select", "update"))]
    return (
        seen if table is above else [*open_to_functions(rule.name, table.name, ["select"]), *seen]
    )


def _close(rule: Rule, table: Table, above: Table) -> Iterator[str]:
    for action in ("select", "update"):
        yield f"drop policy {name(short_name(rule.name, action))} on {name(above.name)};"
    if table is not above:
        yield f"drop policy {name(short_name(rule.name, 'select'))} on {name(table.name)};"


def _drop(table: Table, label: str) -> list[str]:
    return [f"drop trigger {name(label)} on {name(table.name)};", f"drop function {name(label)}();"]


def rule_data(rule: Rule) -> dict[str, object]:
    """The rule as `Rule` of `shared/rules.ts`, without empty members."""
    return dict(_members(rule))


def _members(rule: Rule) -> Iterable[tuple[str, object]]:
    for key in ("kind", "name", "field", "message"):
        yield key, getattr(rule, key)
    if rule.check:
        yield "left", rule.check.left
        yield "operator", rule.check.operator
        if rule.check.right is not None:
            yield "right", rule.check.right
    for key in ("reference", "target", "counted", "start", "end", "quantity", "sign"):
        if getattr(rule, key):
            yield key, getattr(rule, key)
    if rule.sum:
        yield "sum", data(rule.sum)
    when = rule.check.when if rule.check else rule.when
    if when:
        via = {"via": when.via} if when.via else {}
        yield "when", {"field": when.field, "values": when.values, **via}
