"""What destroys data or gives rights away. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agents.migration.lint.context import Check, Context, Hit
from agents.migration.lint.parser import Parsed, named_parts, relation
from agents.migration.policies import recursive


def _drop_database(_: Parsed, __: Context) -> Iterator[Hit]:
    yield Hit("drop-database")


def _truncate(parsed: Parsed, context: Context) -> Iterator[Hit]:
    for each in parsed.node.relations:
        if relation(each.range_var) not in context.created:
            yield Hit("truncate", each.range_var.location, relation(each.range_var))


def _delete(parsed: Parsed, context: Context) -> Iterator[Hit]:
    yield from _unconditional("delete-without-where", parsed, context)


def _update(parsed: Parsed, context: Context) -> Iterator[Hit]:
    yield from _unconditional("update-without-where", parsed, context)


def _unconditional(rule: str, parsed: Parsed, context: Context) -> Iterator[Hit]:
    table = relation(parsed.node.relation)
    if not parsed.node.HasField("where_clause") and table not in context.created:
        yield Hit(rule, parsed.node.relation.location, table)


def _grant(parsed: Parsed, _: Context) -> Iterator[Hit]:
    if not parsed.node.is_grant:
        return
    for each in parsed.node.grantees:
        if each.role_spec.roletype == _PUBLIC:
            yield Hit("grant-to-public", each.role_spec.location)


_PUBLIC = 5
"""ROLESPEC_PUBLIC in PostgreSQL's parse tree."""


def _function(parsed: Parsed, _: Context) -> Iterator[Hit]:
    options = [each.def_elem for each in parsed.node.options]
    definer = next((o for o in options if o.defname == "security" and o.arg.boolean.boolval), None)
    safe = any(o.defname == "set" and _sets_path(o.arg.variable_set_stmt) for o in options)
    if definer is not None and not safe:
        yield Hit("security-definer-path", definer.location, named_parts(parsed.node.funcname))


def _sets_path(setting: Any) -> bool:
    return bool(setting.name == "search_path")


def _copy(parsed: Parsed, _: Context) -> Iterator[Hit]:
    if parsed.node.is_program:
        yield Hit("copy-program")


def _alter_system(_: Parsed, __: Context) -> Iterator[Hit]:
    yield Hit("alter-system")


def _drop_role(_: Parsed, __: Context) -> Iterator[Hit]:
    yield Hit("drop-role")


def _vacuum(parsed: Parsed, _: Context) -> Iterator[Hit]:
    if any(option.def_elem.defname == "full" for option in parsed.node.options):
        yield Hit("exclusive-maintenance")


def _exclusive(_: Parsed, __: Context) -> Iterator[Hit]:
    yield Hit("exclusive-maintenance")


_READS = re.compile(r"select|table", re.IGNORECASE)


def _policy(parsed: Parsed, _: Context) -> Iterator[Hit]:
    # A look at every token, which most policies do not need.
    token = recursive(parsed.statement) if _READS.search(parsed.statement.sql) else None
    if token is not None:
        start = len(parsed.statement.sql[: token.start].encode())
        yield Hit("policy-recursion", start, relation(parsed.node.table))
    for clause in ("qual", "with_check"):
        tree = getattr(parsed.node, clause)
        if tree.WhichOneof("node") == "a_const" and tree.a_const.boolval.boolval:
            yield Hit("policy-always-true", tree.a_const.location, parsed.node.policy_name)


CHECKS: dict[str, Check] = {
    "dropdb_stmt": _drop_database,
    "truncate_stmt": _truncate,
    "delete_stmt": _delete,
    "update_stmt": _update,
    "grant_stmt": _grant,
    "create_function_stmt": _function,
    "copy_stmt": _copy,
    "alter_system_stmt": _alter_system,
    "drop_role_stmt": _drop_role,
    "vacuum_stmt": _vacuum,
    "cluster_stmt": _exclusive,
    "lock_stmt": _exclusive,
    "create_policy_stmt": _policy,
    "alter_policy_stmt": _policy,
}
