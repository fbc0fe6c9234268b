"""What squawk's rules are beside ours: needless, said by ours already, or worth telling. Pure.

Those worth telling have their severity in RULES with all others. A rule that is in none of the
tables here is of a newer squawk, and told in squawk's own words.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Any

from agents.migration.lint.context import Context
from agents.migration.lint.findings import RULES
from agents.migration.lint.parser import Parsed, named, named_parts, relation

NEEDLESS = frozenset({
    # The runner sets both timeouts.
    "require-lock-timeout", "require-statement-timeout",
    # A file in a transaction leaves nothing behind, another goes on at the statement that failed.
    "prefer-robust-stmts",
    # `checks` refuses these before anything runs, and allows a BEGIN … COMMIT around a file.
    "transaction-nesting", "ban-uncommitted-transaction",
})  # fmt: skip
"""What squawk is told to leave out, which makes it a fifth faster as well."""
OURS: dict[str, tuple[str, ...]] = {
    "require-concurrent-index-creation": ("index-not-concurrent",),
    "require-concurrent-index-deletion": ("drop-index-not-concurrent",),
    "require-concurrent-reindex": ("reindex-not-concurrent",),
    "ban-concurrent-index-creation-in-transaction": ("concurrently-in-transaction",),
    "constraint-missing-not-valid": ("constraint-validates", "unique-builds-index"),
    "adding-foreign-key-constraint": ("constraint-validates",),
    "adding-field-with-default": ("default-rewrites", "type-rewrites"),
    "adding-not-nullable-field": ("set-not-null-scans",),
    "adding-required-field": ("required-column",),
    "adding-serial-primary-key-field": ("unique-builds-index",),
    "disallowed-unique-constraint": ("unique-builds-index",),
    "changing-column-type": ("type-rewrites",),
    "renaming-column": ("rename",),
    "renaming-table": ("rename",),
    "ban-drop-database": ("drop-database",),
    "ban-drop-table": ("drop-table",),
    "ban-drop-column": ("drop-column",),
    "ban-char-field": ("char-n",),
    "prefer-timestamp-tz": ("timestamp-without-zone",),
    "prefer-repack": ("exclusive-maintenance",),
}
"""Ours that say the same. A rule that is in RULES too is told where none of them speaks."""
LOCKING = frozenset({
    "require-concurrent-partition-detach", "constraint-missing-not-valid",
    "adding-foreign-key-constraint", "adding-field-with-default", "changing-column-type",
})  # fmt: skip
"""Those that concern nobody while the table is new or small."""
BREAKING = frozenset({
    "ban-alter-domain-with-add-constraint", "ban-truncate-cascade", "ban-drop-column",
    "ban-drop-constraint", "ban-drop-default", "ban-drop-domain", "ban-drop-extension",
    "ban-drop-function", "ban-drop-generated-expression", "ban-drop-not-null", "ban-drop-schema",
    "ban-drop-sequence", "ban-drop-type", "ban-drop-view", "ban-alter-identity", "ban-set-schema",
    "renaming-column", "renaming-object",
})  # fmt: skip
"""Those that concern nobody while the thing is new."""
_CALL = re.compile(r'[\w."]+\s*\(')


def is_worth_telling(
    rule: str, words: str, parsed: Parsed, context: Context, said: AbstractSet[str]
) -> bool:
    """Whether a remark on a statement says more than our own rules.

    `words` is the SQL that it is about; `said` are our rules that spoke there or were silenced.
    """
    if rule in OURS and (rule not in RULES or not said.isdisjoint(OURS[rule])):
        return False
    if rule == "adding-field-with-default" and _CALL.match(words) is None:
        # squawk takes -1, current_date and a virtual column for volatile.
        return False
    if rule in LOCKING | BREAKING:
        # What cannot be named may be anybody's.
        subjects = _subjects(parsed)
        concerns = context.is_busy if rule in LOCKING else context.is_known
        return not subjects or any(concerns(each) for each in subjects)
    return True


def _subjects(parsed: Parsed) -> list[str]:
    """The tables or other things that a statement changes; none where that is not known."""
    node = parsed.node
    match parsed.kind:
        case "drop_stmt":
            return [_dotted(each) for each in node.objects]
        case "truncate_stmt":
            return [relation(each.range_var) for each in node.relations]
        case "alter_domain_stmt" | "alter_enum_stmt":
            return [named_parts(node.type_name)]
        case "alter_table_stmt" | "rename_stmt" | "alter_object_schema_stmt":
            on_relation = parsed.kind == "alter_table_stmt" or node.HasField("relation")
            return [relation(node.relation) if on_relation else _dotted(node.object)]
    return []


def _dotted(item: Any) -> str:
    match item.WhichOneof("node"):
        case "object_with_args":
            return named_parts(item.object_with_args.objname)
        case "type_name":
            return named_parts(item.type_name.names)
        case "list" | "string":
            return named(item)
    return ""
