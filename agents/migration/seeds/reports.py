"""What a run of seeds says that it did. Pure but for the clock."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from agents.migration.seeds.loading import Loaded
from agents.migration.seeds.planning import Judged, Plan


class FileReport(Struct, frozen=True, kw_only=True):
    """One file: `state` is applied or unchanged."""

    file: str
    state: str
    why: str = ""
    tables: tuple[Loaded, ...] = ()


class Report(Struct, frozen=True, kw_only=True):
    """What a run did. `transactions` is their number, `note` says why there are several."""

    environment: str
    files: tuple[FileReport, ...]
    emptied: tuple[str, ...] = ()
    transactions: int = 1
    note: str = ""
    seconds: float = 0.0


def unchanged(environment: str, judged: Sequence[Judged], began: float) -> Report:
    return Report(
        environment=environment, transactions=0,
        files=tuple(FileReport(file=each.file.name, state="unchanged") for each in judged),
        seconds=round(time.monotonic() - began, 3),
    )  # fmt: skip


def report(
    environment: str, plan: Plan, done: Sequence[FileReport], began: float, transactions: int = 1
) -> Report:
    unchanged = [FileReport(file=each.file.name, state="unchanged") for each in plan.skipped]
    return Report(
        environment=environment,
        files=tuple(sorted([*done, *unchanged], key=lambda each: each.file)),
        emptied=tuple(table.label for table in plan.truncated),
        transactions=transactions, note=plan.why,
        seconds=round(time.monotonic() - began, 3),
    )  # fmt: skip
