"""What a rule is told besides the statement. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.migration.lint.parser import Parsed


class Hit(NamedTuple):
    """A rule that a statement breaks: where (bytes of the statement), and about what."""

    rule: str
    location: int = 0
    about: str = ""


@dataclass(kw_only=True)
class Context:
    """What is known where a statement stands.

    `created` are the tables that this batch itself makes: nobody else waits for them; `made` is
    what else it makes: views, functions, types. `sizes` are the live tables' sizes in bytes, None
    without a connection; `indexed` the columns (as `table.column`) that lead an index;
    `transaction` whether the section runs in one. Waiting for the end of the migration: tables
    still without row-level security, and columns with a foreign key, each with its statement and
    place.
    """

    created: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    sizes: Mapping[str, int] | None = None
    indexed: set[str] = field(default_factory=set)
    transaction: bool = True
    unprotected: dict[str, tuple[Parsed, int]] = field(default_factory=dict)
    referring: dict[str, tuple[Parsed, int]] = field(default_factory=dict)

    def is_known(self, name: str) -> bool:
        """Whether code that runs may use it: this batch does not make it."""
        return all(each not in self.created | self.made for each in (name, _bare(name)))

    def is_busy(self, table: str) -> bool:
        """Whether others may be working with a table that is large enough to notice."""
        bare = _bare(table)
        if table in self.created or bare in self.created:
            return False
        if self.sizes is None:
            return True
        return self.sizes.get(table, self.sizes.get(bare, 0)) >= SMALL


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


SMALL = 8 * 1024 * 1024
"""Bytes below which a table is rewritten or read in the time that nobody notices."""
Check = Callable[[Parsed, Context], Iterator[Hit]]
