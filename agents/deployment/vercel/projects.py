"""The project that an app's environment has at Vercel: looked up, or created.

Errors:
    AgentError `site_name`    Vercel takes no such name
               `site_taken`   the name is taken, and not to be seen by this token
"""

from __future__ import annotations

import re
from typing import Any

from agents.deployment.calls import CONFLICT, NOT_FOUND, Refused, segment
from agents.deployment.port import Shipment
from agents.deployment.vercel import variables
from agents.deployment.vercel.api import Api
from agents.work import AgentError

_NAME = re.compile(r"(?!.*---)[a-z0-9][a-z0-9._-]{0,99}")
PRODUCTION, PREVIEW = "production", "preview"
BYPASS = "automation-bypass"
VACANT = "genesisVacant"
"""In the meta of a deployment that has nothing to show."""


async def prepare(api: Api, order: Shipment) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The project with its variables set, and notes for a person. Raises AgentError."""
    name = order.site or name_of(order.app, order.environment)
    found, notes = await look_up(api, name), []
    if found is None:
        found = await _create(api, name)
        notes.append(f"project {found['name']} created")
    notes += notes_on(found)
    target = PREVIEW if order.branch else PRODUCTION
    notes += await variables.push(api, str(found["id"]), target, order.variables)
    return found, tuple(notes)


def name_of(app: str, environment: str) -> str:
    """The project's name: the app's in production, with the environment after it elsewhere."""
    return app if environment == PRODUCTION else f"{app}-{environment}"


def notes_on(project: dict[str, Any]) -> list[str]:
    """What is unusual about a project and matters to who deploys there."""
    notes = []
    if answering(project) is None:
        notes.append(
            "nothing is live yet: Vercel puts a project's first deployment live unchecked, so that"
            " one with nothing but a page of a 404 goes first"
        )
    if project.get("autoAssignCustomDomains") is False:
        notes.append(
            "the project stays at what it was rolled back to: deployments that others make do not"
            " go live until one is promoted, which this one will be once it was checked"
        )
    if (project.get("ssoProtection") or {}).get("deploymentType") == "all":
        notes.append("Vercel asks visitors of the project's own domains too for a login")
    if project.get("paused"):
        notes.append("the project is paused: Vercel answers its visitors itself")
    return notes


async def look_up(api: Api, name: str) -> dict[str, Any] | None:
    """The project of that name or id, None when there is none."""
    try:
        return await get(api, name)
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
    return None


async def get(api: Api, project: str, *, jobs: bool = False) -> dict[str, Any]:
    """The project as it is now, with what it was last told to make live if `jobs`."""
    found: dict[str, Any] = await api.call(
        "GET", f"/v9/projects/{segment(project)}", query={"rollbackInfo": "true"} if jobs else {},
        doing=f"project {project} cannot be looked at",
    )  # fmt: skip
    return found


async def _create(api: Api, name: str) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise AgentError(
            "site_name",
            f"there is no project {name!r}, and none can be made: a name has up to 100 small"
            " letters, digits and . _ - but never ---; nothing was changed",
            hint="give the project's id, or a name for a new one",
        )
    try:
        made: dict[str, Any] = await api.call(
            "POST", "/v11/projects", body={"name": name, "framework": None}, once=True,
            doing=f"the project {name} cannot be created",
        )  # fmt: skip
    except Refused as refused:
        if refused.unsure or refused.status == CONFLICT:
            found = await look_up(api, name)
            if found is not None:
                return found
        if refused.status == CONFLICT:
            raise AgentError(
                "site_taken",
                f"the name {name} is taken at Vercel by a project that this token cannot see;"
                " nothing was changed",
                hint="choose another name, or set VERCEL_TEAM_ID to the team that has it",
            ) from refused
        raise
    return made


def live(project: dict[str, Any]) -> str | None:
    """The release that answers at the project's own addresses, None for the page of a 404."""
    found = (project.get("targets") or {}).get(PRODUCTION) or {}
    return None if (found.get("meta") or {}).get(VACANT) else answering(project)


def answering(project: dict[str, Any]) -> str | None:
    """The deployment that answers at the project's own addresses, whatever it holds."""
    found = (project.get("targets") or {}).get(PRODUCTION)
    return str(found["id"]) if found else None


async def address(api: Api, project: dict[str, Any]) -> str:
    """Where people go: a verified domain of the project's own, else the one Vercel gave it."""
    found = await api.call(
        "GET", f"/v9/projects/{segment(str(project['id']))}/domains", query={"limit": "100"},
        doing="the project's domains cannot be read",
    )  # fmt: skip
    hosts = [
        str(one["name"])
        for one in (found or {}).get("domains", [])
        if one.get("verified")
        and not any(one.get(key) for key in ("redirect", "gitBranch", "customEnvironmentId"))
    ]
    own = [host for host in hosts if not host.endswith(".vercel.app")]
    return api.address((own or hosts or [f"{project['name']}.vercel.app"])[0])


async def way_in(api: Api, project: dict[str, Any]) -> str:
    """SECRET: what lets a check in where a login protects deployments' own addresses; "" for none.

    One that somebody made is used; making one protects as before
    (vercel.com/docs, Protection Bypass for Automation).
    """
    if not _protected(project):
        return ""
    secret = _bypass(project)
    if not secret:
        made = await api.call(
            "PATCH", f"/v1/projects/{segment(str(project['id']))}/protection-bypass", body={},
            doing="a way for checks past the login of its deployments cannot be made", once=True,
        )  # fmt: skip
        secret = _bypass(made or {})
    if secret:
        api.secrets.add(secret)
    return secret


def known_way_in(project: dict[str, Any]) -> str:
    """SECRET: what lets a check in that is there already; "" when there is or takes none."""
    return _bypass(project) if _protected(project) else ""


def _protected(project: dict[str, Any]) -> bool:
    return any(project.get(key) for key in ("ssoProtection", "passwordProtection", "trustedIps"))


def _bypass(project: dict[str, Any]) -> str:
    known = project.get("protectionBypass") or {}
    found = (secret for secret, about in known.items() if about.get("scope") == BYPASS)
    return next(found, "")
