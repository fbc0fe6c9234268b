"""How the emulated Vercel serves a deployment: by the routes of its Build Output, or as files.

Of functions, those with a Node runtime are run, in a real Node that is started when one is first
asked for; others get 501.
"""

from __future__ import annotations

import http.client
import json
import mimetypes
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bus.node import find_node
from bus.settings import load
from tests.support.platform_http import Reply, Request

if TYPE_CHECKING:
    from tests.support.vercel_server import Deployment

RUNNER = Path(__file__).with_name("vercel_runner.mjs")
OUTPUT = ".vercel/output/"
STATIC = f"{OUTPUT}static/"


class Node:
    """A Node process for each function of each deployment, which it serves on a port."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="vercel-functions-")
        self.running: dict[str, tuple[subprocess.Popen[str], int]] = {}

    def call(
        self, key: str, files: dict[str, bytes], config: dict[str, Any], env: dict[str, str],
        request: Request, path: str,
    ) -> Reply:  # fmt: skip
        """The answer of a function; `key` names its files and surroundings."""
        if key not in self.running:
            place = Path(self.folder.name) / key
            for name, content in files.items():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                (place / name).write_bytes(content)
            process = subprocess.Popen(
                [find_node(load()), RUNNER, place / config["handler"]],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={"PATH": os.environ.get("PATH", ""), **env},
            )  # fmt: skip
            assert process.stdout
            self.running[key] = (process, int(process.stdout.readline() or "0"))
        connection = http.client.HTTPConnection("127.0.0.1", self.running[key][1], timeout=30)
        query = request.target.partition("?")[2]
        dropped = ("connection", "content-length", "transfer-encoding")
        headers = {k: v for k, v in request.headers.items() if k not in dropped}
        target = f"{path}?{query}" if query else path
        try:
            connection.request(request.method, target, request.body or None, headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            return Reply(502, str(error).encode())
        finally:
            connection.close()
        kept = {k.lower(): v for k, v in answer.getheaders() if k.lower() not in dropped}
        return Reply(answer.status, body, kept)

    def close(self) -> None:
        for process, _ in self.running.values():
            process.kill()
            process.communicate()
        self.folder.cleanup()


def serve(
    request: Request, path: str, deployment: Deployment, content: dict[str, bytes], node: Node
) -> Reply:
    """The answer of a deployment to a visitor who asks for `path`."""
    files = {name: content[sha] for name, sha in deployment.files.items()}
    config = json.loads(files.get(f"{OUTPUT}config.json", b"{}"))
    if f"{OUTPUT}config.json" not in files:
        files = {f"{STATIC}{name}": body for name, body in files.items()}
    return _Visit(request, path, deployment, files, node).answer(config.get("routes") or [])


class _Visit:
    def __init__(
        self, request: Request, path: str, deployment: Deployment, files: dict[str, bytes],
        node: Node,
    ) -> None:  # fmt: skip
        self.request, self.asked, self.path = request, path, path
        self.deployment, self.files, self.node = deployment, files, node
        self.headers: dict[str, str] = {}

    def answer(self, routes: list[dict[str, Any]]) -> Reply:
        """By the phases: before the files, after them, and what an error gets."""
        phase, seen_files = "", False
        for route in routes:
            if "handle" in route:
                phase = route["handle"]
                if phase == "filesystem":
                    seen_files = True
                    if (found := self._there()) is not None:
                        return found
                continue
            if phase not in ("", "filesystem"):
                continue
            if (done := self._follow(route)) is not None:
                return done
        found = None if seen_files else self._there()
        return found or self._error(routes)

    def _follow(self, route: dict[str, Any]) -> Reply | None:
        match = re.match(route["src"], self.path)
        if match is None:
            return None
        self.headers.update(route.get("headers") or {})
        if route.get("continue"):
            return None
        before, dest = self.path, route.get("dest")
        if dest:
            self.path = re.sub(r"\$(\d)", lambda n: match[int(n[1])] or "", dest)
        if "status" in route:
            found = self._there() if dest else None
            body = found.body if found else b""
            return Reply(
                route["status"], body, {**self.headers, **(found.headers if found else {})}
            )
        found = self._there() if dest else None
        if found is None and route.get("check"):
            self.path = before
            return None
        return found or Reply(404, b"NOT_FOUND", self.headers)

    def _there(self) -> Reply | None:
        """A file or a function of that path."""
        path = self.path.strip("/")
        for name in (path, f"{path}/index.html".lstrip("/")):
            if f"{STATIC}{name}" in self.files:
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                kind += "; charset=utf-8" if kind.startswith("text/") else ""
                return Reply(
                    200, self.files[f"{STATIC}{name}"], {"content-type": kind} | self.headers
                )
        folder = f"{OUTPUT}functions/{path}.func/"
        if f"{folder}.vc-config.json" in self.files:
            return self._run(path, folder)
        return None

    def _run(self, name: str, folder: str) -> Reply:
        config = json.loads(self.files[f"{folder}.vc-config.json"])
        if not str(config.get("runtime")).startswith("nodejs"):
            return Reply(501, f"the emulator does not run {config.get('runtime')}".encode())
        own = {k.removeprefix(folder): v for k, v in self.files.items() if k.startswith(folder)}
        key = f"{self.deployment.id}-{name.replace('/', '-')}"
        env = self.deployment.env | {"VERCEL": "1", "VERCEL_URL": self.deployment.host}
        reply = self.node.call(key, own, config, env, self.request, self.asked)
        return Reply(reply.status, reply.body, self.headers | reply.headers)

    def _error(self, routes: list[dict[str, Any]]) -> Reply:
        phase = ""
        for route in routes:
            phase = route.get("handle", phase)
            if phase == "error" and "src" in route and re.match(route["src"], self.path):
                self.path = route.get("dest", "")
                if (found := self._there()) is not None:
                    return Reply(route.get("status", 404), found.body, found.headers)
        return Reply(404, b"The page could not be found\n\nNOT_FOUND\n", self.headers)
