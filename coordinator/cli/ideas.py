"""`genesis scout`: what an idea says, read here and now, without a running system."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from coordinator.cli.given import Idea, idea_of, unusable
from coordinator.cli.output import Exit

if TYPE_CHECKING:
    from contracts.scouting import ScoutReport

SO = "nothing was written"


def scout(idea: Idea = "", /, *, json: bool = False) -> int:
    """Show what Genesis reads in an idea: records, people, features, colours, and what is left.

    Parameters
    ----------
    idea
        What the app should do, in plain words; - reads it from standard input.
    json
        Print the whole report as JSON.

    """
    from contracts.scouting import encode_report  # noqa: PLC0415
    from coordinator.cli.understood import sheet_of  # noqa: PLC0415

    report = read(idea_of(idea, "scout", so=SO))
    if json:
        sys.stdout.write(encode_report(report).decode())
    else:
        sheet_of(report).show()
    return Exit.DONE


def read(idea: str, name: str = "") -> ScoutReport:
    """What Scout reads in an idea. Raises CliError."""
    from agents.scout import cli  # noqa: PLC0415

    try:
        return cli.read(idea, name or None)
    except cli.ScoutError as error:
        raise unusable(f"{error}; {SO}", error.hint) from None
