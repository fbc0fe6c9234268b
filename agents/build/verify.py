"""An app's own checks, really run: install, migrations, typecheck, lint, build, tests.

Works on any folder with a package.json; what it lacks is not run and not reported. Scripts as
Genesis writes them are run directly, others through npm.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from agents.build import database as databases
from agents.build import dependencies, durations, processes, results, transforms
from agents.build.processes import Finished
from agents.build.toolchain import Toolchain
from contracts.messages import Check

Progress = Callable[[str, float, Sequence[str]], Awaitable[None]]
"""Step, percent of the whole verification, lines to show."""

TIMEOUTS = {"typecheck": 180.0, "lint": 120.0, "build": 300.0, "test": 600.0}
"""Seconds that each script may take."""

WORKERS = min(2, os.cpu_count() or 1)
"""How many of an app's test files run at the same time."""

NAMES = {"typecheck": "typecheck", "lint": "lint", "build": "build", "test": "tests"}
_DIRECT: dict[str, tuple[tuple[str, ...], ...]] = {
    # One checker: the tests want the other cores meanwhile.
    "tsc --noEmit": (("tsc", "--noEmit", "--singleThreaded"),),
    "oxlint": (("oxlint",),),
    "vite build && npm run build:server && npm run package": (
        ("vite", "build"),
        (
            "esbuild", "server=server/node.ts", "functions/netlify=server/netlify.ts",
            "functions/vercel=server/vercel.ts", "scripts/package=scripts/package.ts",
            "--bundle", "--platform=node", "--format=esm", "--target=node20", "--outdir=dist",
            "--out-extension:.js=.mjs", "--sourcemap=external", "--sources-content=false",
            "--log-level=warning",
        ),
        ("dist/scripts/package.mjs",),
    ),
    "vitest run": (("vitest", "run"),),
}  # fmt: skip


class Verified(Struct, frozen=True, kw_only=True):
    """The checks in the order of their names, by name what each tool printed, and every test."""

    checks: tuple[Check, ...]
    output: dict[str, str]
    tests: tuple[results.Outcome, ...] = ()

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be run where, and with what; `ours` says that nobody has changed the app."""

    folder: Path
    toolchain: Toolchain
    cache: Path
    admin_dsn: str
    pipeline: str
    scripts: Mapping[str, str]
    ours: bool = False


async def verify(plan: Plan, progress: Progress) -> Verified:
    """Run everything. Raises a group with AgentError for what is not the app's fault."""
    await progress("install", 0, ())
    checks: dict[str, Check] = {}
    output: dict[str, str] = {}
    counter = _Counter(progress, total=len(plan.scripts) + 1)

    async def note(name: str, check: Check, printed: str) -> None:
        checks[name], output[name] = check, printed
        await counter.done(check)

    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        prepared = group.create_task(_databases(plan, stack))
        checks["install"] = await _installed(plan, progress)
        for script in plan.scripts.keys() - {"test"}:
            group.create_task(_script(plan, script, note))
        made, migrated = await prepared
        if migrated is not None:
            await note("migrations", migrated, migrated.summary)
        tests = group.create_task(_tests(plan, made, note))
    order = ("install", "migrations", "typecheck", "lint", "build", "tests")
    return Verified(
        checks=tuple(checks[name] for name in order if name in checks),
        output=output,
        tests=tests.result(),
    )


async def _installed(plan: Plan, progress: Progress) -> Check:
    begun = time.monotonic()
    done = await dependencies.install(plan.folder, plan.toolchain, plan.cache)
    await progress("install", 15, (done.summary,))
    return Check(name="install", ok=True, seconds=time.monotonic() - begun, summary=done.summary)


class _Counter:
    """Tells how many of the checks are done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress = progress
        self.total = total
        self.count = 0

    async def done(self, check: Check) -> None:
        self.count += 1
        percent = 15 + 85 * min(1.0, self.count / self.total)
        state = "passed" if check.ok else "failed"
        await self.progress(f"{check.name} {state}", percent, check.summary.splitlines()[-3:])


Note = Callable[[str, Check, str], Awaitable[None]]


async def _script(plan: Plan, script: str, note: Note) -> None:
    done = await _run(plan, script, {})
    name = NAMES[script]
    # A linter ends with its findings, a compiler or bundler with where in itself it gave up.
    ends_well = done.ok or script == "lint"
    shorten = processes.last_lines if ends_well else processes.telling_lines
    summary = shorten(done.output) or ("no problems found" if done.ok else f"exit code {done.code}")
    if done.why:
        summary = f"{done.why}\n{summary}"
    await note(
        name, Check(name=name, ok=done.ok, seconds=done.seconds, summary=summary), done.output
    )


async def _databases(
    plan: Plan, stack: contextlib.AsyncExitStack
) -> tuple[Sequence[databases.Temporary], Check | None]:
    """A database for each worker until the stack ends, and how the migrations went.

    There is none when there is nothing to test, or nothing to test on.
    """
    if "test" not in plan.scripts:
        return (), None
    migrations = {
        file.name: file.read_text(encoding="utf-8")
        for file in sorted((plan.folder / "migrations").glob("*.sql"))
    }
    workers = WORKERS if plan.scripts["test"] in _DIRECT else 1
    made = await stack.enter_async_context(
        databases.temporaries(plan.admin_dsn, plan.pipeline, workers)
    )
    migrated = await _migrated(made, migrations) if migrations else None
    return made if migrated is None or migrated.ok else (), migrated


async def _tests(
    plan: Plan, made: Sequence[databases.Temporary], note: Note
) -> tuple[results.Outcome, ...]:
    """Run the tests in as many threads as there are databases, each on one of its own.

    Tests wait for the database as long as they compute, and expect to be alone with it.
    """
    if not made:
        return ()
    direct = _is_direct(plan, "test")
    if direct:
        durations.lend(plan.folder, plan.cache)
    check, printed, tests = await _tested(
        plan, [each.app for each in made[: None if direct else 1]]
    )
    # Vitest would begin with what failed last: of another app that says nothing.
    if direct and check.ok:
        durations.keep(plan.folder, plan.cache)
    await note("tests", check, printed)
    return tests


async def _tested(
    plan: Plan, urls: Sequence[str]
) -> tuple[Check, str, tuple[results.Outcome, ...]]:
    """What the tests say that ran on these databases."""
    env = {"DATABASE_URL": urls[0]}
    env |= {f"DATABASE_URL_{number}": url for number, url in enumerate(urls, start=1)}
    with tempfile.TemporaryDirectory(prefix="genesis-tests-") as folder:
        written = Path(folder) / "vitest.json"
        extra = [
            "--reporter=default", "--reporter=json", f"--outputFile.json={written}",
            *(["--fileParallelism", f"--maxWorkers={len(urls)}"] if len(urls) > 1 else []),
            *(transforms.options(plan.folder, plan.cache) if plan.ours else []),
        ]  # fmt: skip
        done = await _run(plan, "test", env, extra)
        found = await asyncio.to_thread(results.read, written, plan.folder)
        check = _counted(done, found)
        return check, done.output, found.tests if found is not None else ()


async def _migrated(made: Sequence[databases.Temporary], migrations: Mapping[str, str]) -> Check:
    begun = time.monotonic()
    first, *others = made
    try:
        async with asyncio.TaskGroup() as group:
            whole = group.create_task(databases.apply(first, migrations))
            for each in others:
                group.create_task(databases.apply_once(each, migrations))
        summary, ok = whole.result(), True
    except* databases.MigrationBroken as broken:
        summary, ok = str(broken.exceptions[0]), False
    return Check(name="migrations", ok=ok, seconds=time.monotonic() - begun, summary=summary)


def _is_direct(plan: Plan, script: str) -> bool:
    """Whether the script is as Genesis writes it, and its tools are there."""
    direct = _DIRECT.get(plan.scripts[script])
    return direct is not None and _all_there(plan.folder, direct)


async def _run(plan: Plan, script: str, env: dict[str, str], extra: Sequence[str] = ()) -> Finished:
    direct = _DIRECT.get(plan.scripts[script])
    begun = time.monotonic()
    commands: Sequence[Sequence[str]]
    if direct is None or not _is_direct(plan, script):
        commands = ((str(plan.toolchain.npm), "run", "--silent", script),)
        extra = () if "vitest" not in plan.scripts[script] else ("--", *extra)
    else:
        commands = tuple((_tool(tool), *arguments) for tool, *arguments in direct)
    # Nothing that ran is no success.
    printed = ""
    code: int | None = 1
    why = ""
    for command in commands:
        left = TIMEOUTS[script] - (time.monotonic() - begun)
        done = await processes.run(
            (plan.toolchain.node, *command, *extra), cwd=plan.folder, seconds=max(left, 1),
            env=plan.toolchain.env(env, plan.cache), mebibytes=plan.toolchain.memory,
        )  # fmt: skip
        printed, code, why = printed + done.output, done.code, done.why
        if not done.ok:
            break
    return Finished(code=code, output=printed, seconds=time.monotonic() - begun, why=why)


def _tool(name: str) -> str:
    """What Node runs: a script of the app's own, or a tool that the app depends on."""
    return name if "/" in name else f"node_modules/.bin/{name}"


def _all_there(folder: Path, commands: Sequence[Sequence[str]]) -> bool:
    tools = {command[0] for command in commands if "/" not in command[0]}
    return all((folder / "node_modules" / ".bin" / tool).exists() for tool in tools)


def _counted(done: Finished, found: results.Results | None) -> Check:
    passed = failed = None
    summary = processes.last_lines(done.output, 6)
    if found is not None:
        passed, failed = found.passed, found.failed
        summary = "\n".join([*found.failures[:5], summary])[:1_900]
    if done.why:
        summary = f"{done.why}\n{summary}"
    # A runner that found nothing to run has shown nothing.
    ok = done.ok and failed in (None, 0) and passed != 0
    return Check(
        name="tests", ok=ok, seconds=done.seconds, summary=summary, passed=passed, failed=failed
    )
