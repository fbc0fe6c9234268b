"""The files that this package generates about itself, as text; pure.

`python -m contracts --write` puts them beside this module, and a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from contracts.asyncapi import (
    COORDINATOR,
    GUEST,
    PERSON,
    ROUTES,
    address,
    document,
    plan_schema,
    stream,
    summary,
)
from contracts.messages import (
    AREAS,
    COMMANDS,
    COMPENSATIONS,
    COMPLETIONS,
    FAILURES,
    LIFE,
    MAX_BODY,
    OUTSIDE_THE_LOG,
    PEOPLE,
    REQUESTS,
    SCHEMA,
    UNDONE,
    Artifact,
    Check,
    LlmUse,
    Message,
)

GROUPS: tuple[tuple[str, tuple[type[Message], ...]], ...] = (
    ("Entry", REQUESTS),
    ("Commands", COMMANDS),
    ("Compensation", COMPENSATIONS),
    ("Answers: done", COMPLETIONS),
    ("Answers: failed", FAILURES),
    ("Answers: taken back", UNDONE),
    ("People", PEOPLE),
    ("The life of a pipeline", LIFE),
    ("Outside the log", OUTSIDE_THE_LOG),
)

_HEAD = f"""\
# Contracts

<!-- Generated: python -m contracts --write -->

What can be said in Genesis. The name of a message is its subject, and the field `type` of its
JSON body; the subject's last words are also fields of the body.

- Every body has `type`, and `schema` when it is not 1; this version reads up to {SCHEMA}.
- Fields are only ever added. A reader ignores those that it does not know.
- A body has at most {MAX_BODY:,} bytes; larger content travels through the Object Store as an
  `Artifact`. Messages never carry secrets.
- A field with `?` may be left out. Types, limits and descriptions are in
  [asyncapi.json](asyncapi.json), those of `plan.json` in [plan.schema.json](plan.schema.json).
- A person may watch everything; the column "read by" says who acts on a message,
  or whom it is for.

`python -m contracts` prints the AsyncAPI document, `--json-schema` the messages as JSON Schema.
"""

_PARTIES = {PERSON: "a person", GUEST: "another program", COORDINATOR: "the coordinator"}


def encode(value: Any) -> str:
    """A document as indented JSON text."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def readme() -> str:
    """The table of all messages, as Markdown."""
    tables = [f"## {title}\n\n{_table(kinds)}" for title, kinds in GROUPS]
    parts = "\n".join(
        f"- `{kind.__name__}`: {_fields(kind)}. {summary(kind)}"
        for kind in (Artifact, Check, LlmUse)
    )
    return "\n".join((_HEAD, *tables, f"## Parts\n\n{parts}\n"))


def _table(kinds: tuple[type[Message], ...]) -> str:
    rows = ["| message | subject | fields | sent by | read by |", "|---|---|---|---|---|"]
    for kind in kinds:
        way = ROUTES[kind]
        kept = "" if stream(kind) else " (not kept)"
        cells = (
            f"**{kind.__name__}**: {summary(kind)}",
            f"`{address(kind)}`{kept}",
            _fields(kind),
            _who(way.senders),
            _who(way.readers),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _fields(kind: type[msgspec.Struct]) -> str:
    return ", ".join(
        f"`{field.encode_name}`" if field.required else f"`{field.encode_name}?`"
        for field in msgspec.structs.fields(kind)
        if field.name != "schema"
    )


def _who(parties: tuple[str, ...]) -> str:
    if set(AREAS) <= set(parties):
        return "every agent"
    return ", ".join(_PARTIES.get(party, f"the {party} agent") for party in parties)


def files() -> Mapping[str, str]:
    """The text of each generated file of this folder, by name."""
    return {
        "asyncapi.json": encode(document()),
        "plan.schema.json": encode(plan_schema()),
        "README.md": readme(),
    }
