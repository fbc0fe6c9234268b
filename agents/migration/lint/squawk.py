"""squawk (`squawk-cli`) at work on sections: one process for all of them, and what it prints.

    find()                   the program, None where it is not installed
    Run(program, sections)   squawk at work, from `with` until `told()` is asked for
    read(output)             what it printed, as remarks by section. Pure
    prepared(section)        the text that it is given. Pure

It gets an empty configuration. A project's own `.squawk.toml` belongs to its own runs of squawk:
here one table gives the severities and every ignore has a reason, wherever lint is started.
A comment `-- squawk-ignore` in a migration silences squawk's words here as well.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from typing import Self

import msgspec

from agents.migration.files import Section
from agents.migration.lint.squawk_rules import NEEDLESS
from agents.migration.sql import SqlError

TIMEOUT = 60.0
"""Seconds; it takes a tenth of one for 10,000 statements."""
OLDEST_SERVER = "15.0"
CLEAN, FOUND = 0, 1
"""Exit codes of a squawk that did its work."""
_NOTHING = "nothing.toml"
_VERSION = re.compile(r"squawk (\d\S*)")
_UNMANAGED = "\n-- squawk-disable-assume-in-transaction\n"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One remark of squawk; lines and columns count from 0, columns in bytes of UTF-8."""

    file: str
    rule: str = msgspec.field(name="rule_name")
    message: str
    help: str | None = None
    line: int
    column: int
    line_end: int
    column_end: int


Remarks = Mapping[int, Sequence[Told]]
"""What squawk tells of each section, by the section's index."""


class NoReport(Exception):
    """squawk did not do its work; the text says what it did."""


def find() -> str | None:
    """The program beside this Python, else on the PATH."""
    return shutil.which("squawk", path=sysconfig.get_path("scripts")) or shutil.which("squawk")


class Run:
    """squawk reading sections while others go on; without a program it tells nothing.

    After `told()`: `version` is None where there is none, `failure` says why there is no report.
    """

    def __init__(self, program: str | None, sections: Sequence[Section]) -> None:
        self.version: str | None = None
        self.failure: str | None = None
        self._program = program
        self._sections = sections
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        if self._program is not None:
            try:
                self._start(self._program)
            except OSError as error:
                self.failure = f"squawk cannot be started: {error}"
        return self

    def _start(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="genesis-lint-")
        folder = self._folder.name
        texts = {f"{at}.sql": prepared(each) for at, each in enumerate(self._sections)}
        for name, text in {**texts, _NOTHING: ""}.items():
            # Paths take twice as long.
            with open(f"{folder}/{name}", "wb", buffering=0) as file:  # noqa: PTH123
                file.write(text.encode())
        report = [
            program, "--config", _NOTHING, "--reporter", "json", "--pg-version", OLDEST_SERVER,
            "--assume-in-transaction", "--exclude", ",".join(sorted(NEEDLESS)),
            "--no-error-on-unmatched-pattern", "*.sql",
        ]  # fmt: skip
        for arguments in (report, [program, "--version"]):
            self._processes.append(
                subprocess.Popen(
                    arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )  # fmt: skip

    def told(self) -> Remarks:
        """All remarks; none, and `failure`, where squawk did not do its work. Waits for it."""
        if self._processes and self.failure is None:
            try:
                self.version = self._version()
                return self._report()
            except (NoReport, subprocess.TimeoutExpired) as problem:
                self.failure = f"squawk did not do its work: {problem}"
        return {}

    def _version(self) -> str:
        output, _ = self._processes[1].communicate(timeout=TIMEOUT)
        found = _VERSION.match(output.decode(errors="replace"))
        if found is None:
            raise NoReport(f"{self._program} is no squawk")
        return found[1]

    def _report(self) -> Remarks:
        process = self._processes[0]
        output, complaint = process.communicate(timeout=TIMEOUT)
        said = complaint.decode(errors="replace").strip().partition("\n")[0]
        if process.returncode not in {CLEAN, FOUND}:
            raise NoReport(f"exit code {process.returncode} {said}".rstrip())
        remarks = read(output, len(self._sections), said)
        if process.returncode == FOUND and not remarks:
            raise NoReport(said or "it found something and does not say what")
        return remarks

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            # Which closes our ends of its pipes, whoever else may hold them, and waits for it.
            with process:
                process.kill()
        if self._folder is not None:
            self._folder.cleanup()


def read(output: bytes, sections: int, said: str = "") -> Remarks:
    """What squawk printed about so many sections, in the order of each text. Raises NoReport.

    `said` is what it complained of beside, told when the output is no report.
    """
    found: dict[int, list[Told]] = {}
    try:
        for each in msgspec.json.decode(output, type=list[Told]):
            found.setdefault(int(each.file.removesuffix(".sql")), []).append(each)
    except ValueError:
        start = output[:80].decode(errors="replace")
        raise NoReport(said or f"it printed no report but {start!r}") from None
    if any(not 0 <= index < sections for index in found):
        raise NoReport("it tells of a file that it was not given")
    for remarks in found.values():
        remarks.sort(key=lambda each: (each.line, each.column))
    return found


def prepared(section: Section) -> str:
    """A section's text line by line, without the data of COPY, which squawk would read as SQL.

    Nothing of a text that cannot be split, of which our own rules say so.
    """
    text = section.text
    if "stdin" in text.lower():
        try:
            text = _without_data(section)
        except SqlError:
            return ""
    return text if section.transaction else text + _UNMANAGED


def _without_data(section: Section) -> str:
    text = section.text
    for each in reversed(section.statements()):
        if each.data is not None:
            start = text.index("\n", each.offset + len(each.sql)) + 1
            end = start + len(each.data)
            text = text[:start] + "\n" * each.data.count("\n") + text[end:].removeprefix("\\.")
    return text
