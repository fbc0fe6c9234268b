"""The command line in this process, over the bus in memory: no stack, no servers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from cyclopts import CycloptsError
from msgspec import Struct

from bus.archive import pack
from bus.memory import MemoryBus
from bus.settings import Settings
from contracts import messages as m
from coordinator.cli import session as sessions
from coordinator.cli.commands import app
from coordinator.cli.output import CliError, Exit, complain
from tests.support.stories import COMPLETED, ID, append

SOURCE = {"README.md": b"# Shop\n", "src/app.ts": b"export {}\n"}
PLAN = b'{"model": {}}\n'


class Result(Struct):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Genesis:
    """`await genesis("watch", ID)`: a command over `bus`, in the working folder `work`."""

    def __init__(self, bus: MemoryBus, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.bus = bus
        self.work = work
        self._capsys = capsys

    async def __call__(self, *arguments: str) -> Result:
        self._capsys.readouterr()
        try:
            # As `coordinator.cli.main`, which cannot run in the loop of a test.
            code = await app.run_async(list(arguments), exit_on_error=False, print_error=True)
        except CycloptsError:
            code = Exit.USAGE
        except CliError as error:
            code = complain(error, as_json="--json" in arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return Result(int(code), said.out, said.err)

    async def tell(
        self,
        request: m.BuildRequested | m.DeployRequested,
        words: str = "",
        pipeline: str = ID,
        changes: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        """Append the story of a pipeline whose app is really stored.

        `changes` are other fields of the answers, by area.
        """
        put = self.bus.artifacts.put
        completed = {
            **COMPLETED,
            "plan": msgspec.structs.replace(
                COMPLETED["plan"], plan=await put(PLAN), unmapped=("It should fly.",)
            ),
            "build": msgspec.structs.replace(
                COMPLETED["build"],
                source=await put(pack(SOURCE)),
                checks=(
                    m.Check(name="lint", ok=True, seconds=1.0),
                    m.Check(name="test", ok=True, seconds=2.0, passed=12, failed=0),
                ),
                simulated=("payments",),
            ),
        }
        for area, fields in (changes or {}).items():
            completed[area] = msgspec.structs.replace(completed[area], **fields)
        await append(self.bus, request, words, pipeline=pipeline, completed=completed)

    async def said(self, pipeline: str = ID) -> list[m.Message]:
        """The pipeline's log."""
        return [entry.message for entry in await self.bus.read(pipeline)]

    def files(self) -> dict[str, bytes]:
        """All files of the working folder."""
        return {
            path.relative_to(self.work).as_posix(): path.read_bytes()
            for path in sorted(self.work.rglob("*"))
            if path.is_file()
        }


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Commands silence the process's log; other tests read it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which commands run."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def genesis(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Genesis:
    """The command line of `anna`."""
    bus = MemoryBus()
    settings = Settings(genesis_home=tmp_path / "home", nats_account="anna")

    async def reach(*, start: bool) -> Settings:
        return settings

    @asynccontextmanager
    async def open_bus(*_: object, **__: object) -> AsyncIterator[MemoryBus]:
        yield bus

    monkeypatch.setenv("GENESIS_HOME", str(settings.genesis_home))
    monkeypatch.setattr(sessions, "reach", reach)
    monkeypatch.setattr("bus.nats.open_bus", open_bus)
    return Genesis(bus, work, capsys)
