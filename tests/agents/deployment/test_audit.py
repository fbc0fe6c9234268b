"""What is known against an app's packages: npm itself, against a registry of our own."""

from __future__ import annotations

import gzip
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from agents.deployment import cli
from agents.deployment.audit import audit, read
from bus.settings import Settings
from tests.support.processes import free_port

LOCK = {
    "name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": True,
    "packages": {
        "": {"name": "shop", "version": "1.0.0", "dependencies": {"mailer": "^1.0.0"},
             "devDependencies": {"builder": "^1.0.0"}},
        "node_modules/mailer": {"version": "1.2.0", "dependencies": {"sender": "^2.0.0"}},
        "node_modules/sender": {"version": "2.0.0"},
        "node_modules/builder": {"version": "1.0.0", "dev": True},
    },
}  # fmt: skip
MANIFEST = {
    "name": "shop", "version": "1.0.0", "dependencies": {"mailer": "^1.0.0"},
    "devDependencies": {"builder": "^1.0.0"},
}  # fmt: skip
VERSIONS = {
    "mailer": {"1.2.0": {"sender": "^2.0.0"}},
    "sender": {"2.0.0": {}},
    "builder": {"1.0.0": {}},
}


NUMBERS = itertools.count(time.time_ns() // 1_000_000)
"""Of advisories: npm remembers what it was told of one."""


class Registry(BaseHTTPRequestHandler):
    """npm's registry as far as an audit asks it."""

    advisories: ClassVar[dict[str, str]] = {}
    """The severity of what is known against each package."""

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            sent = gzip.decompress(sent)
        asked = json.loads(sent)
        self._answer({
            name: [{
                "id": next(NUMBERS), "url": f"https://advisories/{name}",
                "title": f"{name} runs anything", "severity": severity,
                "vulnerable_versions": "*",
            }]
            for name, severity in self.advisories.items() if name in asked
        })  # fmt: skip

    def do_GET(self):
        name = self.path.strip("/")
        versions = {
            version: {"name": name, "version": version, "dependencies": needs}
            for version, needs in VERSIONS[name].items()
        }
        latest = {"latest": next(iter(versions))}
        self._answer({"name": name, "dist-tags": latest, "versions": versions})

    def _answer(self, body):
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(Registry, "advisories", {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def app(registry):
    return {
        "package.json": json.dumps(MANIFEST).encode(),
        "package-lock.json": json.dumps(LOCK).encode(),
        ".npmrc": f"registry={registry}\nfetch-retries=0\n".encode(),
    }


@pytest.fixture
def settings(tmp_path):
    return Settings(genesis_home=tmp_path)


def test_packages_that_nothing_is_known_against_pass(registry, settings):
    assert audit(app(registry), settings) == audit({}, settings)


def test_a_grave_problem_is_found_where_it_is_and_where_it_leads(registry, settings):
    Registry.advisories = {"sender": "critical"}
    (found,) = audit(app(registry), settings).findings
    assert found.check == "audit"
    assert "sender (critical): sender runs anything (https://advisories/sender)" in found.problem
    assert "mailer (critical): by sender" in found.problem


@pytest.mark.parametrize("known", [{"sender": "moderate"}, {"builder": "critical"}])
def test_what_is_not_grave_or_only_of_the_build_is_no_reason_to_stop(registry, settings, known):
    Registry.advisories = known
    assert audit(app(registry), settings).findings == ()
    assert audit(app(registry), settings).unknown == ""


def test_without_a_registry_nothing_is_known_and_nothing_held_against_the_app(settings):
    found = audit(app(f"http://127.0.0.1:{free_port()}/"), settings)
    assert found.findings == ()
    assert "ECONNREFUSED" in found.unknown


def test_what_cannot_be_read_is_not_known():
    for printed, said in (("", "npm said nothing"), ("<html>", "cannot be read")):
        assert said in read(printed).unknown


def test_only_production_asks_and_it_can_be_left_out_by_name(registry, settings, tmp_path):
    Registry.advisories = {"mailer": "high"}
    files = app(registry)

    def looked(production=True, skip=()):
        return cli.look(settings, tmp_path, files, production=production, skip=skip)

    assert [one.check for one in looked().findings] == ["audit"]
    assert looked(skip=("audit",)).findings == looked(production=False).findings == ()
    files[".npmrc"] = f"registry=http://127.0.0.1:{free_port()}/\nfetch-retries=0\n".encode()
    (said,) = looked().inconclusive
    assert said.startswith("audit: ")
    assert looked().findings == looked(skip=("audit",)).inconclusive == ()
