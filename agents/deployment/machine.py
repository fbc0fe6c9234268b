"""Any hosting platform as the agent knows platforms: prepare, stage, verify, switch, watch.

Whoever holds the lock writes down what is about to happen, lets the platform do it, and asks the
platform what is live. A process that dies leaves what the next run, or a rollback, goes on from.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from agents.deployment import previewing, probes, records, restoring, shipping, watching
from agents.deployment.platform import Deployed, Order, TakenBack, Tell
from agents.deployment.port import Remote, Shipment, Site
from agents.deployment.probes import Ask, Expected
from agents.deployment.records import Book
from agents.deployment.state import Deed, locked
from agents.work import AgentError
from bus.settings import Settings
from contracts.messages import Check


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
        root: Path | None = None,
        load: Callable[[Path], Book] = records.load,
    ) -> None:
        self.settings = settings
        self.name = name
        self.remote = remote
        self.root = root or records.root(settings.genesis_home, name)
        self.load = load
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
            book = self.load(place)
            deed = book.deeds.get(order.pipeline)
            await self._refuse_withdrawn(place, book, order.pipeline, tell)
            if order.branch:
                return await previewing.show(self, place, book, shipment, expected, tell)
            if deed is None or deed.stage == "begun" or book.site is None:
                book = await self._go_live(place, book, shipment, expected, tell)
            elif (live := await self.remote.live(book.site)) != deed.release:
                raise restoring.superseded(order.pipeline, live, "nothing was changed")
            checks = await self._confirm(place, book, order, expected, tell)
            assert book.site is not None
            await self.remote.settle(book.site)
        deed, site = book.deeds[order.pipeline], book.site
        assert site is not None
        return Deployed(f"{site.url.rstrip('/')}/", str(deed.release), deed.previous, checks)

    async def take_back(self, pipeline: str, app: str, environment: str, tell: Tell) -> TakenBack:
        """Put back exactly what was live before the pipeline, and bar it from going live."""
        place = self.place(app, environment)
        async with locked(place / "lock"):
            book = self.load(place)
            site, deed = book.site, book.deeds.get(pipeline) or Deed(None, None, "begun")
            if site is None:
                records.record(place, book, pipeline, replace(deed, stage="withdrawn"))
                return TakenBack(None, ())
            if deed.stage != "withdrawn":
                book = await restoring.leave(self, place, book, site, pipeline, deed, tell)
            undone, live = book.deeds[pipeline].undone, await self.remote.live(site)
            wrong = await restoring.health(self, site, live) if undone else ""
            if wrong:
                await tell(f"{live} is live again, and is not healthy: {wrong}", 95)
            return TakenBack(live, undone, wrong)

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
        await self.verify_staged(place, book, pipeline, staged.url, let_in)
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

    async def verify_staged(
        self, place: Path, book: Book, pipeline: str, url: str, expected: Expected
    ) -> tuple[Check, ...]:
        """Check the release where only we see it; one that is not healthy is removed."""
        deed, site = book.deeds[pipeline], book.site
        assert site is not None
        assert deed.release is not None
        kept = f"{deed.previous or 'nothing'} stays live as before"
        try:
            return await self.check(url, expected, deed.release, kept)
        except AgentError as error:
            if error.code == "unhealthy":
                await self.remote.discard(site, deed.release)
                records.record(place, book, pipeline, replace(deed, release=None))
            raise

    async def check(
        self, url: str, expected: Expected, release: str, kept: str
    ) -> tuple[Check, ...]:
        """Raise AgentError unless a release is healthy at an address of its own."""
        try:
            return await watching.verify(self.asking, url, expected, self.limits)
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
        assert book.site is not None
        try:
            return await self.confirm(book.site, expected, tell)
        except watching.Unhealthy as error:
            return (*error.checks, *await self._failed(place, book, order, error, tell))

    async def confirm(self, site: Site, expected: Expected, tell: Tell) -> tuple[Check, ...]:
        """Check and watch what is live where people reach it. Raises watching.Unhealthy.

        When nobody can ask it, the one check says so: nothing is known against it.
        """
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
            raise watching.Unhealthy(str(error), (*checks, *error.checks)) from error
        return checks

    async def _failed(
        self, place: Path, book: Book, order: Order, error: Exception, tell: Tell
    ) -> tuple[Check, ...]:
        """Take a live release that fails back at once, and raise; else why it stays."""
        deed, site = book.deeds[order.pipeline], book.site
        assert site is not None
        if not order.auto_rollback:
            return ()
        if wrong := await restoring.unfit(self, site, deed.previous):
            stays = f"it stays live: {deed.previous}, which was before, is not healthy: {wrong}"
            return (Check(name="rollback", ok=False, seconds=0.0, summary=stays[:500]),)
        why = f"release {deed.release} failed at {site.url} after the switch: {error}"
        deed = replace(deed, why=why)
        await restoring.leave(self, place, book, site, order.pipeline, deed, tell)
        wrong = await restoring.health(self, site, deed.previous)
        raise AgentError(
            "failed_watch",
            f"{why}; {deed.previous or 'nothing'} is live again, as before"
            f"{f', and is not healthy either: {wrong}' if wrong else ''}",
            hint="mend the app and deploy it again; --no-auto-rollback leaves such a release live",
        ) from error

    # --- Backward --------------------------------------------------------------------------

    async def _refuse_withdrawn(self, place: Path, book: Book, pipeline: str, tell: Tell) -> None:
        """Raise when the pipeline was taken back; what the watch began to take back is ended."""
        deed = book.deeds.get(pipeline)
        if deed is None or deed.stage not in ("leaving", "withdrawn"):
            return
        if deed.why and deed.stage == "leaving" and book.site is not None:
            await restoring.leave(self, place, book, book.site, pipeline, deed, tell)
        raise AgentError(
            "failed_watch" if deed.why else "withdrawn",
            (f"{deed.why}; " if deed.why else "")
            + f"pipeline {pipeline} was rolled back; it does not go live any more",
            hint="start a new pipeline",
        )

    def place(self, app: str, environment: str) -> Path:
        """The folder of the book and its lock."""
        return self.root / app / environment


def _changed(live: str | None, wanted: str) -> AgentError:
    return AgentError(
        "live_changed",
        f"{live or 'nothing'} is live now, and not {wanted or 'nothing'} as when this was "
        "approved; it stays live",
        hint="look at what is live and start again",
    )
