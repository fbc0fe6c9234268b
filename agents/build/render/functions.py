"""Trigger functions, and how they see and change what the user may not. Pure.

Row-level security binds even the tables' owner, and a function of the app's role sees only that
user's rows. So such a function belongs to the owner (`security definer`), and policies for the
owner alone let it through once `app.rule` is on, which it sets for the rest of the transaction.
The app's role can set it too, but it is not whom the policies are for; and somebody who logs in
as the owner sees as little as ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from agents.build.render.literals import name, short_name

TRUSTED = "\n  security definer set search_path = public, pg_temp"
TRUST = "  perform set_config('app.rule', 'on', true);\n"


def function(label: str, body: str, *, declare: str = "", trusted: bool = True) -> str:
    """CREATE FUNCTION of a trigger; `trusted` gives it the rights of the owner."""
    text = f"{declare}begin\n{TRUST if trusted else ''}{body}\nend "
    number, tag = 0, "$$"
    while tag in text:
        number, tag = number + 1, f"$body{number}$"
    rights = TRUSTED if trusted else ""
    head = f"create function {name(label)}() returns trigger language plpgsql{rights}"
    return f"{head} as {tag}\n{text}{tag};"


def open_to_functions(label: str, table: str, actions: Iterable[str]) -> list[str]:
    """Policies that let the owner's functions through, made by the owner's migration."""
    rule = "app_setting('rule') = 'on'"
    return [
        f"create policy {name(short_name(label, action))} on {name(table)} for {action}"
        f" to current_user\n  {'with check' if action == 'insert' else 'using'} ({rule});"
        for action in actions
    ]


def refuse(constraint: str) -> str:
    """The statement that refuses a change in the name of a constraint."""
    label = "'" + constraint.replace("'", "''") + "'"
    return (
        "raise exception using errcode = 'check_violation',"
        f" constraint = {label}, message = 'a rule of the app is broken';"
    )
