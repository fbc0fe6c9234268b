"""A sheet of headed rows for people: columns that line up, colours shown where there is colour.

What stands on it is decided before anything is printed, so that it can be tested.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from typing import NamedTuple

from coordinator.cli.output import console, say, shown

WIDTH = 100
"""Columns of a line; wider terminals are harder to read, and files have none."""
SWATCH = "██"


class Row(NamedTuple):
    """One line: how far it is indented, its label, its text, and a colour to show before it."""

    indent: int
    label: str
    text: str
    swatch: str = ""


class Sheet:
    """Rows under headings, in the order in which they were written."""

    def __init__(self, label: int = 16) -> None:
        self._label = label
        self.rows: list[Row] = []

    def head(self, text: str) -> None:
        """Begin a block."""
        if self.rows:
            self.rows.append(Row(0, "", ""))
        self.rows.append(Row(0, text, ""))

    def row(self, label: str, text: str = "", *, indent: int = 2, swatch: str = "") -> None:
        """A line of a block; what is too long goes on under its beginning."""
        self.rows.append(Row(indent, label, text, swatch))

    def rows_of(self, rows: Iterable[tuple[str, str]]) -> None:
        """Lines of a block, without those that say nothing."""
        for label, text in rows:
            if text:
                self.row(label, text)

    def lines(self) -> list[tuple[Row, list[str]]]:
        """Each row with its lines as they are printed, without swatches."""
        return [(row, self._laid(row)) for row in self.rows]

    def _laid(self, row: Row) -> list[str]:
        if not row.text:
            return [f"{' ' * row.indent}{row.label}".rstrip()]
        begin = f"{' ' * row.indent}{row.label:<{self._label}} "
        gap = len(SWATCH) + 1 if row.swatch else 0
        # Only what people wrote in one line is wrapped; a word that is longer stays whole.
        laid = textwrap.wrap(
            " ".join(row.text.split()), max(WIDTH - gap, len(begin) + 24),
            initial_indent=begin, subsequent_indent=" " * (row.indent + self._label + 1),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        return laid or [begin.rstrip()]

    def show(self) -> None:
        """Print it, with colour on a terminal."""
        if not sys.stdout.isatty():
            # Without the library that colours, which takes as long to load as the idea to read.
            for _, lines in self.lines():
                for line in lines:
                    say(line)
            return
        from rich.text import Text  # noqa: PLC0415

        screen = console()
        for row, lines in self.lines():
            for number, line in enumerate(lines):
                text = Text(shown(line))
                if not row.indent:
                    text.stylize("bold")
                else:
                    text.stylize("cyan", 0, row.indent + len(row.label) if not number else 0)
                if row.swatch and not number:
                    place = row.indent + self._label + 1
                    text = text[:place] + Text(f"{SWATCH} ", style=row.swatch) + text[place:]
                screen.print(text)
