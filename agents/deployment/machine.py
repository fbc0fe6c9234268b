"""Any hosting platform as the agent knows platforms: prepare, stage, verify, switch, watch.

Whoever holds the lock writes down what is about to happen, lets the platform do it, and asks the
platform what is live. A process that dies leaves what the next run, or a rollback, goes on from.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from agents.deployment import probes, records, shipping, watching
from agents.deployment.platform import Deployed, Order, TakenBack, Tell
from agents.deployment.port import Remote, Shipment, Site
from agents.deployment.probes import Ask, Expected
from agents.deployment.records import Book, Deed
from agents.deployment.state import locked
from agents.work import AgentError
from bus.settings import Settings
from contracts.messages import Check

SEARCHED = 50
"""Deploys of the platform's list in which those that a pipeline left are looked for."""


class Hosted:
    """`agents.deployment.platform.Platform` over any `agents.deployment.port.Remote`."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        remote: Remote,
        *,
        asking: Ask = probes.ask,
        limits: watching.Limits | None = None,
        window: watching.Window | None = None,
    ) -> None:
        self.settings = settings
        self.name = name
        self.remote = remote
        self.asking = asking
        self.limits = limits or watching.Limits()
        self.window = window or watching.Window(
            seconds=settings.watch_seconds, interval=settings.watch_interval
        )

    async def deploy(self, order: Order, tell: Tell) -> Deployed:
        """Upload a release unseen, check it, switch to it, and watch it for a while."""
        place = self.place(order.app, order.environment)
        async with (
            locked(place / "lock"),
            shipping.unpacked(order, self.settings, place) as (shipment, expected),
        ):
            book = records.load(place)
            deed = book.deeds.get(order.pipeline)
            await self._refuse_withdrawn(place, book, order.pipeline, tell)
            if deed is None or deed.stage == "begun" or book.site is None:
                book = await self._go_live(place, book, shipment, expected, tell)
            elif (live := await self.remote.live(book.site)) != deed.release:
                raise _superseded(order.pipeline, live, "nothing was changed")
            checks = await self._confirm(place, book, order, expected, tell)
        deed, site = book.deeds[order.pipeline], book.site
        assert site is not None
        return Deployed(f"{site.url.rstrip('/')}/", str(deed.release), deed.previous, checks)

    async def take_back(self, pipeline: str, app: str, environment: str, tell: Tell) -> TakenBack:
        """Put back exactly what was live before the pipeline, and bar it from going live."""
        place = self.place(app, environment)
        async with locked(place / "lock"):
            book = records.load(place)
            site, deed = book.site, book.deeds.get(pipeline) or Deed(None, None, "begun")
            if site is None:
                records.record(place, book, pipeline, replace(deed, stage="withdrawn"))
                return TakenBack(None, ())
            if deed.stage != "withdrawn":
                book = await self._leave(place, book, site, pipeline, deed, tell)
            return TakenBack(await self.remote.live(site), book.deeds[pipeline].undone)

    # --- Forward ---------------------------------------------------------------------------

    async def _go_live(
        self, place: Path, book: Book, shipment: Shipment, expected: Expected, tell: Tell
    ) -> Book:
        """Everything up to the switch, whatever of it an earlier run has done."""
        pipeline, deed = shipment.pipeline, book.deeds.get(shipment.pipeline)
        await self._refuse_changed(shipment, deed)
        await tell("preparing", 5)
        site = await self.remote.prepare(shipment)
        known = deed.release if deed else None
        before = deed.previous if deed and known and site.live == known else site.live
        book = replace(book, site=replace(site, notes=()))
        book = records.record(place, book, pipeline, Deed(known, before, "begun"))
        for note in site.notes:
            await tell(note, 10)
        await tell("uploading", 15)
        staged = await self.remote.stage(shipment, site, tell)
        if site.live == staged.release and deed is not None:
            before = deed.previous
        begun = Deed(staged.release, before, "begun")
        book = records.record(place, book, pipeline, begun)
        if site.live == staged.release:
            return records.record(place, book, pipeline, replace(begun, stage="live"))
        sent = f"{staged.uploaded} files sent, {staged.skipped} were there"
        await tell(f"{sent}; checking {staged.url}", 60)
        let_in = replace(expected, headers=staged.headers)
        await self._verify_staged(place, book, pipeline, staged.url, let_in)
        return await self._switch(place, book, shipment, tell)

    async def _refuse_changed(self, shipment: Shipment, deed: Deed | None) -> None:
        """Raise when something else is live than was approved; asked before all else."""
        wanted = shipment.expected_live
        if wanted is None:
            return
        found = await self.remote.find(shipment.app, shipment.environment)
        live = found.live if found else None
        if deed is not None and live is not None and live == deed.release:
            live = deed.previous
        if wanted != (live or ""):
            raise _changed(live, wanted)

    async def _verify_staged(
        self, place: Path, book: Book, pipeline: str, url: str, expected: Expected
    ) -> None:
        """Check the release where only we see it; one that is not healthy is removed."""
        deed, site = book.deeds[pipeline], book.site
        assert site is not None
        assert deed.release is not None
        kept = f"{deed.previous or 'nothing'} stays live as before"
        try:
            await self.check(url, expected, deed.release, kept)
        except AgentError as error:
            if error.code == "unhealthy":
                await self.remote.discard(site, deed.release)
                records.record(place, book, pipeline, replace(deed, release=None))
            raise

    async def check(self, url: str, expected: Expected, release: str, kept: str) -> None:
        """Raise AgentError unless a release is healthy at an address of its own."""
        try:
            await watching.verify(self.asking, url, expected, self.limits)
        except watching.Unhealthy as error:
            raise AgentError(
                "unhealthy",
                f"release {release} is not healthy at {url}: {error}; {kept}",
                hint="mend the app and deploy it again",
            ) from error
        except watching.Inconclusive as error:
            raise AgentError(
                "unverified",
                f"release {release} could not be checked at {url}: {error}; {kept}",
                hint="see whether this machine reaches that address, then try again",
                retryable=True,
            ) from error

    async def _switch(self, place: Path, book: Book, shipment: Shipment, tell: Tell) -> Book:
        """Let the checked release be live in place of exactly what is live right now."""
        deed, site = book.deeds[shipment.pipeline], book.site
        release = deed.release
        assert site is not None
        assert release is not None
        live = await self.remote.live(site)
        if live not in (deed.previous, release):
            if shipment.expected_live is not None:
                await self.remote.discard(site, release)
                raise _changed(live, shipment.expected_live)
            deed = replace(deed, previous=live)
            book = records.record(place, book, shipment.pipeline, deed)
        await tell("switching", 75)
        await self.remote.switch(site, release)
        return records.record(place, book, shipment.pipeline, replace(deed, stage="live"))

    # --- After the switch ------------------------------------------------------------------

    async def _confirm(
        self, place: Path, book: Book, order: Order, expected: Expected, tell: Tell
    ) -> tuple[Check, ...]:
        """Check and watch the release where people reach it; one that fails is taken back."""
        site = book.site
        assert site is not None
        await tell(f"checking {site.url}", 80)
        checks: tuple[Check, ...] = ()
        try:
            checks = await watching.verify(self.asking, site.url, expected, self.limits)
            if self.window.seconds > 0:
                await tell(f"watching for {self.window.seconds:g} s", 90)
                watched = await watching.watch(
                    self.asking, site.url, expected, self.window, self.limits
                )
                checks = (*checks, watched)
        except watching.Inconclusive as error:
            summary = f"inconclusive: {error}"
            return (Check(name="health", ok=True, seconds=self.limits.deadline, summary=summary),)
        except watching.Unhealthy as error:
            if order.auto_rollback:
                raise await self._withdraw(
                    place, book, site, order.pipeline, error, tell
                ) from error
            return (*checks, *error.checks)
        return checks

    async def _withdraw(
        self, place: Path, book: Book, site: Site, pipeline: str, error: Exception, tell: Tell
    ) -> AgentError:
        """Take a live release back at once; what to answer then."""
        deed = book.deeds[pipeline]
        why = f"release {deed.release} failed at {site.url} after the switch: {error}"
        await self._leave(place, book, site, pipeline, replace(deed, why=why), tell)
        return AgentError(
            "failed_watch",
            f"{why}; {deed.previous or 'nothing'} is live again, as before",
            hint="mend the app and deploy it again; --no-auto-rollback leaves such a release live",
        )

    # --- Backward --------------------------------------------------------------------------

    async def _leave(
        self, place: Path, book: Book, site: Site, pipeline: str, deed: Deed, tell: Tell
    ) -> Book:
        """Restore what was live before, remove what the pipeline made, and bar it."""
        live = await self.remote.live(site)
        undone: tuple[str, ...] = ()
        if deed.release is not None and (live == deed.release or deed.stage != "begun"):
            if live not in (deed.release, deed.previous):
                raise _superseded(pipeline, live, "nothing was taken back")
            book = records.record(place, book, pipeline, replace(deed, stage="leaving"))
            await tell(f"restoring {deed.previous or 'nothing'}", 40)
            await self.restore(site, deed.release, deed.previous)
            undone = (deed.release,)
        await tell("removing what was uploaded", 70)
        await self._discard(site, pipeline, deed)
        gone = replace(deed, stage="withdrawn", undone=undone)
        return records.record(place, book, pipeline, gone)

    async def _refuse_withdrawn(self, place: Path, book: Book, pipeline: str, tell: Tell) -> None:
        """Raise when the pipeline was taken back; what the watch began to take back is ended."""
        deed = book.deeds.get(pipeline)
        if deed is None or deed.stage not in ("leaving", "withdrawn"):
            return
        if deed.why and deed.stage == "leaving" and book.site is not None:
            await self._leave(place, book, book.site, pipeline, deed, tell)
        raise AgentError(
            "failed_watch" if deed.why else "withdrawn",
            (f"{deed.why}; " if deed.why else "")
            + f"pipeline {pipeline} was rolled back; it does not go live any more",
            hint="start a new pipeline",
        )

    async def restore(self, site: Site, release: str, previous: str | None) -> None:
        """Let what was live before a release be so again. Raises AgentError."""
        if previous is None:
            await self.remote.take_down(site, release)
        else:
            await self.remote.switch(site, previous)
        live = await self.remote.live(site)
        if live != previous:
            raise AgentError(
                "not_restored",
                f"the platform was asked to make {previous or 'nothing'} live again, and "
                f"{live or 'nothing'} is",
                hint=f"look at the site's deploys at {site.url}, then try again",
                retryable=True,
            )

    async def _discard(self, site: Site, pipeline: str, deed: Deed) -> None:
        """Remove every release of the pipeline; none of them is live."""
        listed = await self.remote.past(site, SEARCHED)
        found = {past.release: None for past in listed if past.pipeline == pipeline}
        if deed.release is not None and deed.release not in found:
            found[deed.release] = None
        for release in found:
            await self.remote.discard(site, release)

    def place(self, app: str, environment: str) -> Path:
        """The folder of the book and its lock."""
        return records.folder(self.settings.genesis_home, self.name, app, environment)


def _superseded(pipeline: str, live: str | None, untouched: str) -> AgentError:
    return AgentError(
        "superseded",
        f"{f'release {live}' if live else 'nothing'} is live by now, and no longer the release of "
        f"{pipeline}; {untouched}",
        hint="see what was put live since: genesis deployments list",
    )


def _changed(live: str | None, wanted: str) -> AgentError:
    return AgentError(
        "live_changed",
        f"{live or 'nothing'} is live now, and not {wanted or 'nothing'} as when this was "
        "approved; it stays live",
        hint="look at what is live and start again",
    )
