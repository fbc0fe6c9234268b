"""The site that an app's environment has at Netlify: looked up, or created.

Errors:
    AgentError `site_name`       Netlify takes no such name
               `site_taken`      it belongs to another account
               `netlify_locked`  somebody locked the live deploy
"""

from __future__ import annotations

import re
from typing import Any

from agents.deployment.calls import (
    FORBIDDEN,
    NOT_FOUND,
    UNPROCESSABLE,
    UNTOUCHED,
    Refused,
    segment,
)
from agents.deployment.netlify import variables
from agents.deployment.netlify.api import Api
from agents.deployment.port import Shipment
from agents.work import AgentError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def prepare(
    api: Api, order: Shipment, account: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The site with its variables set, and notes for a person. Raises AgentError."""
    name = order.site or name_of(order.app, order.environment)
    found, notes = await look_up(api, name), []
    if found is None:
        found = await _create(api, name, account)
        notes.append(f"site {found['name']} created")
    refuse_locked(found)
    owner = str(found.get("account_slug") or found.get("account_id") or account)
    notes += await variables.push(api, owner, found["id"], order.variables)
    return found, tuple(notes)


async def get(api: Api, site: str) -> dict[str, Any]:
    """The site as it is now. Raises Refused."""
    found: dict[str, Any] = await api.call(
        "GET", f"/sites/{segment(site)}", doing=f"site {site} cannot be looked at"
    )
    return found


def name_of(app: str, environment: str) -> str:
    """The site's name: the app's in production, with the environment after it elsewhere."""
    return app if environment == "production" else f"{app}-{environment}"


def refuse_locked(found: dict[str, Any]) -> None:
    """Raise when somebody decided that the live deploy is to stay."""
    live = found.get("published_deploy") or {}
    if live.get("locked"):
        raise AgentError(
            "netlify_locked",
            f"the live deploy {live.get('id')} of site {found.get('name')} is locked: somebody"
            f" stopped publishing there; {UNTOUCHED}",
            hint=f"unlock it at {found.get('admin_url') or 'app.netlify.com'}, then start again",
        )


async def look_up(api: Api, name: str) -> dict[str, Any] | None:
    """By id or domain, as documented; a plain name is the first part of its domain."""
    place = name if "." in name or _UUID.fullmatch(name) else f"{name}.netlify.app"
    try:
        return await get(api, place)
    except Refused as refused:
        if refused.status == FORBIDDEN:
            raise _taken(name) from refused
        if refused.status != NOT_FOUND:
            raise
    return None


async def _create(api: Api, name: str, account: str) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise AgentError(
            "site_name",
            f"there is no site {name!r}, and none can be made: a name has 1 to 63 small letters,"
            " digits and hyphens; nothing was changed",
            hint="give the site's id, its domain, or a name for a new one",
        )
    owner = account or await _account(api)
    try:
        made: dict[str, Any] = await api.call(
            "POST", f"/{segment(owner)}/sites", body={"name": name}, once=True,
            doing=f"the site {name} cannot be created",
        )  # fmt: skip
    except Refused as refused:
        if (refused.unsure or refused.status == UNPROCESSABLE) and (
            found := await look_up(api, name)
        ) is not None:
            return found
        if refused.status == UNPROCESSABLE and re.search("unique|taken|exist", refused.message):
            raise _taken(name) from refused
        raise
    return made


async def _account(api: Api) -> str:
    """The slug of the account's own team, the first when none is marked as it."""
    doing = "the account's teams cannot be read"
    found = await api.call("GET", "/accounts", query={"minimal": "true"}, doing=doing)
    if not found:
        raise AgentError(
            "netlify_forbidden",
            "the token's account is in no team of Netlify's; nothing was changed",
            hint="set NETLIFY_ACCOUNT to the team's slug, or use another token",
        )
    own = next((one for one in found if one.get("default")), found[0])
    return str(own["slug"])


def _taken(name: str) -> AgentError:
    return AgentError(
        "site_taken",
        f"the name {name} is taken at Netlify by another account; nothing was changed",
        hint="choose another name for the site, or use a token of the account that has it",
    )
