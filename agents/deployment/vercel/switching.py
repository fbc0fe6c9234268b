"""Which deployment a project's domains point to: promoted, or rolled back to. Nothing is built.

Errors:
    AgentError `vercel_preview`        only a production deployment can go live without a build
               `superseded`            somebody else's took its place at once
               `vercel_not_switched`   Vercel took the order and did not do it
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from agents.deployment.calls import CONFLICT, PAYMENT, UNPROCESSABLE, UNTOUCHED, Refused, segment
from agents.deployment.port import Site
from agents.deployment.vercel import deployments, projects, transfer
from agents.deployment.vercel.api import Api
from agents.deployment.vercel.deployments import READY

STAGED = "STAGED"
PENDING = frozenset({"pending", "in-progress", "succeeded"})
UNDER_WAY = PENDING - {"succeeded"}
UNDONE = frozenset({"failed", "skipped"})


async def switch(api: Api, site: Site, release: str) -> None:
    """Let the domains point to exactly this deployment. Raises Refused."""
    project = await projects.get(api, site.id)
    before = projects.answering(project)
    if before == release:
        return
    deployment = await deployments.get(api, release)
    _refuse_unfit(deployment, site)
    if await _was_live(api, deployment, before):
        await _roll_back(api, site, release)
    else:
        await _order(api, site, release, "promote")
    await _until_live(api, site, release, before)


async def _was_live(api: Api, deployment: dict[str, Any], before: str | None) -> bool:
    """Whether this goes back: older than what is live, and not one that was only staged."""
    if before is None or deployment.get("readySubstate") == STAGED:
        return False
    live = await deployments.get(api, before)
    return float(deployment.get("createdAt") or 0) < float(live.get("createdAt") or 0)


def _refuse_unfit(deployment: dict[str, Any], site: Site) -> None:
    release = deployment["id"]
    if deployment.get("projectId") != site.id:
        raise Refused(
            0, "vercel_refused", f"deployment {release} is of another project; {UNTOUCHED}",
            hint="choose one of this project's deployments",
        )  # fmt: skip
    if deployment.get("target") != projects.PRODUCTION:
        raise Refused(
            0, "vercel_preview",
            f"deployment {release} is a preview: Vercel would build it again, and that would be"
            f" another release than the one that was checked; {UNTOUCHED}",
            hint="deploy the same build to production",
        )  # fmt: skip
    if deployment.get("readyState") != READY:
        raise transfer.failed(deployment)


async def _roll_back(api: Api, site: Site, release: str) -> None:
    """By rollback; where the plan allows only the one before, by promoting it as it is."""
    try:
        await _order(api, site, release, "rollback")
    except Refused as refused:
        if refused.status not in (PAYMENT, UNPROCESSABLE):
            raise
        await _order(api, site, release, "promote")


async def _order(api: Api, site: Site, release: str, word: str) -> None:
    """Say it. 409 also answers one who said it before and did not hear the answer."""
    number = {"promote": "v10", "rollback": "v1"}[word]
    doing = {"promote": "promoted", "rollback": "rolled back to"}[word]
    path = f"/{number}/projects/{segment(site.id)}/{word}/{segment(release)}"
    try:
        await api.call("POST", path, body={}, doing=f"deployment {release} cannot be {doing}")
    except Refused as refused:
        project = await projects.get(api, site.id, jobs=True)
        said = projects.answering(project) == release or _job(project, release) in PENDING
        if refused.status != CONFLICT or not said:
            raise


async def _until_live(api: Api, site: Site, release: str, before: str | None) -> None:
    """Wait until the domains point to it. Raises Refused when they do not in the end."""
    ends, pause = time.monotonic() + api.pace.switch, api.pace.poll
    while True:
        project = await _look(api, site, release)
        now, job = projects.answering(project), _job(project, release)
        if now == release and job in ("", "succeeded") and _answers(project):
            return
        if now not in (release, before) and job not in UNDER_WAY:
            raise Refused(
                0, "superseded",
                f"{release} was put live, and {now or 'nothing'} took its place at once: somebody"
                " else deploys to this project; nothing more was changed",
                hint=f"see who does, at {site.url}",
            )  # fmt: skip
        if job in UNDONE or time.monotonic() > ends:
            raise Refused(
                0, "vercel_not_switched",
                f"Vercel took the order to put {release} live, and its job is"
                f" {job or 'not to be seen'}: {now or 'nothing'} is live",
                hint="see the project's deployments and its rolling release at vercel.com, then"
                " start again",
                retryable=True,
            )  # fmt: skip
        await asyncio.sleep(pause)
        pause = min(api.pace.slowest_poll, pause * 1.5)


async def _look(api: Api, site: Site, release: str) -> dict[str, Any]:
    try:
        return await projects.get(api, site.id, jobs=True)
    except Refused as refused:
        raise Refused(
            refused.status, refused.code,
            f"Vercel was told to put {release} live, and whether it is cannot be seen:"
            f" {refused.message.removesuffix(f'; {UNTOUCHED}')}",
            hint=f"look at {site.url}, then start again: {refused.hint}", retryable=True,
        ) from refused  # fmt: skip


def _answers(project: dict[str, Any]) -> bool:
    """Whether the addresses point to what is live; Vercel does not say so of all."""
    return project["targets"][projects.PRODUCTION].get("aliasAssigned") is not False


def _job(project: dict[str, Any], release: str) -> str:
    """How far Vercel is with the last order, "" when that was about another deployment."""
    found = project.get("lastAliasRequest") or {}
    return str(found.get("jobStatus") or "") if found.get("toDeploymentId") == release else ""
