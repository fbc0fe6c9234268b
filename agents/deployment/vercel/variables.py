"""The project's environment variables: compared with what is there, and set where they differ.

A variable that is not ours stays as it is, and of ours its other environments. What a hidden one
is worth cannot be read back, so it is set each time. A deployment keeps the values that it was
made with, so that setting one changes nothing that is live.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.deployment.calls import BAD_REQUEST, CONFLICT, FORBIDDEN, Refused, segment
from agents.deployment.port import Variable
from agents.deployment.vercel.api import Api, reason_of

READABLE = frozenset({"plain", "encrypted"})


async def push(
    api: Api, project: str, target: str, wanted: Mapping[str, Variable]
) -> tuple[str, ...]:
    """Set what differs for a target and answer notes for a person; values are in none.

    Raises Refused.
    """
    if not wanted:
        return ()
    api.secrets.update(one.value.reveal() for one in wanted.values() if one.value)
    path = f"/projects/{segment(project)}/env"
    there = await _there(api, path, target)
    new = [key for key in wanted if key not in there]
    old = [key for key in wanted if key in there and _differs(there[key], wanted[key])]
    if new:
        try:
            await _create(api, path, target, {key: wanted[key] for key in new})
        except Refused as refused:
            # Somebody else may have set them in between.
            if refused.status not in (FORBIDDEN, CONFLICT) or "already" not in refused.message:
                raise
            there = await _there(api, path, target)
            if not set(new) <= set(there):
                raise
            old += new
    for key in old:
        await _change(api, path, there[key], wanted[key])
    changed = [key for key in old if key not in new]
    words = (("set", new), ("set again", changed))
    return tuple(f"variables {word}: {', '.join(sorted(keys))}" for word, keys in words if keys)


async def _there(api: Api, path: str, target: str) -> dict[str, dict[str, Any]]:
    """The variables of a target by key, without those of single branches."""
    found = await api.call(
        "GET", f"/v10{path}", query={"decrypt": "true"}, doing="the variables cannot be read"
    )
    envs = found.get("envs", []) if isinstance(found, dict) else []
    return {
        str(one["key"]): one for one in envs if target in _targets(one) and not one.get("gitBranch")
    }


def _targets(one: dict[str, Any]) -> list[str]:
    found = one.get("target") or []
    return [found] if isinstance(found, str) else list(found)


async def _create(api: Api, path: str, target: str, wanted: Mapping[str, Variable]) -> None:
    body = [
        {
            "key": key,
            "value": one.value.reveal(),
            "type": "sensitive" if one.hidden else "encrypted",
            "target": [target],
        }
        for key, one in wanted.items()
    ]
    made = await api.call(
        "POST", f"/v10{path}", query={"upsert": "true"}, body=body,
        doing="the variables cannot be set",
    )  # fmt: skip
    failed = [one.get("error") or {} for one in (made or {}).get("failed") or []]
    if failed:
        first = {key: value for key, value in failed[0].items() if key in ("code", "message")}
        names = ", ".join(str(one.get("envVarKey") or one.get("key") or "?") for one in failed)
        conflict = FORBIDDEN if "already" in str(first.get("message")) else BAD_REQUEST
        raise Refused(
            conflict, "vercel_refused",
            f"the variables {names} cannot be set: Vercel says {reason_of(first)}",
            hint="change what it names, then start again", error=first,
        )  # fmt: skip


async def _change(api: Api, path: str, there: dict[str, Any], wanted: Variable) -> None:
    body: dict[str, Any] = {"value": wanted.value.reveal()}
    if wanted.hidden and there.get("type") != "sensitive" and "development" not in _targets(there):
        body["type"] = "sensitive"
    await api.call(
        "PATCH", f"/v9{path}/{segment(str(there['id']))}", body=body,
        doing=f"the variable {there['key']} cannot be set",
    )  # fmt: skip


def _differs(there: dict[str, Any], wanted: Variable) -> bool:
    if wanted.hidden or there.get("type") not in READABLE:
        return True
    return bool(there.get("value") != wanted.value.reveal())
