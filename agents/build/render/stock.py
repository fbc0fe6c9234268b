"""Stock in SQL: rows take from a number elsewhere and give back when they go. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agents.build.render.expressions import applies, one_of
from agents.build.render.functions import function, open_to_functions, refuse
from agents.build.render.literals import name, short_name
from agents.build.structure import Design, Rule, Table


def stock(design: Design, table: Table, rule: Rule) -> tuple[str, str]:
    """SQL up and down."""
    label = name(rule.name)
    used = [rule.reference, rule.quantity]
    if rule.when:
        used.append(rule.when.via or rule.when.field)
    if table.entity.soft_delete:
        used.append("deleted_at")
    keys = ", ".join(name(key) for key in dict.fromkeys(used))
    above = _state_table(design, table, rule)
    opened = _opened(design, table, rule, above)
    up = [
        *(
            line
            for each, actions in opened.items()
            for line in open_to_functions(rule.name, each, actions)
        ),
        function(rule.name, _moves(design, table, rule, above), declare=_declare(rule, above)),
        f"create trigger {label} after insert or delete or update of {keys} on {name(table.name)}",
        f"  for each row execute function {label}();",
        *(_state(design, table, rule, above) if above else ()),
    ]
    down = [
        *(_drop_state(rule, above) if above else ()),
        f"drop trigger {label} on {name(table.name)};",
        f"drop function {label}();",
        *(
            f"drop policy {name(short_name(rule.name, action))} on {name(each)};"
            for each, actions in opened.items()
            for action in actions
        ),
    ]
    return "\n".join(up) + "\n", "".join(f"{line}\n" for line in down)


def _state_table(design: Design, table: Table, rule: Rule) -> Table | None:
    """The records whose state decides whether the rows count, where it is not their own."""
    via = rule.when.via if rule.when else ""
    target = next((each.target for each in table.references if each.key == via), None)
    return design.table(target) if target else None


def _opened(
    design: Design, table: Table, rule: Rule, above: Table | None
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {table.name: ("select",)} if above else {}
    # A row is locked only by whom a policy for updates lets through.
    for each in (design.table(rule.target), *([above] if above else [])):
        found[each.name] = ("select", "update")
    return found


def _declare(rule: Rule, above: Table | None) -> str:
    lines = ["  _part record;", "  _earlier numeric := 0;", "  _later numeric := 0;"]
    if above and rule.when:
        lines.append("  _counts boolean;")
    return "declare\n" + "\n".join(lines) + "\n"


def _moves(design: Design, table: Table, rule: Rule, above: Table | None) -> str:
    """What a row took before is given back, what it takes now is taken."""
    sign = "" if rule.sign > 0 else "-"
    other = "-" if rule.sign > 0 else ""
    reference = name(rule.reference)
    lines = [
        *_amount(table, rule, above, "old", "_earlier", "INSERT"),
        *_amount(table, rule, above, "new", "_later", "DELETE"),
        *_apply(
            design, rule,
            f"select id, sum(change) as change from (values (old.{reference}, {other}_earlier),"
            f" (new.{reference}, {sign}_later)) as v (id, change)\n"
            "    where id is not null group by id having sum(change) <> 0 order by id",
        ),
        "  return null;",
    ]  # fmt: skip
    return "\n".join(lines)


def _amount(
    table: Table, rule: Rule, above: Table | None, row: str, variable: str, absent: str
) -> Iterable[str]:
    conditions = [f"{row}.deleted_at is null"] if table.entity.soft_delete else []
    if above and rule.when:
        # The lock comes before the look: a state that is just being changed is waited for.
        yield (
            f"  select {_holds(rule, above)} into _counts from {name(above.name)}"
            f" where id = {row}.{name(rule.when.via)} for no key update;"
        )
        conditions.append("_counts")
    elif rule.when:
        conditions.append(applies(rule.when, f"{row}."))
    holds = " and ".join([f"tg_op <> '{absent}'", *conditions])
    yield f"  if {holds} then"
    yield f"    {variable} := coalesce({row}.{name(rule.quantity)}, 0);"
    yield "  end if;"


def _holds(rule: Rule, above: Table, row: str = "") -> str:
    when = rule.when
    held = one_of(f"{row}{name(when.field)}", when.values) if when else "true"
    alive = f"{row}deleted_at is null and " if above.entity.soft_delete else ""
    return f"coalesce({alive}{held}, false)"


def _apply(design: Design, rule: Rule, rows: str) -> Iterable[str]:
    """In the order of ids, so that two transactions do not wait for each other."""
    target = name(design.table(rule.target).name)
    left = name(rule.counted)
    yield f"  for _part in\n    {rows}\n  loop"
    # What has no number is not counted.
    yield f"    update {target} set {left} = {left} + _part.change"
    yield f"      where id = _part.id and coalesce({left} + _part.change >= 0, true);"
    yield (
        "    if not found and _part.change < 0 and exists"
        f" (select 1 from {target} where id = _part.id) then"
    )
    yield f"      {refuse(rule.name)}\n    end if;\n  end loop;"


def _state(design: Design, table: Table, rule: Rule, above: Table) -> Iterable[str]:
    """A state that changes, and a record that goes, moves what all its rows took."""
    when, label = rule.when, short_name(rule.name, "state")
    if when is None:
        return
    alive = " and deleted_at is null" if table.entity.soft_delete else ""
    sign = "" if rule.sign > 0 else "-"
    rows = (
        f"select {name(rule.reference)} as id, {sign}sum({name(rule.quantity)})"
        f" * (_later - _earlier) as change\n    from {name(table.name)}"
        f" where {name(when.via)} = old.id and {name(rule.reference)} is not null{alive}\n"
        "    group by 1 having sum(" + name(rule.quantity) + ") <> 0 order by 1"
    )
    body = [
        f"  _earlier := {_holds(rule, above, 'old.')}::int;",
        "  if tg_op <> 'DELETE' then",
        f"    _later := {_holds(rule, above, 'new.')}::int;\n  end if;",
        "  if _earlier = _later then\n    return old;\n  end if;",
        *_apply(design, rule, rows),
        "  return old;",
    ]
    declare = "declare\n  _part record;\n  _earlier int;\n  _later int := 0;\n"
    keys = [when.field, *(["deleted_at"] if above.entity.soft_delete else [])]
    yield function(label, "\n".join(body), declare=declare)
    yield (
        f"create trigger {name(label)} after update of {', '.join(name(key) for key in keys)}"
        f" on {name(above.name)}\n  for each row execute function {name(label)}();"
    )
    yield (
        f"create trigger {name(short_name(label, 'gone'))} before delete on {name(above.name)}\n"
        f"  for each row execute function {name(label)}();"
    )


def _drop_state(rule: Rule, above: Table) -> Iterable[str]:
    label = short_name(rule.name, "state")
    yield f"drop trigger {name(label)} on {name(above.name)};"
    yield f"drop trigger {name(short_name(label, 'gone'))} on {name(above.name)};"
    yield f"drop function {name(label)}();"
