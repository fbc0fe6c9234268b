"""What a good table has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from agents.migration.lint.context import Check, Context, Hit
from agents.migration.lint.locking import enum_name
from agents.migration.lint.parser import Parsed, named_parts, relation, type_name

_TYPES = {
    "timestamp": "timestamp-without-zone", "json": "json-not-jsonb", "bpchar": "char-n",
}  # fmt: skip


def _table(parsed: Parsed, context: Context) -> Iterator[Hit]:
    table = relation(parsed.node.relation)
    place = parsed.node.relation.location
    columns = [each.column_def for each in parsed.node.table_elts if _is(each, "column_def")]
    if parsed.node.if_not_exists:
        yield Hit("hidden-by-if-not-exists", place, table)
    for column in columns:
        yield from _column(column, table)
    if parsed.node.HasField("partbound") or parsed.node.relation.relpersistence == "t":
        return
    if "CONSTR_PRIMARY" not in _kinds(parsed, columns):
        yield Hit("no-primary-key", place, table)
    context.unprotected[table] = (parsed, place)


def _kinds(parsed: Parsed, columns: list[Any]) -> set[str]:
    own = [each.constraint for each in parsed.node.table_elts if _is(each, "constraint")]
    inner = [each.constraint for column in columns for each in column.constraints]
    return {enum_name(each, "contype") for each in (*own, *inner)}


def _is(element: Any, kind: str) -> bool:
    return bool(element.WhichOneof("node") == kind)


def _column(column: Any, table: str) -> Iterator[Hit]:
    rule = _TYPES.get(type_name(column.type_name))
    if rule is not None:
        yield Hit(rule, column.type_name.location, f"{table}.{column.colname}")


def remember(parsed: Parsed, context: Context) -> None:
    """Keep what later statements and the end of the batch need to know."""
    match parsed.kind:
        case "create_stmt":
            table = relation(parsed.node.relation)
            context.created.add(table)
            _keys(parsed, table, context)
        case "create_table_as_stmt":
            context.created.add(relation(parsed.node.into.rel))
        case "index_stmt" if parsed.node.index_params:
            first = parsed.node.index_params[0].index_elem.name
            context.indexed.add(f"{relation(parsed.node.relation)}.{first}")
            if parsed.node.idxname:
                context.made.add(parsed.node.idxname)
        case "alter_table_stmt":
            _altered(parsed, context)
        case kind if kind in _MADE:
            context.made.add(_MADE[kind](parsed.node))


_MADE: dict[str, Callable[[Any], str]] = {
    "view_stmt": lambda node: relation(node.view),
    "create_seq_stmt": lambda node: relation(node.sequence),
    "composite_type_stmt": lambda node: relation(node.typevar),
    "create_foreign_table_stmt": lambda node: relation(node.base_stmt.relation),
    "create_function_stmt": lambda node: named_parts(node.funcname),
    "create_enum_stmt": lambda node: named_parts(node.type_name),
    "create_range_stmt": lambda node: named_parts(node.type_name),
    "create_domain_stmt": lambda node: named_parts(node.domainname),
    "define_stmt": lambda node: named_parts(node.defnames),
    "create_schema_stmt": lambda node: str(node.schemaname),
    "create_extension_stmt": lambda node: str(node.extname),
}


def _keys(parsed: Parsed, table: str, context: Context) -> None:
    for element in parsed.node.table_elts:
        if _is(element, "column_def"):
            column = element.column_def
            for each in column.constraints:
                _key(each.constraint, table, [column.colname], parsed, context)
        elif _is(element, "constraint"):
            _key(element.constraint, table, [], parsed, context)


def _key(constraint: Any, table: str, columns: list[str], parsed: Parsed, context: Context) -> None:
    kind = enum_name(constraint, "contype")
    if kind in ("CONSTR_PRIMARY", "CONSTR_UNIQUE"):
        keys = columns or [each.string.sval for each in constraint.keys]
        context.indexed.update(f"{table}.{key}" for key in keys[:1])
    if kind == "CONSTR_FOREIGN":
        refers = columns or [each.string.sval for each in constraint.fk_attrs]
        context.referring[f"{table}.{refers[0]}"] = (parsed, constraint.location)


def _altered(parsed: Parsed, context: Context) -> None:
    table = relation(parsed.node.relation)
    for each in parsed.node.cmds:
        command = each.alter_table_cmd
        match enum_name(command, "subtype"):
            case "AT_EnableRowSecurity":
                context.unprotected.pop(table, None)
            case "AT_AddConstraint":
                _key(getattr(command, "def").constraint, table, [], parsed, context)
            case "AT_AddColumn":
                column = getattr(command, "def").column_def
                for inner in column.constraints:
                    _key(inner.constraint, table, [column.colname], parsed, context)


def _alter_table(parsed: Parsed, _: Context) -> Iterator[Hit]:
    table = relation(parsed.node.relation)
    for each in parsed.node.cmds:
        if enum_name(each.alter_table_cmd, "subtype") in {"AT_AddColumn", "AT_AlterColumnType"}:
            yield from _column(getattr(each.alter_table_cmd, "def").column_def, table)


def _index(parsed: Parsed, _: Context) -> Iterator[Hit]:
    if parsed.node.if_not_exists:
        yield Hit("hidden-by-if-not-exists", parsed.node.relation.location, parsed.node.idxname)


CHECKS: dict[str, Check] = {
    "create_stmt": _table,
    "alter_table_stmt": _alter_table,
    "index_stmt": _index,
}
