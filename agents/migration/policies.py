"""Row-level security policies that would ask themselves. Pure.

PostgreSQL finds `infinite recursion detected in policy` when the table is read, not when the
policy is made.
"""

from __future__ import annotations

from agents.migration.identifiers import parse
from agents.migration.sql import Statement, Token, tokens


def reads(table: str, expression: str) -> Token | None:
    """Where an expression reads the table (not merely names its columns); None for nowhere."""
    parts = list(tokens(expression))
    name = parse(table)[-1]
    selecting = False
    for at, token in enumerate(parts):
        if token.kind == "word" and token.text.lower() in {"select", "table"}:
            selecting = True
        if not selecting or token.kind not in {"word", "quoted"} or _plain(token) != name:
            continue
        before = parts[at - 1].text.lower() if at else ""
        after = parts[at + 1].text if at + 1 < len(parts) else ""
        if before == ".":
            before = parts[at - 3].text.lower() if at > 2 else ""  # noqa: PLR2004
        if after not in {".", "("} and before in {"from", "join", ",", "only", "table", "lateral"}:
            return token
    return None


def recursive(statement: Statement) -> Token | None:
    """Where a CREATE or ALTER POLICY reads its own table; None for nowhere."""
    if statement.words[:2] not in {("create", "policy"), ("alter", "policy")}:
        return None
    parts = list(tokens(statement.sql))
    on = next((at for at, each in enumerate(parts) if each.text.lower() == "on" and at > 2), None)  # noqa: PLR2004
    if on is None or on + 1 >= len(parts):
        return None
    table, at = parts[on + 1].text, on + 2
    while at + 1 < len(parts) and parts[at].text == ".":
        table, at = parts[at + 1].text, at + 2
    if at >= len(parts):
        return None
    start = parts[at].start
    found = reads(table, statement.sql[start:])
    return found and found._replace(start=found.start + start, end=found.end + start)


def _plain(token: Token) -> str:
    if token.kind == "quoted":
        return token.text[1:-1].replace('""', '"')
    return token.text.lower()
