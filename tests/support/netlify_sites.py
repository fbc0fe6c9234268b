"""How the emulated Netlify serves a deploy: functions by their routes, `_headers`, `_redirects`.

A function runs in a real Node, which is started when one is first asked for.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import mimetypes
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bus.node import find_node
from bus.settings import load
from tests.support.platform_http import Reply, Request

if TYPE_CHECKING:
    from tests.support.netlify_server import Deploy

RUNNER = Path(__file__).with_name("netlify_runner.mjs")


class Node:
    """One Node process that calls handlers as Lambda does, through the bundle's entry point."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="netlify-functions-")
        self.processes: dict[str, subprocess.Popen[str]] = {}

    def call(self, key: str, archive: bytes, env: dict[str, str], event: dict) -> dict:
        """The answer of a function's zip; `key` names its zip and surroundings."""
        process = self.processes.get(key)
        if process is None:
            place = Path(self.folder.name) / key
            with zipfile.ZipFile(io.BytesIO(archive)) as content:
                content.extractall(place)
            process = subprocess.Popen(
                [find_node(load()), RUNNER, place / "___netlify-entry-point.mjs"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
            )  # fmt: skip
            self.processes[key] = process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(event) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline() or '{"statusCode": 502, "body": ""}')

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.communicate()
        self.folder.cleanup()


def serve(
    request: Request,
    path: str,
    deploy: Deploy,
    content: dict[str, bytes],
    node: Node,
) -> Reply:
    """The answer of a deployed site to a visitor who asks for `path`."""
    for name, config in deploy.functions_config.items():
        if any(_fits_route(route, path) for route in config.get("routes", ())):
            return _call(name, deploy, content, node, request, path)
    wanted = path.lstrip("/") or "index.html"
    special = ("_headers", "_redirects")
    for name in (wanted, f"{wanted}/index.html", f"{wanted}.html"):
        if name in deploy.files and name not in special:
            return Reply(200, content[deploy.files[name]], _headers(deploy, content, path, name))
    for line in _lines(deploy, content, "_redirects"):
        source, target, *status = line.split()
        name = target.lstrip("/")
        if _matches(source, path) and name in deploy.files:
            code = int(status[0]) if status else 301
            return Reply(code, content[deploy.files[name]], _headers(deploy, content, path, name))
    missing = deploy.files.get("404.html")
    return Reply(404, content[missing] if missing else b"Not Found")


def _call(
    name: str,
    deploy: Deploy,
    content: dict[str, bytes],
    node: Node,
    request: Request,
    path: str,
) -> Reply:
    query = request.target.partition("?")[2]
    event = {
        "rawUrl": f"https://{deploy.site.name}.netlify.app{path}{f'?{query}' if query else ''}",
        "path": path, "httpMethod": request.method, "headers": request.headers,
        "multiValueHeaders": {key: [value] for key, value in request.headers.items()},
        "queryStringParameters": request.query, "rawQuery": query,
        "body": base64.b64encode(request.body).decode(), "isBase64Encoded": True,
    }  # fmt: skip
    sha = deploy.functions[name]
    around = hashlib.sha256(json.dumps(deploy.variables, sort_keys=True).encode()).hexdigest()
    answer = node.call(f"{sha[:16]}-{around[:16]}", content[sha], deploy.variables, event)
    body = answer.get("body", "").encode()
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body)
    return Reply(answer["statusCode"], body, answer.get("headers") or {})


def _fits_route(route: dict[str, str], path: str) -> bool:
    if "literal" in route:
        return route["literal"] == path.rstrip("/")
    return bool(re.match(route["expression"], path))


def _lines(deploy: Deploy, content: dict[str, bytes], name: str) -> list[str]:
    found = content[deploy.files[name]].decode() if name in deploy.files else ""
    return [line for line in found.splitlines() if line.strip() and not line.startswith("#")]


def _headers(deploy: Deploy, content: dict[str, bytes], path: str, name: str) -> dict[str, str]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    found = {"content-type": kind + ("; charset=UTF-8" if kind.startswith("text/") else "")}
    applies = False
    for line in _lines(deploy, content, "_headers"):
        if line.startswith("/"):
            applies = _matches(line.strip(), path)
        elif applies:
            key, _, value = line.partition(":")
            found[key.strip()] = value.strip()
    return found


def _matches(pattern: str, path: str) -> bool:
    escaped = re.escape(pattern).replace(r"/\*", r"(/.*)?")
    return bool(re.fullmatch(escaped, path))
