"""What the emulated Vercel keeps, and how its API shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

TEAM: dict[str, Any] = {
    "id": "team_emu000000000000000000001", "slug": "emu-team", "name": "Emu Team",
    "createdAt": 1_700_000_000_000, "limited": False,
    "membership": {
        "role": "OWNER", "confirmed": True, "created": 1_700_000_000_000,
        "createdAt": 1_700_000_000_000, "teamId": "team_emu000000000000000000001",
        "uid": "user_emu1",
    },
    "billing": {"plan": "pro", "period": {"start": 1, "end": 2}, "addons": []},
}  # fmt: skip
USER: dict[str, Any] = {
    "id": "user_emu1", "uid": "user_emu1", "email": "emu@example.com", "name": "Emu User",
    "username": "emu", "avatar": None, "version": "northstar", "defaultTeamId": TEAM["id"],
    "limited": True, "billing": {"plan": "pro"},
}  # fmt: skip
Host = Callable[[str], str]


@dataclass(eq=False)
class Deployment:
    id: str
    project: Project
    files: dict[str, str]
    meta: dict[str, str]
    target: str
    """"production", "" for a preview."""
    created: float
    label: str = ""
    host: str = ""
    state: str = "QUEUED"
    error: str = ""
    assigns: bool = True
    first: bool = False
    was_live: bool = False
    ready: float = 0.0
    aliased: float = 0.0
    aliases: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    @property
    def created_ms(self) -> int:
        return round(self.created * 1000)


@dataclass(eq=False)
class Job:
    word: str
    deployment: Deployment
    before: str
    asked: float
    ends: float
    state: str = "pending"


@dataclass(eq=False)
class Project:
    id: str
    name: str
    created: float
    env: list[dict[str, Any]] = field(default_factory=list)
    live: Deployment | None = None
    before: Deployment | None = None
    deployments: list[Deployment] = field(default_factory=list)
    """Oldest first."""
    auto_assign: bool = True
    protected: bool = False
    bypasses: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    job: Job | None = None

    def put_live(self, deployment: Deployment) -> None:
        self.before, self.live = self.live, deployment
        deployment.was_live = True
        if not deployment.aliased:
            deployment.aliased = time.time()


def project(one: Project, host: Host) -> dict[str, Any]:
    at = int(one.created * 1000)
    about: dict[str, Any] = {
        "id": one.id, "name": one.name, "accountId": TEAM["id"], "createdAt": at, "updatedAt": at,
        "framework": None, "buildCommand": None, "outputDirectory": None, "installCommand": None,
        "devCommand": None, "rootDirectory": None, "nodeVersion": "22.x",
        "directoryListing": False, "latestDeployments": [], "live": one.live is not None,
        "env": [], "alias": [], "lastRollbackTarget": None, "autoExposeSystemEnvs": True,
        "autoAssignCustomDomains": one.auto_assign,
        "resourceConfig": {"functionDefaultRegions": ["iad1"]},
        "defaultResourceConfig": {"functionDefaultRegions": ["iad1"]},
        "ssoProtection": {"deploymentType": "prod_deployment_urls_and_all_previews"}
        if one.protected else None,
        "targets": {}, "lastAliasRequest": None,
    }  # fmt: skip
    if one.live:
        shown = deployment(one.live, host, "pro")
        keys = (
            "id", "alias", "aliasAssigned", "aliasError", "createdAt", "readyState", "url",
            "name", "meta", "plan", "target", "type", "createdIn", "readySubstate",
        )  # fmt: skip
        target = {key: shown[key] for key in keys if key in shown}
        about["targets"] = {"production": {
            **target, "creator": {"email": USER["email"], "uid": USER["id"], "username": "emu"},
            "deploymentHostname": one.live.label, "forced": False, "private": True,
            "userId": USER["id"],
        }}  # fmt: skip
    if one.bypasses:
        about["protectionBypass"] = bypasses(one)
    if one.job:
        about["lastAliasRequest"] = {
            "fromDeploymentId": one.job.before, "toDeploymentId": one.job.deployment.id,
            "jobStatus": one.job.state, "requestedAt": int(one.job.asked * 1000),
            "type": one.job.word,
        }  # fmt: skip
    return about


def bypasses(one: Project) -> dict[str, Any]:
    made = {"createdAt": int(one.created * 1000), "createdBy": USER["id"]}
    return {secret: {**made, "scope": "automation-bypass"} for secret in one.bypasses}


def domain(one: Project, host: str) -> dict[str, Any]:
    return {"name": host, "apexName": host, "projectId": one.id, "redirect": None,
            "redirectStatusCode": None, "gitBranch": None, "verified": True}  # fmt: skip


def deployment(one: Deployment, host: Host, plan: str) -> dict[str, Any]:
    at = one.created_ms
    staged = one.state == "READY" and one.target == "production" and not one.was_live
    addressed = one.state == "READY" and not staged and time.time() >= one.aliased
    names = [host(one.project.name)] if one.project.live is one else []
    about: dict[str, Any] = {
        "id": one.id, "uid": one.id, "url": one.host, "name": one.project.name,
        "projectId": one.project.id,
        "project": {"id": one.project.id, "name": one.project.name, "framework": None},
        "version": 2, "type": "LAMBDAS", "readyState": one.state, "status": one.state,
        "state": one.state, "createdAt": at, "created": at,
        "creator": {"uid": USER["id"], "username": "emu"}, "meta": one.meta, "regions": ["iad1"],
        "public": False, "plan": plan, "ownerId": TEAM["id"],
        "team": {"id": TEAM["id"], "slug": TEAM["slug"], "name": TEAM["name"]},
        "inspectorUrl": f"https://vercel.com/emu-team/{one.project.name}/{one.id[4:]}",
        "alias": [*names, *one.aliases] if addressed else [],
        "aliasAssigned": addressed, "aliasError": None, "build": {"env": []},
        "env": sorted(one.env), "routes": None, "createdIn": "iad1", "source": "cli",
        "bootedAt": at, "buildingAt": at, "buildSkipped": False, "projectSettings": {},
        "isInConcurrentBuildsQueue": False, "isInSystemBuildsQueue": False,
    }  # fmt: skip
    if one.target:
        about["target"] = one.target
    if one.state == "READY":
        about["ready"] = int(one.ready * 1000)
        if one.target:
            about["readySubstate"] = "STAGED" if staged else "PROMOTED"
    if one.error:
        about |= {"errorCode": "BUILD_FAILED", "errorMessage": one.error}
    return about


def events(one: Deployment) -> list[dict[str, Any]]:
    at = one.created_ms
    common = {"deploymentId": one.id, "date": at, "created": at}
    info = {"type": "build", "name": "bld_1", "entrypoint": "."}
    said = f"Error: {one.error}" if one.error else "Build Completed in /vercel/output [100ms]"
    kind = "stderr" if one.error else "stdout"
    return [
        {"type": kind, "created": at,
         "payload": {**common, "id": "e1", "text": said, "serial": "1", "info": info}},
        {"type": "deployment-state", "created": at,
         "payload": {**common, "id": "e2", "serial": "2",
                     "info": {"type": "deployment", "name": "d", "readyState": one.state}}},
    ]  # fmt: skip


def variable(one: dict[str, Any], decrypted: bool) -> dict[str, Any]:
    """As it is read back: of a sensitive one never the value, else as it is encrypted."""
    if one["type"] == "sensitive":
        return {**one, "value": ""}
    open_ = decrypted or one["type"] == "plain"
    return {**one, "value": one["value"] if open_ else "eyJ2IjoidjIifQ", "decrypted": decrypted}


def stamp(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
