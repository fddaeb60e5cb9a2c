"""The host's weights: uploaded, brought by plugins, or put into a folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from tomaat.database import Database
from tomaat.description import AppDescription
from tomaat.errors import Conflict, InvalidInput, NotFound, WeightsMismatch
from tomaat.settings import Settings
from tomaat.weights.blobs import Blobs
from tomaat.weights.declaration import FIELD, Weights, WeightsFile, check_id
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.outside import OutsideWeights
from tomaat.weights.rows import WeightsRows
from tomaat.weights.stored import Source, StoredWeights
from tomaat.workers.executor import Executor


class WeightsStore:
    """What weights there are for each app, and which of them jobs use.

    Uploads are rows in the database and files under the data folder, which are named by their digest: the same content
    lies there once, whatever it is called. A file goes when no row and no unfinished job uses it any more.
    """

    def __init__(
        self,
        settings: Settings,
        apps: Mapping[str, AppDescription],
        loaders: Mapping[str, WeightsLoader],
        database: Database,
        executor: Executor,
    ) -> None:
        self._settings = settings
        self._apps = apps
        self._loaders = loaders
        self._executor = executor
        self._blobs = Blobs(settings.home / "weights")
        self._rows = WeightsRows(database, self._blobs)
        self._outside = OutsideWeights(loaders, settings.weights_folder)
        self._held: dict[str, StoredWeights] = {}
        self._rowless: set[Path] = set()  # files that only jobs use
        self._changing = asyncio.Lock()  # around a file and its row
        self._checking = asyncio.Lock()  # two large networks at once might not fit into memory

    async def start(self) -> None:
        """Remove what an earlier run left half-way. The jobs that it left hold their weights by now."""
        present = await asyncio.to_thread(self._blobs.clean)
        for path in present:
            await self._drop(path)

    def take_over(self, apps: Mapping[str, AppDescription], loaders: Mapping[str, WeightsLoader]) -> None:
        """Keep weights for these apps from now on. What jobs hold stays theirs."""
        self._apps = apps
        self._loaders = loaders
        self._outside = OutsideWeights(loaders, self._settings.weights_folder)

    async def find(self, app: str) -> list[StoredWeights]:
        """All weights of an app, by id. Raises :class:`NotFound` for an app that takes none."""
        known = await self._known(self._description(app))
        found = [await self._digested(weights) for weights in known.values()]
        return [weights for weights in found if weights is not None]

    async def get(self, app: str, weights_id: str) -> StoredWeights:
        """Weights by their id.

        Raises :class:`NotFound`, which says what there is, and :class:`MalformedRequest` for what can't name weights.
        """
        check_id(weights_id)
        known = await self._known(self._description(app))
        weights = await self._digested(known[weights_id]) if weights_id in known else None
        if weights is None:
            raise NotFound(_missing(app, weights_id, known), field=FIELD)
        return weights

    async def options(self, app: AppDescription) -> tuple[tuple[str, ...], str | None]:
        """The ids of an app's weights, and the one that a call gets that names none, if there is such a one."""
        known = await self._known(app)
        default = self._default(app, known)
        return tuple(known), default or None

    async def check_any(self, app: AppDescription) -> None:
        """Raise :class:`InvalidInput` for an app that needs weights and has none: before an upload is taken."""
        if app.weights is not None and not (known := await self._known(app)):
            raise InvalidInput(_missing(app.name, "", known), field=FIELD)

    async def choose(self, app: AppDescription, weights_id: str = "") -> StoredWeights:
        """The weights that a call gets: those that it names, else the settings', else the app's default, else the only
        ones.

        Raises :class:`InvalidInput`, which says what there is, where that leads to none.
        """
        while True:
            known = await self._known(app)
            wanted = weights_id or self._settings.app(app.name).weights or self._default(app, known)
            if wanted not in known:
                raise InvalidInput(_missing(app.name, wanted, known), field=FIELD)
            weights = await self._digested(known[wanted])
            if weights is not None and weights.path.exists():  # or they were removed while we looked
                return weights

    def receiving(self) -> AbstractContextManager[Path]:
        """A fresh folder for an upload; it is removed at the end, with all that is still in it."""
        return self._blobs.receiving()

    async def add(self, app: AppDescription, weights_id: str, file: Path, sha256: str) -> StoredWeights:
        """Keep an upload under an id, in place of what had it before. ``file`` is moved.

        Raises :class:`WeightsMismatch` for a file that the app can't use, :class:`MalformedRequest` for what can't
        name weights and :class:`NotFound` for an app that takes none.
        """
        check_id(weights_id)
        formats = self._declared(app).formats
        format_ = await asyncio.to_thread(self._outside.recognised, file, formats)
        if not format_:
            raise WeightsMismatch(f"This file holds no weights that the app {app.name!r} takes: {self._titles(app)}.")
        async with self._checking:
            await self._executor.check_weights(app.name, WeightsFile(weights_id, sha256, format_, file))
        target = self._blobs.path(sha256, format_)
        size = file.stat().st_size
        stored = StoredWeights(app.name, weights_id, format_, sha256, size, time.time(), Source.STORE, target)
        async with self._changing:
            before = await self._rows.get(app.name, weights_id)
            try:
                await self._blobs.place(file, target)
                await self._rows.put(stored)
            finally:
                await self._drop(target)
                if before is not None:
                    await self._drop(before.path)
        return stored

    async def remove(self, app: str, weights_id: str) -> None:
        """Remove uploaded weights; a job that uses them keeps them until it ends.

        Raises :class:`NotFound`, and :class:`Conflict` for weights that were not uploaded.
        """
        weights = await self.get(app, weights_id)
        if weights.source is not Source.STORE:
            owner = "plugin" if weights.source is Source.PLUGIN else "host's folder of weights"
            raise Conflict(f"The weights {weights_id!r} come with the {owner}; only uploaded ones can be removed.")
        async with self._changing:
            now = await self._rows.get(app, weights_id)  # others may have been uploaded, or removed, meanwhile
            await self._rows.remove(app, weights_id)
            if now is not None:
                await self._drop(now.path)

    async def hold(self, job: str, app: str, weights_id: str) -> StoredWeights | None:
        """Choose a job's weights, and keep them for it until :meth:`release`, whatever becomes of their id.

        ``None`` for an app that takes none. Raises what :meth:`choose` raises.
        """
        description = self._apps.get(app)
        if description is None or description.weights is None:
            return None
        weights = self._held[job] = await self.choose(description, weights_id)  # nothing comes between these two
        return weights

    async def resume(self, job: str, app: str, weights_id: str, sha256: str) -> None:
        """Hold what a job of an earlier run was given. Raises :class:`InvalidInput` where that is there no more."""
        description = self._apps.get(app)
        if description is None or description.weights is None:
            return  # its worker will say so
        path = await asyncio.to_thread(self._blobs.find, sha256, description.weights.formats)
        if path is not None:
            format_ = path.name.partition(".")[2]
            self._held[job] = StoredWeights(app, weights_id, format_, sha256, 0, 0.0, Source.STORE, path)
            return
        outside = (await self._outside.find(description)).get(weights_id)
        weights = await self._digested(outside) if outside is not None else None
        if weights is None or weights.sha256 != sha256:
            raise _changed(weights_id)
        self._held[job] = weights

    async def of(self, job: str) -> WeightsFile | None:
        """The weights that a job holds; ``None`` for a job of an app that takes none.

        Raises :class:`InvalidInput` if their file, which is none of the store's, has been changed meanwhile.
        """
        held = self._held.get(job)
        if held is None:
            return None
        now = await self._digested(held)
        if now is None or now.sha256 != held.sha256:
            raise _changed(held.id)
        return held.file

    async def release(self, job: str) -> None:
        """A job needs its weights no more."""
        held = self._held.pop(job, None)
        if held is not None and held.path in self._rowless:
            async with self._changing:
                await self._drop(held.path)

    async def _known(self, app: AppDescription) -> dict[str, StoredWeights]:
        """The app's weights by id; digests of those outside the store are left empty."""
        self._declared(app)
        known = await self._outside.find(app) | await self._rows.find(app.name)
        return dict(sorted(known.items()))

    async def _digested(self, weights: StoredWeights) -> StoredWeights | None:
        """``weights`` with their digest; ``None`` if their file has gone."""
        if weights.source is Source.STORE:
            return weights
        try:
            return await self._outside.digested(weights)
        except OSError:
            return None

    async def _drop(self, path: Path) -> None:
        """Remove a file of the store, unless a row or a job uses it."""
        used = await self._rows.use(path)
        self._rowless.discard(path)
        if used:
            return
        if any(weights.path == path for weights in self._held.values()):
            self._rowless.add(path)
        else:
            await self._blobs.remove(path)

    def _default(self, app: AppDescription, known: Mapping[str, StoredWeights]) -> str:
        for wanted in (self._settings.app(app.name).weights, self._declared(app).default):
            if wanted in known:
                return wanted
        return next(iter(known)) if len(known) == 1 else ""

    def _description(self, app: str) -> AppDescription:
        if app not in self._apps:
            raise NotFound(f"There is no app {app!r} here; there is: {', '.join(self._apps) or 'none'}.")
        return self._apps[app]

    def _declared(self, app: AppDescription) -> Weights:
        if app.weights is None:
            raise NotFound(f"The app {app.name!r} takes no weights.")
        return app.weights

    def _titles(self, app: AppDescription) -> str:
        loaders = (self._loaders[name] for name in self._declared(app).formats if name in self._loaders)
        return ", ".join(f"{loader.title} (.{loader.format})" for loader in loaders)


def _missing(app: str, weights_id: str, known: Mapping[str, StoredWeights]) -> str:
    if not known:
        return f"The app {app!r} has no weights yet. Upload some: tomaat weights push {app} model.pth"
    there = ", ".join(known)
    if not weights_id:
        return f"Say which weights the app {app!r} shall use: {there}."
    return f"The app {app!r} has no weights {weights_id!r}; it has {there}."


def _changed(weights_id: str) -> InvalidInput:
    return InvalidInput(
        f"The weights {weights_id!r} have been changed or removed since this job was submitted. Submit it again.",
        field=FIELD,
    )
