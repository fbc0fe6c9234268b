"""`status`, `list` and `history`: looking changes nothing and takes no lock."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Struct

from agents.migration import history as histories
from agents.migration import planning
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.errors import CheckFailed
from agents.migration.files import read_folder
from agents.migration.session import connect, redacted, told

_PROBLEMS: tuple[planning.State, ...] = (
    "edited", "missing", "out_of_order", "applying", "reverting",
)  # fmt: skip
_WORDS: dict[planning.State, str] = {
    "applied": "applied",
    "baseline": "baseline",
    "pending": "pending",
    "changed": "pending (text is new)",
    "comments": "applied (comments edited)",
    "way_back": "applied (way back edited)",
    "edited": "EDITED since it was applied",
    "missing": "MISSING file",
    "out_of_order": "pending, OUT OF ORDER",
    "applying": "UNFINISHED: applied in part",
    "reverting": "UNFINISHED: taken back in part",
}


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version in the report."""

    version: str
    name: str
    state: str
    statements_done: int | None = None
    pipeline: str | None = None


class Report(Struct, frozen=True, kw_only=True):
    """What `status` says. `up_to_date` is true without pending ones and without problems."""

    database: str
    folder: str
    format: str
    up_to_date: bool
    counts: dict[str, int]
    problems: tuple[str, ...]
    gaps: tuple[str, ...]
    warnings: tuple[str, ...]
    migrations: tuple[Line, ...]


def status(
    *,
    check: Annotated[
        bool, Parameter(negative="", help="Exit with 7 unless everything is applied.")
    ] = False,
    quiet: Annotated[
        bool, Parameter(negative="", help="Only what is not plainly applied.")
    ] = False,
    options: Options = USUAL,
) -> int:
    """Compare the folder with the database: applied, pending, edited, missing, out of order."""
    return output.run(_status(options, check=check, quiet=quiet), as_json=options.json)


async def _status(options: Options, *, check: bool, quiet: bool) -> int:
    target = options.target()
    folder = read_folder(target.folder, options.format)
    async with connect(target.url) as connection:
        with told(target.url):
            table = await histories.find(connection, options.table)
            rows = await histories.rows(connection, table)
    comparison = planning.compare(folder, rows)
    counts: dict[str, int] = {}
    for entry in comparison.entries:
        counts[entry.state] = counts.get(entry.state, 0) + 1
    problems = tuple(
        f"{entry.name}: {_WORDS[entry.state]}" for entry in comparison.having(*_PROBLEMS)
    )
    found = Report(
        database=redacted(target.url), folder=str(folder.path), format=folder.format,
        up_to_date=not problems and not comparison.having(*planning.APPLICABLE), counts=counts,
        problems=problems, gaps=comparison.gaps, warnings=planning.warnings(comparison),
        migrations=tuple(_line(entry) for entry in comparison.entries),
    )  # fmt: skip
    if options.json:
        output.dump(found)
    else:
        _show(found, comparison, quiet=quiet)
    if check and not found.up_to_date:
        if options.json:
            return CheckFailed.exit_code
        raise CheckFailed(
            "not_up_to_date", "the database is not what the folder says",
            hint="`genesis migrate up` applies what is pending",
        )  # fmt: skip
    return output.DONE


def _line(entry: planning.Entry) -> Line:
    unfinished = entry.state in {"applying", "reverting"}
    return Line(
        version=entry.version, name=entry.name, state=entry.state,
        statements_done=entry.row.statements_done if entry.row and unfinished else None,
        pipeline=entry.row.pipeline if entry.row else None,
    )  # fmt: skip


def _show(found: Report, comparison: planning.Comparison, *, quiet: bool) -> None:
    rows = [
        (_WORDS[entry.state], entry.name)
        for entry in comparison.entries
        if not (quiet and entry.state in {"applied", "baseline"})
    ]
    output.table(rows)
    for warning in found.warnings:
        output.note(f"note: {warning}")
    said = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in found.counts.items())
    output.say(f"{found.database}, {found.folder} ({found.format}): {said or 'no migrations'}")


def list_(*, options: Options = USUAL) -> int:
    """The migrations of the folder in their order, without a database."""
    return output.run(_list(options), as_json=options.json)


async def _list(options: Options) -> int:
    folder = read_folder(options.target(need_url=False).folder, options.format)
    gaps = planning.gaps(folder.migrations)
    if options.json:
        output.dump({
            "folder": str(folder.path), "format": folder.format, "gaps": gaps,
            "migrations": [
                {
                    "version": each.version, "name": each.name, "path": str(each.path),
                    "checksum": each.checksum, "transaction": each.up.transaction,
                    "reversible": each.down is not None, "irreversible": each.irreversible,
                    "repeatable": each.repeatable,
                }
                for each in folder.migrations
            ],
        })  # fmt: skip
        return output.DONE
    for each in folder.migrations:
        marks = [] if each.up.transaction else ["no transaction"]
        if each.down is None:
            marks.append(f"irreversible: {each.irreversible or 'no reason given'}")
        output.say(f"{each.name}  ({', '.join(marks)})" if marks else each.name)
    for gap in gaps:
        output.note(f"note: no file has the number {gap}")
    return output.DONE


def history(
    *,
    limit: Annotated[int | None, Parameter(help="At most so many, the newest first.")] = None,
    options: Options = USUAL,
) -> int:
    """Every application and what became of it: who, when, from where, how long."""
    return output.run(_history(options, limit), as_json=options.json)


async def _history(options: Options, limit: int | None) -> int:
    target = options.target()
    async with connect(target.url) as connection:
        with told(target.url):
            table = await histories.find(connection, options.table)
            events = await histories.events(connection, table, limit)
    if options.json:
        output.dump(events)
        return output.DONE
    output.table([_told(event) for event in events])
    if not events:
        output.say("nothing was ever applied")
    return output.DONE


def _told(event: histories.Event) -> tuple[str, ...]:
    more: list[Any] = []
    if event.pipeline:
        more.append(f"pipeline {event.pipeline}")
    if event.approved_by:
        more.append(f"approved by {event.approved_by}")
    if event.undone_at:
        more.append(f"taken back {event.undone_at:%Y-%m-%d %H:%M:%S} by {event.undone_by}")
    if event.note:
        more.append(event.note)
    return (
        f"{event.applied_at:%Y-%m-%d %H:%M:%S%z}",
        event.name,
        event.status,
        f"{event.applied_by or event.database_role} on {event.host or 'unknown'}",
        output.seconds(event.seconds),
        ", ".join(more),
    )
