"""The site's environment variables: compared with what is there, and set where they differ.

A variable that is not ours stays as it is. What a hidden one is worth cannot be read back, so it
is set each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.deployment.calls import NOT_FOUND, Refused, segment
from agents.deployment.netlify.api import Api
from agents.deployment.port import Variable

SCOPES = ("builds", "functions", "runtime")
SECRET_FROM = 4
"""Characters of a value that an error never repeats; a shorter one is in every other word."""
CONTEXTS = ("production", "deploy-preview", "branch-deploy")
"""All but development: a hidden variable may not be set for `all`."""


async def push(
    api: Api, account: str, site: str, wanted: Mapping[str, Variable]
) -> tuple[str, ...]:
    """Set what differs and answer notes for a person; values are in none. Raises Refused."""
    if not wanted:
        return ()
    values = {one.value.reveal() for one in wanted.values()}
    api.secrets |= {value for value in values if len(value) >= SECRET_FROM}
    path, query = f"/accounts/{segment(account)}/env", {"site_id": site}
    found = await api.call("GET", path, query=query, doing="the variables cannot be read")
    there = {one["key"]: one for one in found or [] if isinstance(one, dict) and "key" in one}
    new = [key for key in wanted if key not in there]
    old = [key for key in wanted if key in there and _differs(there[key], wanted[key])]
    if new:
        body = [_entry(key, wanted[key]) for key in new]
        try:
            await api.call(
                "POST", path, query=query, body=body, doing="the variables cannot be set", once=True
            )
        except Refused:
            old = [*old, *await _already(api, path, query, new)]
            if not set(new) <= set(old):
                raise
    for key in old:
        await api.call(
            "PUT", f"{path}/{segment(key)}", query=query, body=_entry(key, wanted[key]),
            doing=f"the variable {key} cannot be set",
        )  # fmt: skip
    changed = [key for key in old if key not in new]
    words = (("set", new), ("set again", changed))
    return tuple(f"variables {word}: {', '.join(sorted(keys))}" for word, keys in words if keys)


async def _already(api: Api, path: str, query: Mapping[str, str], keys: list[str]) -> list[str]:
    """Those of `keys` that are there after a call whose answer did not arrive."""
    there = []
    for key in keys:
        try:
            await api.call(
                "GET", f"{path}/{segment(key)}", query=query, doing=f"{key} cannot be read"
            )
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
        else:
            there.append(key)
    return there


def _entry(key: str, one: Variable) -> dict[str, Any]:
    value = one.value.reveal()
    contexts = CONTEXTS if one.hidden else ("all",)
    return {
        "key": key,
        "scopes": list(SCOPES),
        "values": [{"context": context, "value": value} for context in contexts],
        "is_secret": one.hidden,
    }


def _differs(there: dict[str, Any], wanted: Variable) -> bool:
    if wanted.hidden or there.get("is_secret"):
        return True
    values = {one.get("context"): one.get("value") for one in there.get("values") or []}
    return values != {"all": wanted.value.reveal()}
