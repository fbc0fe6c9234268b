"""A finding, and the table of all rules. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

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
}  # fmt: skip
"""All rules. `genesis migrate lint --rules` prints them."""
