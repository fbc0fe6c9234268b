"""`genesis scout`: what an idea says, read here and now, without a running system."""

from __future__ import annotations

import sys

from coordinator.cli.answers import AnswersFile, settled
from coordinator.cli.given import SO, Idea, idea_of
from coordinator.cli.output import Exit


def scout(idea: Idea = "", /, *, answers: AnswersFile = None, json: bool = False) -> int:
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

    report, _ = settled(idea_of(idea, "scout", so=SO), "", answers, ask=False)
    if json:
        sys.stdout.write(encode_report(report).decode())
    else:
        sheet_of(report).show()
    return Exit.DONE
