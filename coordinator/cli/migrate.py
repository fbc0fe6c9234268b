"""`genesis migrate`, which belongs to the migration agent."""

from __future__ import annotations

from agents.migration.cli import main


def run(arguments: list[str]) -> int:
    """Run one of its commands; the exit code."""
    return main(arguments)
