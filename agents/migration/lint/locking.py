"""What makes others wait, and what it breaks for code that still runs. Pure.

Locks and rewrites are those of PostgreSQL's documentation of each ALTER TABLE form.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from agents.migration.lint.context import Check, Context, Hit
from agents.migration.lint.parser import Parsed, named, relation

INDEX, TABLE, COLUMN = "OBJECT_INDEX", "OBJECT_TABLE", "OBJECT_COLUMN"
_VOLATILE = frozenset({
    "random", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "timeofday", "nextval",
    "uuid_generate_v4",
})  # fmt: skip


def enum_name(message: Any, field: str) -> str:
    """The name of an enum's value, as `AT_AddColumn`."""
    return _names(message.DESCRIPTOR, field)[getattr(message, field)]


@cache
def _names(descriptor: Any, field: str) -> dict[int, str]:
    values = descriptor.fields_by_name[field].enum_type.values
    return {each.number: each.name for each in values}


def _index(parsed: Parsed, context: Context) -> Iterator[Hit]:
    table = relation(parsed.node.relation)
    if parsed.node.concurrent:
        yield from _in_transaction(context)
    elif context.is_busy(table):
        yield Hit("index-not-concurrent", parsed.node.relation.location, table)


def _in_transaction(context: Context) -> Iterator[Hit]:
    if context.transaction:
        yield Hit("concurrently-in-transaction")


def _drop(parsed: Parsed, context: Context) -> Iterator[Hit]:
    kind = enum_name(parsed.node, "remove_type")
    names = [named(each) for each in parsed.node.objects]
    if kind == INDEX and parsed.node.concurrent:
        yield from _in_transaction(context)
    elif kind == INDEX:
        yield Hit("drop-index-not-concurrent", 0, ", ".join(names))
    elif kind == TABLE:
        for name in names:
            if name not in context.created:
                yield Hit("drop-table", 0, name)


def _reindex(parsed: Parsed, context: Context) -> Iterator[Hit]:
    if any(each.def_elem.defname == "concurrently" for each in parsed.node.params):
        yield from _in_transaction(context)
    else:
        yield Hit("reindex-not-concurrent")


def _refresh(parsed: Parsed, _: Context) -> Iterator[Hit]:
    if not parsed.node.concurrent:
        yield Hit("refresh-not-concurrent", parsed.node.relation.location)


def _rename(parsed: Parsed, context: Context) -> Iterator[Hit]:
    kind = enum_name(parsed.node, "rename_type")
    table = relation(parsed.node.relation)
    if kind in (TABLE, COLUMN) and table not in context.created:
        about = f"{table}.{parsed.node.subname}" if kind == COLUMN else table
        yield Hit("rename", parsed.node.relation.location, about)


def _alter_table(parsed: Parsed, context: Context) -> Iterator[Hit]:
    if enum_name(parsed.node, "objtype") != TABLE:
        return
    table = relation(parsed.node.relation)
    for each in parsed.node.cmds:
        command = each.alter_table_cmd
        check = _COMMANDS.get(enum_name(command, "subtype"))
        if check is not None:
            yield from check(command, table, context)


def _add_column(command: Any, table: str, context: Context) -> Iterator[Hit]:
    column = getattr(command, "def").column_def
    kinds = {enum_name(each.constraint, "contype"): each.constraint for each in column.constraints}
    default = kinds.get("CONSTR_DEFAULT")
    if table in context.created:
        return
    needed = "CONSTR_NOTNULL" in kinds and default is None
    if needed and not kinds.keys() & {"CONSTR_IDENTITY", "CONSTR_GENERATED"}:
        yield Hit("required-column", column.location, f"{table}.{column.colname}")
    if not context.is_busy(table):
        return
    if default is not None and _is_volatile(default.raw_expr):
        yield Hit("default-rewrites", default.location, f"{table}.{column.colname}")
    if column.type_name.names and column.type_name.names[-1].string.sval.endswith("serial"):
        yield Hit("default-rewrites", column.location, f"{table}.{column.colname}")
    if kinds.keys() & {"CONSTR_UNIQUE", "CONSTR_PRIMARY"}:
        yield Hit("unique-builds-index", column.location, f"{table}.{column.colname}")
    if "CONSTR_GENERATED" in kinds or "CONSTR_IDENTITY" in kinds:
        yield Hit("type-rewrites", column.location, f"{table}.{column.colname}")


def _is_volatile(expression: Any) -> bool:
    if expression.WhichOneof("node") == "type_cast":
        return _is_volatile(expression.type_cast.arg)
    if expression.WhichOneof("node") != "func_call":
        return False
    return expression.func_call.funcname[-1].string.sval in _VOLATILE


def _add_constraint(command: Any, table: str, context: Context) -> Iterator[Hit]:
    constraint = getattr(command, "def").constraint
    kind = enum_name(constraint, "contype")
    if not context.is_busy(table):
        return
    if kind in ("CONSTR_FOREIGN", "CONSTR_CHECK") and not constraint.skip_validation:
        yield Hit("constraint-validates", constraint.location, constraint.conname or table)
    if kind in ("CONSTR_UNIQUE", "CONSTR_PRIMARY") and not constraint.indexname:
        yield Hit("unique-builds-index", constraint.location, constraint.conname or table)
    if kind == "CONSTR_EXCLUSION":
        yield Hit("unique-builds-index", constraint.location, constraint.conname or table)


def _set_not_null(command: Any, table: str, context: Context) -> Iterator[Hit]:
    if context.is_busy(table):
        yield Hit("set-not-null-scans", 0, f"{table}.{command.name}")


def _alter_type(command: Any, table: str, context: Context) -> Iterator[Hit]:
    column = getattr(command, "def").column_def
    # Text without a limit, and a limit that is taken away, change the catalog only.
    free = column.type_name.names[-1].string.sval == "text" if column.type_name.names else False
    if context.is_busy(table) and not free:
        yield Hit("type-rewrites", column.location, f"{table}.{command.name}")


def _drop_column(command: Any, table: str, context: Context) -> Iterator[Hit]:
    if table not in context.created:
        yield Hit("drop-column", 0, f"{table}.{command.name}")


_COMMANDS = {
    "AT_AddColumn": _add_column,
    "AT_AddConstraint": _add_constraint,
    "AT_SetNotNull": _set_not_null,
    "AT_AlterColumnType": _alter_type,
    "AT_DropColumn": _drop_column,
}
CHECKS: dict[str, Check] = {
    "index_stmt": _index,
    "drop_stmt": _drop,
    "reindex_stmt": _reindex,
    "refresh_mat_view_stmt": _refresh,
    "rename_stmt": _rename,
    "alter_table_stmt": _alter_table,
}
