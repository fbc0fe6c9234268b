"""A finding, and the table of all rules. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from agents.migration.files import Section
from agents.migration.sql import Statement

Severity = Literal["error", "warning", "note"]


class Rule(Struct, frozen=True):
    """What a rule says: how bad it is, what happens, and what to do instead."""

    severity: Severity
    what: str
    instead: str


class Finding(Struct, frozen=True, kw_only=True):
    """One finding; `line` and `column` count from 1 in the file, `statement` in its section."""

    rule: str
    severity: Severity
    message: str
    hint: str
    file: str
    line: int
    column: int
    statement: int
    source: str = ""


def finding(
    section: Section,
    rule: str,
    line: int,
    column: int,
    number: int,
    about: str,
    statement: Statement | None = None,
    known: Rule | None = None,
) -> Finding:
    """What a rule says of a place; `known` is the rule where the table does not have it."""
    known = known or RULES[rule]
    what = f"{known.what}: {about}" if about else known.what
    source = ""
    if statement is not None:
        lines = statement.sql.split("\n")
        source = lines[min(max(line - statement.line, 0), len(lines) - 1)]
    return Finding(
        rule=rule, severity=known.severity, message=what, hint=known.instead, file=section.file,
        line=line, column=column, statement=number, source=source,
    )  # fmt: skip


RULES: dict[str, Rule] = {
    "syntax": Rule("error", "PostgreSQL cannot read this", "correct it"),
    "ignore-without-reason": Rule(
        "error", "an ignore without a reason", "write `-- genesis:ignore rule: why`"
    ),
    "drop-database": Rule("error", "drops a whole database", "drop it by hand"),
    "truncate": Rule("error", "throws away all rows", "delete what has to go, with a condition"),
    "delete-without-where": Rule("error", "deletes every row", "add a condition"),
    "update-without-where": Rule(
        "error", "rewrites every row in one transaction", "add a condition, and go in batches"
    ),
    "grant-to-public": Rule("error", "gives rights to everybody", "name the role"),
    "security-definer-path": Rule(
        "error", "runs as its owner, with names that its caller chooses",
        "add `set search_path = ''` and qualify names",
    ),
    "copy-program": Rule("error", "runs a program on the server", "load the data from outside"),
    "alter-system": Rule("error", "changes the whole server", "configure it outside"),
    "drop-role": Rule("error", "drops a role of the whole server", "do it by hand"),
    "exclusive-maintenance": Rule(
        "error", "keeps everybody out while it rewrites the table", "use pg_repack, or a window"
    ),
    "index-not-concurrent": Rule(
        "error", "stops all writes to the table until the index is built (SHARE lock)",
        "create index concurrently, in a file with transaction:false",
    ),
    "drop-index-not-concurrent": Rule(
        "warning", "waits for every reader and stops new ones (ACCESS EXCLUSIVE lock)",
        "drop index concurrently, in a file with transaction:false",
    ),
    "reindex-not-concurrent": Rule(
        "error", "stops all writes until the index is built again", "reindex concurrently"
    ),
    "refresh-not-concurrent": Rule(
        "warning", "stops all readers of the view (ACCESS EXCLUSIVE lock)",
        "refresh materialized view concurrently, which needs a unique index",
    ),
    "concurrently-in-transaction": Rule(
        "error", "cannot run inside a transaction", "write `-- migrate:up transaction:false`"
    ),
    "constraint-validates": Rule(
        "error", "reads the whole table while writes wait (SHARE ROW EXCLUSIVE lock)",
        "add it `not valid`, then `validate constraint` in a later migration",
    ),
    "set-not-null-scans": Rule(
        "warning", "reads the whole table under an ACCESS EXCLUSIVE lock",
        "add a `check (… is not null) not valid`, validate it, then set not null",
    ),
    "type-rewrites": Rule(
        "error", "rewrites the table under an ACCESS EXCLUSIVE lock",
        "add a column, copy in batches, switch",
    ),
    "default-rewrites": Rule(
        "error", "a volatile default rewrites the table under an ACCESS EXCLUSIVE lock",
        "add the column without, set the default, fill in batches",
    ),
    "unique-builds-index": Rule(
        "error", "builds an index while everybody waits (ACCESS EXCLUSIVE lock)",
        "create unique index concurrently, then add the constraint `using index`",
    ),
    "drop-table": Rule("warning", "takes a table from code that still runs", "deploy first"),
    "drop-column": Rule("warning", "takes a column from code that still runs", "deploy first"),
    "rename": Rule(
        "warning", "breaks code that still runs under the old name",
        "add the new one beside, move, drop the old one later",
    ),
    "required-column": Rule(
        "error", "fails as soon as the table has rows", "give it a default, or fill it first"
    ),
    "no-primary-key": Rule("warning", "a table without a primary key", "add one"),
    "no-row-security": Rule(
        "note", "a table without row-level security", "enable and force it, and add policies"
    ),
    "foreign-key-without-index": Rule(
        "warning", "deleting what it points to reads this whole table", "add an index"
    ),
    "timestamp-without-zone": Rule("warning", "a time that nobody knows when", "use timestamptz"),
    "json-not-jsonb": Rule("warning", "has no equality and no index", "use jsonb"),
    "char-n": Rule("warning", "pads with blanks", "use text with a check"),
    "hidden-by-if-not-exists": Rule(
        "note", "says nothing when another thing of this name is there", "leave it out"
    ),
    "policy-recursion": Rule(
        "error", "a policy that reads its own table recurses for ever",
        "ask a security definer function",
    ),
    "policy-always-true": Rule("warning", "lets everybody through", "state who may"),
    # From here on under squawk's names, and only where squawk is installed.
    "squawk-unread": Rule(
        "note", "squawk cannot read this, so its rules did not look at this migration",
        "nothing is wrong with it: PostgreSQL's own parser reads it",
    ),
    "require-concurrent-partition-detach": Rule(
        "warning", "stops all readers of the partitioned table (ACCESS EXCLUSIVE lock)",
        "detach partition … concurrently, in a file with transaction:false",
    ),
    "constraint-missing-not-valid": Rule(
        "error", "reads the whole table while others wait for its lock",
        "add it `not valid`, then `validate constraint` in a later migration",
    ),
    "adding-foreign-key-constraint": Rule(
        "note", "waits for the writers of both tables and stops new ones",
        "add the column first, the constraint `not valid` in a later migration",
    ),
    "adding-field-with-default": Rule(
        "note", "rewrites the table if this function is volatile", "make sure that it is not"
    ),
    "changing-column-type": Rule(
        "note", "rewrites the table unless both types are stored alike; code reads another type",
        "only varchar to text is free: else add a column, copy in batches, switch",
    ),
    "ban-alter-domain-with-add-constraint": Rule(
        "warning", "reads every table that uses the domain while others wait",
        "add it `not valid`, then `validate constraint` in a later migration",
    ),
    "ban-create-domain-with-constraint": Rule(
        "note", "a domain's constraint can hardly be changed while others work",
        "put the constraint on the table",
    ),
    "ban-truncate-cascade": Rule(
        "error", "empties every table that refers to this one, and those that refer to them",
        "name the tables",
    ),
    "ban-duplicate-column-assignments": Rule(
        "error", "sets one column twice, which PostgreSQL refuses", "set it once"
    ),
    "ban-drop-column": Rule(
        "warning", "takes an attribute of a type from code that still runs", "deploy first"
    ),
    "ban-drop-constraint": Rule(
        "note", "takes a guarantee from code that relies on it", "deploy first"
    ),
    "ban-drop-default": Rule(
        "warning", "code that still runs may leave the column out", "deploy first"
    ),
    "ban-drop-domain": Rule("warning", "takes a domain from code that still runs", "deploy first"),
    "ban-drop-extension": Rule(
        "warning", "takes all that the extension brought from code that still runs", "deploy first"
    ),
    "ban-drop-function": Rule(
        "warning", "takes a function from code that still runs",
        "`create or replace` it, or deploy first",
    ),
    "ban-drop-generated-expression": Rule(
        "warning", "code that still runs does not fill the column", "deploy first"
    ),
    "ban-drop-not-null": Rule(
        "note", "code that still runs does not expect a null there", "deploy first"
    ),
    "ban-drop-schema": Rule("warning", "takes a schema from code that still runs", "deploy first"),
    "ban-drop-sequence": Rule(
        "warning", "takes a sequence from code that still runs", "deploy first"
    ),
    "ban-drop-type": Rule(
        "warning", "takes a type, cast or operator from code that still runs", "deploy first"
    ),
    "ban-drop-view": Rule(
        "warning", "takes a view from code that still runs",
        "`create or replace` it, or deploy first",
    ),
    "ban-alter-identity": Rule(
        "warning", "changes which inserts of code that still runs are refused", "deploy first"
    ),
    "ban-set-schema": Rule(
        "warning", "breaks code that still looks for it in the old schema",
        "leave a view behind, or deploy first",
    ),
    "renaming-column": Rule(
        "warning", "breaks code that still runs under the old name", "add the new one beside"
    ),
    "renaming-object": Rule(
        "warning", "breaks code that still runs under the old name", "add the new one beside"
    ),
    "identifier-too-long": Rule(
        "warning", "PostgreSQL cuts a name off after 63 bytes", "choose a shorter one"
    ),
    "require-enum-value-ordering": Rule(
        "note", "the value sorts behind all others", "say `before` or `after` which one"
    ),
    "prefer-bigint-over-int": Rule(
        "note", "ends at two thousand million", "use bigint where it counts or identifies"
    ),
    "prefer-bigint-over-smallint": Rule(
        "note", "ends at 32,767", "use bigint where it counts or identifies"
    ),
    "prefer-identity": Rule(
        "note", "serial has a sequence with rights and a name of its own",
        "use `generated always as identity`",
    ),
    "prefer-text-field": Rule(
        "note", "a shorter limit later rewrites the table", "use text with a check"
    ),
    "unused-ignore": Rule("note", "a squawk-ignore that ignores nothing", "remove it"),
}  # fmt: skip
"""All rules, squawk's too. `genesis migrate lint --rules` prints them."""
