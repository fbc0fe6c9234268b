"""Make an app of a model and run its checks in a folder that stays, for work on the generator.

    python -m tests.support.try_app MODEL.json FOLDER [--only typecheck,lint,build,test]
        [--serve PORT]

MODEL is a file, or the name of one in tests/agents/build/models. TRY_DATABASE_URL names a
superuser's PostgreSQL; without it one is started and ended. With `--serve` the app is built,
migrated, seeded and served until Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from agents.build import database as databases
from agents.build import dependencies, toolchain
from agents.build.generator import generate_app
from contracts.model import AppModel, Plan, decode_plan
from tests.support.builder import MODELS
from tests.support.postgres import Postgres

CACHE = Path(os.environ.get("TRY_CACHE", Path(tempfile.gettempdir()) / "genesis-try-cache"))
SCRIPTS = {
    "typecheck": ["tsc", "--noEmit"],
    "lint": ["oxlint"],
    "build": ["vite", "build", "--logLevel", "warn"],
    "test": ["vitest", "run"],
}


def read(name: str) -> AppModel:
    path = Path(name) if name.endswith(".json") else MODELS / f"{name}.json"
    content = path.read_bytes()
    try:
        return msgspec.json.decode(content, type=AppModel)
    except msgspec.ValidationError as error:
        try:
            plan: Plan = decode_plan(content)
        except ValueError:
            raise SystemExit(f"{path}: {error}") from None
        return plan.model


def write(folder: Path, model: AppModel) -> None:
    """The app's files; what an earlier one left is removed, `node_modules` stays."""
    made = generate_app(model)
    if folder.exists():
        for entry in folder.iterdir():
            if entry.name not in ("node_modules", "dist"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for path, content in made.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    print(f"{len(made.files)} files", *(f"note: {note}" for note in made.notes), sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="typecheck,lint,build,test")
    parser.add_argument("--serve", type=int, metavar="PORT")
    parser.add_argument("--tests", default="", help="arguments for vitest, such as -t words")
    arguments = parser.parse_args()
    write(arguments.folder, read(arguments.model))
    tools = asyncio.run(toolchain.find(""))
    shutil.rmtree(arguments.folder / "node_modules", ignore_errors=True)
    asyncio.run(dependencies.install(arguments.folder, tools, CACHE))
    url = os.environ.get("TRY_DATABASE_URL")
    server = None
    if not url:
        server = Postgres()
        server.start()
        url = server.url()
    try:
        return checks(arguments, tools, url)
    finally:
        if server:
            server.close()


def checks(arguments: argparse.Namespace, tools: toolchain.Toolchain, url: str) -> int:
    with contextlib.ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        temporary = databases.temporary(url, f"try{os.getpid()}")
        database = runner.run(temporary.__aenter__())
        stack.callback(lambda: runner.run(temporary.__aexit__(None, None, None)))
        files = sorted((arguments.folder / "migrations").glob("*.sql"))
        migrations = {file.name: file.read_text() for file in files}
        try:
            print(runner.run(databases.apply(database, migrations)))
        except databases.MigrationBroken as error:
            print(f"MIGRATIONS FAILED: {error}")
            return 1
        env = tools.env({"DATABASE_URL": database.app})
        wanted = ["build"] if arguments.serve else arguments.only.split(",")
        failed = [script for script in wanted if not check(arguments, script, tools, env)]
        if arguments.serve and not failed:
            serve(arguments, tools, env)
    return 1 if failed else 0


def check(
    arguments: argparse.Namespace, script: str, tools: toolchain.Toolchain, env: dict[str, str]
) -> bool:
    command = [*SCRIPTS[script], *(arguments.tests.split() if script == "test" else [])]
    begun = time.monotonic()
    done = subprocess.run(
        [tools.node, f"node_modules/.bin/{command[0]}", *command[1:]],
        cwd=arguments.folder, env=env, check=False, capture_output=True, text=True,
    )  # fmt: skip
    ok = done.returncode == 0
    print(f"== {script}: {'ok' if ok else 'FAILED'} ({time.monotonic() - begun:.1f} s)")
    print((done.stdout + done.stderr)[-400 if ok else -8_000 :])
    return ok


def serve(arguments: argparse.Namespace, tools: toolchain.Toolchain, env: dict[str, str]) -> None:
    """Build the server, make the demonstration records, and serve on the port until Ctrl-C."""
    env = env | {"SEED_PASSWORD": "demonstration", "PORT": str(arguments.serve)}
    npm = [str(tools.node), str(tools.npm), "run", "--silent"]
    for script in ("build:server", "seed"):
        subprocess.run([*npm, script], cwd=arguments.folder, env=env, check=True)
    print(f"http://127.0.0.1:{arguments.serve}/ (demo@example.com, demonstration)", flush=True)
    process = subprocess.Popen([tools.node, "dist/server.mjs"], cwd=arguments.folder, env=env)
    try:
        process.wait()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
