"""A host's apps, announced and kept announced while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tomaat.announcing.entry import Entry
from tomaat.announcing.public import address_of, loopback, on_this_machine
from tomaat.announcing.schedule import Schedule
from tomaat.announcing.target import Target
from tomaat.description import AppDescription
from tomaat.errors import InternalError, TomaatError, Unauthorized
from tomaat.settings import Settings

if TYPE_CHECKING:
    from tomaat.announcing.service import AnnouncementService

log = logging.getLogger("tomaat.announcing")

GRACE = 3.0
"""Seconds that a stop may take to withdraw what was announced."""


class Listing:
    """One app at one announcement service.

    :ivar sid: its short name there; empty while it is not listed, and at a service of the first TOMAAT.
    :ivar listed: whether the service took the last announcement.
    :ivar problem: why it did not.
    """

    def __init__(self, service: AnnouncementService, entry: Entry) -> None:
        self.service, self.entry = service, entry
        self.schedule = Schedule(service.target.interval)
        self.sid = ""
        self.ended = asyncio.Event()  # it is to be withdrawn
        self.listed = False
        self.problem: TomaatError | None = None

    @property
    def app(self) -> str:
        """The app's name."""
        return self.entry.app

    @property
    def url(self) -> str:
        """The announcement service's."""
        return self.service.target.url


class Announcing:
    """Announces each app of a host at each target: at once, then again and again, and withdraws it at the end.

    :ivar targets: where; a plugin may add to them before the host has started.
    :ivar listings: each app at each target, and how it stands there.
    """

    def __init__(self, settings: Settings) -> None:
        said = settings.announce
        self.targets: list[Target] = []
        self.listings: list[Listing] = []
        self._settings = settings
        self._services: list[AnnouncementService] = []
        self._public_url = ""
        self._tasks: dict[Listing, asyncio.Task[None]] = {}
        if said.url:
            self.targets.append(Target(said.url, said.key, said.fingerprint, said.interval))

    @property
    def url(self) -> str:
        """The first announcement service's; empty where there is none."""
        return self.targets[0].url if self.targets else ""

    def of(self, app: str) -> list[Listing]:
        """How an app stands at each target."""
        return [listing for listing in self.listings if listing.app == app]

    def add_inside(self, key: str, listening: str, fingerprint: str) -> None:
        """Announce, before all others, at a service that runs in this host itself.

        :param listening: the URL that the host listens at.
        :param fingerprint: of the host's certificate; empty where it serves HTTP.
        """
        url = address_of(self._settings.public_url, listening).url
        interval = self._settings.announce.interval
        self.targets.insert(0, Target(url, key, fingerprint, interval, reached_at=loopback(listening)))

    def start(self, apps: Iterable[AppDescription], listening: str) -> None:
        """Begin to announce; returns at once.

        :param listening: the URL that the host listens at.
        """
        if not self.targets:
            return
        address = address_of(self._settings.public_url, listening)
        if address.doubt and not all(on_this_machine(target.url) for target in self.targets):
            log.warning("%s", address.doubt)
        self._public_url = address.url
        self._add(apps)

    async def renew(self, apps: Iterable[AppDescription]) -> None:
        """Withdraw the apps that are gone, announce those that are new, and anew those that are others now."""
        if not self._public_url:
            return
        now = {app.name: app for app in apps}
        entries = {name: Entry.of(app, self._public_url) for name, app in now.items()}
        await self._end([listing for listing in self.listings if entries.get(listing.app) != listing.entry])
        self._add(app for name, app in now.items() if not self.of(name))

    async def stop(self) -> None:
        """Withdraw what is listed, as far as the services answer within three seconds."""
        await self._end(self.listings)
        for service in self._services:
            await service.close()

    def _add(self, apps: Iterable[AppDescription]) -> None:
        from tomaat.announcing.service import AnnouncementService  # a host that announces nothing needs no client

        entries = {app.name: Entry.of(app, self._public_url) for app in apps}
        if not entries:
            return
        if not self._services:
            first = entries.get(self._settings.default_app) or next(iter(entries.values()))
            self._services = [AnnouncementService(target, first) for target in self.targets]
        for listing in [Listing(service, entry) for service in self._services for entry in entries.values()]:
            self.listings.append(listing)
            self._tasks[listing] = asyncio.create_task(self._keep(listing))

    async def _end(self, listings: Iterable[Listing]) -> None:
        ending = list(listings)
        for listing in ending:
            listing.ended.set()
        tasks = [self._tasks.pop(listing) for listing in ending if listing in self._tasks]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self.listings = [listing for listing in self.listings if listing not in ending]

    async def _keep(self, listing: Listing) -> None:
        """Announce until it is ended. What is on its way then is awaited, as it has to be withdrawn."""
        while not listing.ended.is_set():
            pause = await self._announce(listing)
            try:
                async with asyncio.timeout(pause):
                    await listing.ended.wait()
            except TimeoutError:
                continue
        if listing.sid:
            await self._withdraw(listing)

    async def _announce(self, listing: Listing) -> float:
        """Announce once; returns the seconds until the next time."""
        try:
            announced = await listing.service.announce(listing.entry)
        except TomaatError as error:
            self._failed(listing, error)
            return listing.schedule.after_failure(error)
        except Exception as failure:
            internal = InternalError(f"Internal error ({type(failure).__name__}); the log has it.")
            self._failed(listing, internal, failure)
            return listing.schedule.after_failure(internal)
        if not listing.listed or listing.sid != announced.sid:
            log.info("announced %s at %s%s", listing.app, listing.url, f" as {announced.sid}" if announced.sid else "")
        listing.sid, listing.listed, listing.problem = announced.sid, True, None
        return listing.schedule.after_success(announced.lifetime)

    def _failed(self, listing: Listing, error: TomaatError, trace: Exception | None = None) -> None:
        """Say it once: not again while it stays the same kind of failure, and in short what another app has met."""
        known, listing.problem, listing.listed = listing.problem, error, False
        if known is not None and known.code == error.code:
            return
        others = (other.problem for other in self.listings if other.service is listing.service and other is not listing)
        if any(problem is not None and problem.detail == error.detail for problem in others):
            log.warning("%s is not announced at %s either", listing.app, listing.url)
        else:
            said = _with_next_step(error)
            log.warning("%s is not announced at %s: %s", listing.app, listing.url, said, exc_info=trace)

    async def _withdraw(self, listing: Listing) -> None:
        try:
            await listing.service.withdraw(listing.sid)
            log.info("withdrew %s (%s) from %s", listing.app, listing.sid, listing.url)
        except TomaatError as error:
            log.info("could not withdraw %s from %s, where it will expire: %s", listing.app, listing.url, error.detail)


def _with_next_step(error: TomaatError) -> str:
    if isinstance(error, Unauthorized):
        return f"{error.detail} Set [announce] key (or TOMAAT_ANNOUNCE_KEY) to one that its administrator gave."
    return error.detail
