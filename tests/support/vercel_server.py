"""Vercel's API on 127.0.0.1, as far as deploying goes, and the deployments that it serves.

Statuses and answers follow the OpenAPI file and what the official client was recorded to accept;
`tests/agents/deployment/vercel/test_emulator.py` holds it to both. Version numbers in paths are
ignored, as the client's and the documentation's differ. As a process of its own:
`python -m tests.support.vercel_server [port]`.

A project answers below `/~/NAME/`, a deployment below `/~/LABEL/`, the first label of its host.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.support import vercel_answers as answers
from tests.support.platform_http import Reply, Request, Server
from tests.support.vercel_answers import TEAM, USER, Deployment, Job, Project
from tests.support.vercel_sites import Node, serve

TOKEN = "vcp_emutoken"
MOST_FILES = 15_000
UNFINISHED = ("QUEUED", "BUILDING")


class Vercel:
    """The emulator; `start` it, and change it from a test at any time.

    `ready_after`, `aliased_after` and `job_after` are seconds that a deployment is built, has no
    addresses yet, and that a promotion or rollback takes. With `loopback`, hosts are addresses
    that answer here; else they are named as Vercel names them.
    """

    def __init__(
        self, *, ready_after: float = 0.02, aliased_after: float = 0.02, job_after: float = 0.02,
        loopback: bool = True, journal: bool = True,
    ) -> None:  # fmt: skip
        self.ready_after, self.aliased_after = ready_after, aliased_after
        self.job_after, self.loopback = job_after, loopback
        self.http = Server(self.answer, journal=journal)
        self.tokens = {TOKEN}
        self.projects: dict[str, Project] = {}
        self.foreign = {"taken"}
        """Names of projects that this token does not see."""
        self.content: dict[str, bytes] = {}
        self.fails_build = ""
        """The reason with which each deployment fails instead of getting ready."""
        self.fails_jobs = False
        self.protects = False
        """Whether deployments' own addresses of new projects ask for a login."""
        self.plan = "pro"
        self.node = Node()

    def start(self, port: int = 0) -> Vercel:
        self.http.port = port
        self.http.start()
        return self

    def close(self) -> None:
        self.http.close()
        self.node.close()

    @property
    def api(self) -> str:
        return self.http.url

    def project(self, name: str) -> Project:
        """The project of that name or id. Raises KeyError."""
        found = self._project(name)
        if found is None:
            raise KeyError(name)
        return found

    def find(self, release: str) -> Deployment | None:
        """The deployment of that id, host or label."""
        label = release.rpartition("/")[2].removesuffix(".vercel.app")
        every = (one for project in self.projects.values() for one in project.deployments)
        return next((one for one in every if label in (one.id, one.label)), None)

    def bytes_of(self, deployment: Deployment) -> dict[str, bytes]:
        """What a deployment holds, by path."""
        return {path: self.content[sha] for path, sha in deployment.files.items()}

    def add_deployment(self, project: str, meta: dict[str, str]) -> Deployment:
        """Put a deployment of somebody else's into the list of a project."""
        return self._new_deployment(self.project(project), {"meta": meta}, {})

    def host(self, label: str) -> str:
        place = f"127.0.0.1:{self.http.port}/~/{label}"
        return place if self.loopback else f"{label}.vercel.app"

    # --- Requests --------------------------------------------------------------------------

    def answer(self, request: Request) -> Reply:
        parts = request.parts
        if parts[0] == "~":
            return self._serve(request, parts[1] if len(parts) > 1 else "", parts[2:])
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return _error(403, "forbidden", "Not authorized", invalidToken=True)
        if request.query.get("teamId", TEAM["id"]) != TEAM["id"]:
            return _error(403, "team_unauthorized", "Not authorized to access this team")
        while parts and re.fullmatch(r"v\d+|now", parts[0]):
            parts = parts[1:]
        for method, pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, "\0".join(parts)) if method == request.method else None
            if found:
                try:
                    return handler(self, request, *found.groups())
                except _Refuse as refused:
                    return _error(refused.status, refused.code, refused.message, **refused.more)
        return _error(404, "not_found", f"Not Found {request.path}")

    def _serve(self, request: Request, label: str, parts: list[str]) -> Reply:
        project = next((one for one in self.projects.values() if one.name == label), None)
        if project is not None:
            self._move_on(project)
        deployment = project.live if project else self.find(label)
        if deployment is None:
            return Reply(404, b"DEPLOYMENT_NOT_FOUND")
        self._move_on(deployment.project)
        if deployment.state != "READY":
            return Reply(404, b"DEPLOYMENT_NOT_READY")
        own = deployment.project
        secret = request.headers.get("x-vercel-protection-bypass")
        if not project and own.protected and secret not in own.bypasses:
            return Reply(401, b"Authentication Required")
        return serve(request, "/" + "/".join(parts), deployment, self.content, self.node)

    # --- Accounts and projects -------------------------------------------------------------

    def user(self, _request: Request) -> Reply:
        return Reply(200, {"user": USER})

    def teams(self, _request: Request) -> Reply:
        page = {"count": 1, "next": None, "prev": None}
        return Reply(200, {"teams": [TEAM], "pagination": page})

    def team(self, _request: Request, team: str) -> Reply:
        if team not in (TEAM["id"], TEAM["slug"]):
            raise _Refuse(404, "not_found", "Team not found")
        return Reply(200, TEAM)

    def create_project(self, request: Request) -> Reply:
        name = str(_object(request).get("name") or "")
        if not re.fullmatch(r"(?!.*---)[a-z0-9][a-z0-9._-]{0,99}", name):
            raise _Refuse(400, "invalid_name", "Project names can be up to 100 characters long")
        if name in self.foreign or self._project(name):
            raise _Refuse(409, "conflict", f"Project {name} already exists")
        made = Project(f"prj_{secrets.token_hex(14)}", name, time.time())
        made.protected = self.protects
        self.projects[made.id] = made
        return Reply(200, answers.project(made, self.host))

    def get_project(self, _request: Request, name: str) -> Reply:
        return Reply(200, answers.project(self._need_project(name), self.host))

    def change_project(self, request: Request, name: str) -> Reply:
        found, given = self._need_project(name), _object(request)
        found.auto_assign = given.get("autoAssignCustomDomains", found.auto_assign)
        return Reply(200, answers.project(found, self.host))

    def domains(self, _request: Request, name: str) -> Reply:
        found = self._need_project(name)
        about = [answers.domain(found, host) for host in (self.host(found.name), *found.domains)]
        page = {"count": len(about), "next": None, "prev": None}
        return Reply(200, {"domains": about, "pagination": page})

    def make_bypass(self, _request: Request, name: str) -> Reply:
        found = self._need_project(name)
        found.bypasses.append(secrets.token_hex(16))
        return Reply(200, {"protectionBypass": answers.bypasses(found)})

    def environments(self, _request: Request, name: str) -> Reply:
        self._need_project(name)
        return Reply(200, {"environments": [], "accountLimit": {"total": 1}})

    # --- Variables -------------------------------------------------------------------------

    def list_variables(self, request: Request, name: str) -> Reply:
        decrypted = request.query.get("decrypt") == "true"
        shown = [answers.variable(one, decrypted) for one in self._need_project(name).env]
        page = {"count": len(shown), "next": None, "prev": None}
        return Reply(200, {"envs": shown, "pagination": page})

    def create_variables(self, request: Request, name: str) -> Reply:
        found, given = self._need_project(name), request.json()
        every = given if isinstance(given, list) else [given]
        made = []
        for one in every:
            _check_variable(one)
            there = [v for v in found.env if v["key"] == one["key"] and _overlap(v, one)]
            if there and (
                request.query.get("upsert") != "true" or _targets(there[0]) != _targets(one)
            ):
                raise _Refuse(
                    403, "ENV_CONFLICT",
                    f"A variable with the name `{one['key']}` already exists for the target"
                    f" {', '.join(_targets(one))}",
                )  # fmt: skip
            if there:
                there[0].update(one, updatedAt=_ms())
                made.append(there[0])
            else:
                new = {**one, "id": secrets.token_hex(8), "createdAt": _ms(), "updatedAt": _ms()}
                found.env.append(new)
                made.append(new)
        created = made if isinstance(given, list) else made[0]
        return Reply(201, {"created": created, "failed": []})

    def change_variable(self, request: Request, name: str, key: str) -> Reply:
        found = self._need_variable(name, key)
        changed = {**found, **_object(request), "updatedAt": _ms()}
        _check_variable(changed)
        found.update(changed)
        return Reply(200, answers.variable(found, decrypted=False))

    def remove_variable(self, _request: Request, name: str, key: str) -> Reply:
        found = self._need_variable(name, key)
        self._need_project(name).env.remove(found)
        return Reply(200, answers.variable(found, decrypted=False))

    def _need_variable(self, project: str, key: str) -> dict[str, Any]:
        found = next((one for one in self._need_project(project).env if one["id"] == key), None)
        if found is None:
            raise _Refuse(404, "not_found", "Environment Variable not found")
        return found

    def pull(self, _request: Request, name: str, target: str) -> Reply:
        """Without the sensitive ones, which nobody reads again."""
        return Reply(200, {
            "env": {
                one["key"]: one["value"] for one in self._need_project(name).env
                if target in _targets(one) and one["type"] != "sensitive"
            },
            "buildEnv": {},
        })  # fmt: skip

    # --- Files and deployments -------------------------------------------------------------

    def take_file(self, request: Request) -> Reply:
        given = request.headers
        digest = given.get("x-now-digest") or given.get("x-vercel-digest") or ""
        if hashlib.sha1(request.body).hexdigest() != digest:
            raise _Refuse(400, "bad_request", "Digest is not valid")
        if given.get("x-now-size", str(len(request.body))) != str(len(request.body)):
            raise _Refuse(400, "bad_request", "File size is not valid")
        self.content[digest] = request.body
        return Reply(200, {"urls": []})

    def create_deployment(self, request: Request) -> Reply:
        body = _object(request)
        again = self.find(str(body.get("deploymentId") or ""))
        given = body.get("files") or []
        if not again and not given:
            raise _Refuse(400, "no_files", "No files were provided")
        if len(given) > MOST_FILES:
            raise _Refuse(
                400, "bad_request",
                "Invalid request: `files` should NOT have more than 15000 items,"
                f" received {len(given)}.",
            )  # fmt: skip
        files = dict(again.files) if again else {one["file"]: self._sha(one) for one in given}
        lacking = list(dict.fromkeys(sha for sha in files.values() if sha not in self.content))
        if lacking:
            raise _Refuse(400, "missing_files", "Missing files", missing=lacking)
        project = self._project(str(body.get("project") or body.get("name")))
        if project is None:
            raise _Refuse(404, "not_found", "Project not found")
        made = self._new_deployment(project, body, files)
        return Reply(200, answers.deployment(made, self.host, self.plan))

    def _sha(self, one: dict[str, Any]) -> str:
        if "data" not in one:
            return str(one.get("sha"))
        data = str(one["data"])
        content = base64.b64decode(data) if one.get("encoding") == "base64" else data.encode()
        sha = hashlib.sha1(content).hexdigest()
        self.content[sha] = content
        return sha

    def get_deployment(self, _request: Request, release: str) -> Reply:
        return Reply(200, answers.deployment(self._need(release), self.host, self.plan))

    def list_deployments(self, request: Request) -> Reply:
        asked = request.query
        project = self._need_project(asked.get("projectId", ""))
        found = [
            one for one in reversed(project.deployments)
            if asked.get("target", one.target or "preview") == (one.target or "preview")
            and one.state in asked.get("state", one.state).split(",")
            and one.created_ms < int(asked.get("until", sys.maxsize))
            and all(
                one.meta.get(key.removeprefix("meta-")) == value
                for key, value in asked.items() if key.startswith("meta-")
            )
        ]  # fmt: skip
        page = found[: int(asked.get("limit", "20"))]
        more = page[-1].created_ms if len(found) > len(page) else None
        pagination = {
            "count": len(page), "next": more, "prev": page[0].created_ms if page else None,
        }  # fmt: skip
        about = [answers.deployment(one, self.host, self.plan) for one in page]
        return Reply(200, {"deployments": about, "pagination": pagination})

    def cancel(self, _request: Request, release: str) -> Reply:
        found = self._need(release)
        if found.state not in UNFINISHED:
            raise _Refuse(
                400, "bad_request", f"A deployment that is {found.state} cannot be canceled"
            )
        found.state = "CANCELED"
        return Reply(200, answers.deployment(found, self.host, self.plan))

    def delete_deployment(self, _request: Request, release: str) -> Reply:
        found = self._need(release)
        found.project.deployments.remove(found)
        if found.project.live is found:
            found.project.live = None
        return Reply(200, {"uid": found.id, "state": "DELETED"})

    def builds(self, _request: Request, release: str) -> Reply:
        self._need(release)
        return Reply(200, {"builds": [], "aliases": []})

    def events(self, request: Request, release: str) -> Reply:
        found = answers.events(self._need(release))
        if request.query.get("follow") != "1":
            return Reply(200, found)
        lines = "".join(json.dumps(one) + "\n" for one in found)
        return Reply(200, lines.encode(), {"content-type": "application/stream+json"})

    def aliases(self, _request: Request, release: str) -> Reply:
        found = self._need(release)
        names = [self.host(found.project.name)] if found.project.live is found else []
        about = [
            {"uid": name, "alias": name, "created": answers.stamp(found.created)}
            for name in (*names, *found.aliases)
        ]
        return Reply(200, {"aliases": about})

    def assign_alias(self, request: Request, release: str) -> Reply:
        found, name = self._need(release), str(_object(request)["alias"])
        if name in found.aliases:
            raise _Refuse(409, "alias_in_use", f"{name} is already assigned")
        found.aliases.append(name)
        return Reply(200, {"uid": secrets.token_hex(10), "alias": name, "oldDeploymentId": None,
                           "created": answers.stamp(time.time())})  # fmt: skip

    # --- What is live ----------------------------------------------------------------------

    def promote(self, _request: Request, project: str, release: str) -> Reply:
        return self._order("promote", project, release)

    def roll_back(self, _request: Request, project: str, release: str) -> Reply:
        return self._order("rollback", project, release)

    def _order(self, word: str, project: str, release: str) -> Reply:
        found, deployment = self._need_project(project), self._need(release)
        if deployment.project is not found:
            raise _Refuse(404, "not_found", "Deployment not found")
        if deployment.state != "READY" or deployment.target != "production":
            raise _Refuse(400, "bad_request", "Only a ready production deployment can do that")
        if found.live is deployment:
            raise _Refuse(409, "conflict", "The deployment is the current one already")
        if word == "rollback" and not deployment.was_live:
            raise _Refuse(422, "unprocessable_entity", "The deployment was never live")
        if word == "rollback" and self.plan == "hobby" and deployment is not found.before:
            raise _Refuse(402, "payment_required", "Upgrade to roll back further than one")
        before = found.live.id if found.live else ""
        found.job = Job(word, deployment, before, time.time(), time.time() + self.job_after)
        return Reply(201)

    # --- Inside ----------------------------------------------------------------------------

    def _new_deployment(
        self, project: Project, body: dict[str, Any], files: dict[str, str]
    ) -> Deployment:
        at = time.time()
        latest = project.deployments[-1].created_ms if project.deployments else 0
        made = Deployment(
            f"dpl_{secrets.token_hex(14)}", project, files, dict(body.get("meta") or {}),
            str(body.get("target") or ""), max(at, (latest + 1) / 1000),
        )  # fmt: skip
        made.label = f"{project.name}-{made.id[4:13]}-{TEAM['slug']}"
        made.assigns = body.get("autoAssignCustomDomains", True) and project.auto_assign
        made.first = not any(one.state == "READY" for one in project.deployments)
        target = made.target or "preview"
        made.env = {v["key"]: v["value"] for v in project.env if target in _targets(v)}
        made.env |= body.get("env") or {}
        made.host = self.host(made.label)
        made.ready = at + self.ready_after
        made.aliased = made.ready + self.aliased_after
        project.deployments.append(made)
        return made

    def _move_on(self, project: Project) -> None:
        """What has happened by itself since somebody last looked."""
        now = time.time()
        for one in project.deployments:
            if one.state == "QUEUED":
                one.state = "BUILDING"
            if one.state == "BUILDING" and now >= one.ready:
                self._finish(one)
        job = project.job
        if job and job.state == "pending":
            job.state = "in-progress"
        elif job and job.state == "in-progress" and now >= job.ends:
            job.state = "failed" if self.fails_jobs else "succeeded"
            if job.state == "succeeded":
                project.put_live(job.deployment)
                project.auto_assign = job.word == "promote"

    def _finish(self, one: Deployment) -> None:
        if self.fails_build:
            one.state, one.error = "ERROR", self.fails_build
            return
        one.state = "READY"
        if one.first or (one.target == "production" and one.assigns):
            one.target = "production"
            one.project.put_live(one)

    def _project(self, name: str) -> Project | None:
        every = self.projects.values()
        return next((one for one in every if name in (one.id, one.name)), None)

    def _need_project(self, name: str) -> Project:
        found = self._project(name)
        if found is None:
            raise _Refuse(404, "not_found", "Project not found")
        self._move_on(found)
        return found

    def _need(self, release: str) -> Deployment:
        found = self.find(release)
        if found is None:
            raise _Refuse(404, "not_found", "The deployment was not found")
        self._move_on(found.project)
        return found


class _Refuse(Exception):
    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


def _error(status: int, code: str, message: str, **more: object) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message, **more}})


def _object(request: Request) -> dict[str, Any]:
    body = request.json() or {}
    if not isinstance(body, dict):
        raise _Refuse(400, "bad_request", "the body is an object")
    return body


def _targets(one: dict[str, Any]) -> list[str]:
    found = one.get("target") or []
    return [found] if isinstance(found, str) else list(found)


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(set(_targets(one)) & set(_targets(other)))


def _check_variable(one: dict[str, Any]) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,255}", str(one.get("key"))):
        raise _Refuse(400, "env_key_invalid_characters", "The name contains invalid characters")
    if len(str(one.get("value"))) > 65536:
        raise _Refuse(400, "env_value_invalid_length", "The value is too long")
    if one.get("type") == "sensitive" and "development" in _targets(one):
        raise _Refuse(400, "bad_request", "A sensitive variable cannot have target development")


def _ms() -> int:
    return int(time.time() * 1000)


_PART = "([^\0]+)"
_ROUTES: list[tuple[str, str, Callable[..., Reply]]] = [
    (method, path.replace("/", "\0").replace("{}", _PART), handler)
    for method, path, handler in (
        ("POST", "files", Vercel.take_file),
        ("POST", "deployments", Vercel.create_deployment),
        ("GET", "deployments", Vercel.list_deployments),
        ("GET", "deployments/{}", Vercel.get_deployment),
        ("DELETE", "deployments/{}", Vercel.delete_deployment),
        ("PATCH", "deployments/{}/cancel", Vercel.cancel),
        ("GET", "deployments/{}/builds", Vercel.builds),
        ("GET", "deployments/{}/events", Vercel.events),
        ("GET", "deployments/{}/aliases", Vercel.aliases),
        ("POST", "deployments/{}/aliases", Vercel.assign_alias),
        ("GET", "user", Vercel.user),
        ("GET", "teams", Vercel.teams),
        ("GET", "teams/{}", Vercel.team),
        ("POST", "projects", Vercel.create_project),
        ("GET", "projects/{}", Vercel.get_project),
        ("PATCH", "projects/{}", Vercel.change_project),
        ("GET", "projects/{}/domains", Vercel.domains),
        ("PATCH", "projects/{}/protection-bypass", Vercel.make_bypass),
        ("GET", "projects/{}/custom-environments", Vercel.environments),
        ("GET", "projects/{}/env", Vercel.list_variables),
        ("POST", "projects/{}/env", Vercel.create_variables),
        ("PATCH", "projects/{}/env/{}", Vercel.change_variable),
        ("DELETE", "projects/{}/env/{}", Vercel.remove_variable),
        ("GET", "env/pull/{}/{}", Vercel.pull),
        ("POST", "projects/{}/promote/{}", Vercel.promote),
        ("POST", "projects/{}/rollback/{}", Vercel.roll_back),
    )
]

if __name__ == "__main__":
    emulator = Vercel(ready_after=0.05, aliased_after=0.05, loopback=False, journal=False)
    emulator.start(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(emulator.http.url, flush=True)
    try:
        sys.stdin.read()
    finally:
        emulator.close()
