"""Previews: a release at an address of its own, one for each branch; what is live stays so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from agents.deployment import choosing, records
from agents.deployment.platform import Deployed, Tell
from agents.deployment.port import Past, Shipment, Site
from agents.deployment.probes import Expected
from agents.deployment.records import Book
from agents.deployment.restoring import SEARCHED
from agents.deployment.state import Deed, locked
from agents.work import AgentError

if TYPE_CHECKING:
    from agents.deployment.machine import Hosted


async def show(
    machine: Hosted, place: Path, book: Book, shipment: Shipment, expected: Expected, tell: Tell
) -> Deployed:
    """Upload a preview and check it; it takes the place of the branch's earlier ones."""
    pipeline, remote = shipment.pipeline, machine.remote
    known = book.deeds.get(pipeline)
    await tell("preparing", 5)
    site = await remote.prepare(shipment)
    begun = Deed(known.release if known else None, site.live, "begun")
    book = records.record(place, replace(book, site=replace(site, notes=())), pipeline, begun)
    for note in site.notes:
        await tell(note, 10)
    await tell("uploading", 15)
    staged = await remote.stage(shipment, site, tell)
    begun = replace(begun, release=staged.release)
    book = records.record(place, book, pipeline, begun)
    await tell(f"{staged.uploaded} files sent, {staged.skipped} were there", 60)
    let_in = replace(expected, headers=staged.headers)
    checks = await machine.verify_staged(place, book, pipeline, staged.url, let_in)
    for older in await listed(machine, site, shipment.branch):
        if older.release != staged.release:
            await remote.discard(site, older.release)
    records.record(place, book, pipeline, replace(begun, stage="shown"))
    return Deployed(f"{staged.url.rstrip('/')}/", staged.release, None, checks)


async def listed(machine: Hosted, site: Site, branch: str = "") -> tuple[Past, ...]:
    """The previews that Genesis made, of one branch or all, newest first."""
    past = await machine.remote.past(site, SEARCHED)
    return tuple(one for one in past if one.branch and one.pipeline and branch in ("", one.branch))


async def previews(machine: Hosted, app: str, environment: str) -> tuple[Past, ...]:
    """All previews of an app, newest first. Raises AgentError, Retry."""
    return await listed(machine, await choosing.found(machine, app, environment))


async def remove(machine: Hosted, app: str, environment: str, branch: str) -> tuple[str, ...]:
    """Remove a branch's previews from the platform; their releases. Raises AgentError, Retry."""
    async with locked(machine.place(app, environment) / "lock"):
        site = await choosing.found(machine, app, environment)
        there = await listed(machine, site, branch)
        if not there:
            raise AgentError(
                "no_preview",
                f"there is no preview of branch {branch} at {site.url}; nothing was changed",
                hint=f"see which there are: genesis deployments previews {app}",
            )
        for one in there:
            await machine.remote.discard(site, one.release)
    return tuple(one.release for one in there)
