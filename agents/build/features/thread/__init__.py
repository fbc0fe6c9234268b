"""Threads: a record with the replies to it in their order, and a box to write one more. Pure."""

from __future__ import annotations

from agents.build.render.literals import ts
from agents.build.structure import Design, Reference, Serving, Table

_TEXTS = ("longtext", "markdown", "text")
_REPLIES = ("repl", "post", "message", "comment", "answer", "response")


def serve(design: Design) -> Serving | None:
    """Pages of the kind `thread`: with a parameter a record's own page, else the list of all."""
    pages = design.pages("thread")
    threads = {page.key: _thread(design, page.entity) for page in pages}
    found = {data["entity"]: data for data in threads.values() if data}
    if not found:
        return None
    titles = ", ".join(design.table(key).entity.title_plural for key in found)
    return Serving(
        about=f"Threads of {titles}: the replies to each in their order, with a box to reply.",
        files={
            "shared/features/threads.ts": "import type { Thread } from './thread';\n\n"
            "/** The replies of each entity that has threads. */\n"
            f"export const threads: Readonly<Record<string, Thread>> = {ts(found)};\n"
        },
        kinds=("thread",),
        unfit=tuple(key for key, data in threads.items() if data is None),
    )


def _thread(design: Design, key: str | None) -> dict[str, str] | None:
    """The entity, that of its replies, their reference to it and their text; None without."""
    pairs = [
        (table, each)
        for table in design.tables
        for each in table.references
        if each.target == key and table.key != key and not each.join and _text(table)
    ]
    if key is None or not pairs:
        return None
    child, reference = min(pairs, key=lambda pair: _rank(*pair))
    return {
        "entity": key, "reply": child.key, "field": reference.key, "text": _text(child)
    }  # fmt: skip


def _rank(table: Table, reference: Reference) -> tuple[bool, ...]:
    """Smaller is likelier to be a reply."""
    return (not table.key.startswith(_REPLIES), table.parent != reference, not reference.required)


def _text(table: Table) -> str:
    for kind in _TEXTS:
        for field in table.fields:
            if field.type == kind and not field.read_roles and not field.write_roles:
                return field.key
    return ""
