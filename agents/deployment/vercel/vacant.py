"""A deployment with nothing but the page of a 404, for a project in which nothing is live.

Vercel puts the first deployment of a project live by itself, before it could be checked, and
never lets a project go back to having none.
"""

from __future__ import annotations

from typing import Any

from agents.deployment import uploads
from agents.deployment.platform import Tell
from agents.deployment.vercel import deployments, projects
from agents.deployment.vercel.api import Api
from agents.deployment.vercel.files import OUTPUT, OUTPUTS
from agents.deployment.vercel.transfer import Content, Transfer


async def first(api: Api, project: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """The project once something answers in it. Raises Refused."""
    if projects.answering(project) is not None:
        return project
    await ready(api, project, tell)
    return await projects.get(api, str(project["id"]))


async def ready(api: Api, project: dict[str, Any], tell: Tell) -> str:
    """The id of such a deployment that is ready; made when there is none. Raises Refused."""

    async def left() -> dict[str, Any] | None:
        query = {f"meta-{projects.VACANT}": "1"}
        async for one in deployments.listed(api, str(project["id"]), query, pages=1):
            of_it = (one.get("meta") or {}).get(projects.VACANT)
            if of_it and deployments.state_of(one) not in deployments.FAILED:
                return await deployments.get(api, str(one["uid"]))
        return None

    sending = Transfer(api, tell)
    found = await left()
    if found is None:
        found, _ = await sending.create(_body(project), content(), left)
    goes_live = projects.answering(project) is None
    return str((await sending.until_ready(found, aliases=goes_live))["id"])


def content() -> Content:
    """A route that answers everything with 404 and the page."""
    files = {
        f"{OUTPUT}/config.json": OUTPUTS / "nothing.json",
        f"{OUTPUT}/static/404.html": OUTPUTS / "nothing.html",
    }
    return Content(files, {path: uploads.digest(file) for path, file in files.items()})


def _body(project: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": project["name"], "project": project["id"], "meta": {projects.VACANT: "1"},
        "target": projects.PRODUCTION,
        "autoAssignCustomDomains": projects.answering(project) is None,
    }  # fmt: skip
