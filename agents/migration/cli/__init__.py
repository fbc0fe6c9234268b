"""`genesis migrate`: the commands, each imported when it is used.

To add one: a line in COMMANDS, and a plain function for cyclopts that returns an exit code.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import App

    app: App

FILES = "Writing migrations"
RUN = "Running them"
LOOK = "Looking"
USAGE = 2

COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    # name, module:function, group, help
    ("create", "create:create", FILES, "Write a new migration from a template."),
    ("up", "up:up", RUN, "Apply what is not applied yet."),
    ("down", "down:down", RUN, "Take back the newest, or back to a version."),
    ("redo", "down:redo", RUN, "Take back the newest and apply it again."),
    ("baseline", "adopt:baseline", RUN, "Adopt a database that has its schema already."),
    ("repair", "adopt:repair", RUN, "Accept an edited or a lost file."),
    ("backup", "backup:backup", RUN, "Save the database now."),
    ("restore", "backup:restore", RUN, "Bring a backup back, or into another database."),
    ("status", "status:status", LOOK, "What is applied, pending, edited, missing."),
    ("list", "status:list_", LOOK, "The migrations of the folder."),
    ("history", "status:history", LOOK, "Who applied what, when, where and how long it took."),
    ("backups", "backup:app", LOOK, "The backups that there are: list, check, remove."),
    ("seed", "seed:app", RUN, "Rows from files into the tables, and from tables into files."),
    ("dry-run", "rehearsal:dry_run", LOOK, "Run what is pending for real, and take it back."),
    ("lint", "lint:lint", LOOK, "Syntax, dangers, locks, breaking changes, practice."),
    ("verify", "proving:verify", LOOK, "Prove that every way back restores the schema."),
    ("reverse", "proving:reverse", FILES, "Find a migration's way back, and prove it."),
    ("drift", "proving:drift", LOOK, "What was changed by hand, and the SQL that undoes it."),
    ("dump", "proving:dump", LOOK, "The live schema as SQL."),
    ("plan", "plan:plan", LOOK, "What `up` would run; as a file that `up --plan` must match."),
)


def __getattr__(name: str) -> App:
    if name == "app":
        return _app()
    raise AttributeError(name)


@cache
def _app() -> App:
    """`app`, made when it is asked for: `quick` does without."""
    from cyclopts import App  # noqa: PLC0415

    made = App(
        name="migrate",
        help="Migrations of a PostgreSQL database: checked, locked, proved to be reversible.",
        help_epilogue=(
            "Exit codes: 0 done, 2 input, 3 no connection, 4 busy, 5 a statement failed, 6 files "
            "and history disagree, 7 a check found something, 8 refused, 130 interrupted."
        ),
        help_format="plaintext",
        result_action="return_value",
    )
    for name, path, group, text in COMMANDS:
        made.command(f"{__name__}.{path}", name=name, group=group, help=text)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit code."""
    import sys  # noqa: PLC0415

    from agents.migration.cli import quick  # noqa: PLC0415

    given = sys.argv[1:] if arguments is None else arguments
    code = quick.run(given)
    if code is not None:
        return code
    from cyclopts import CycloptsError  # noqa: PLC0415

    try:
        return int(_app()(given, exit_on_error=False, print_error=True) or 0)
    except CycloptsError:
        return USAGE
