"""Weights that were not uploaded: those that a plugin brings, and those in the folder that the settings name."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tomaat.description import AppDescription
from tomaat.settings import NOWHERE
from tomaat.weights.declaration import WEIGHTS_ID
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.stored import Source, StoredWeights

log = logging.getLogger(__name__)

OTHER_EXTENSIONS = ("pt",)
"""Beside the formats' own names: PyTorch's writers use it for a state dict and for TorchScript alike."""


@dataclass(frozen=True)
class _Version:
    """A file as it was when it was looked at; one with another size or time is another file."""

    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> _Version:
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns)


class OutsideWeights:
    """Looked for anew at each call, so a file that is put into the folder is there at once. What was read of a file is
    remembered until the file changes.

    :param folder: has a folder for each app, with files ``ID.EXTENSION``; none when empty.
    """

    def __init__(self, loaders: Mapping[str, WeightsLoader], folder: Path) -> None:
        self._loaders = loaders
        self._folder = folder.expanduser().absolute() if folder != NOWHERE else None
        self._formats: dict[tuple[Path, tuple[str, ...]], tuple[_Version, str]] = {}
        self._digests: dict[Path, tuple[_Version, str]] = {}
        self._digesting = asyncio.Lock()

    async def find(self, app: AppDescription) -> dict[str, StoredWeights]:
        """The app's, by id. Their digests are left empty: reading all of a file takes time, and few need it."""
        if app.weights is None or (self._folder is None and not app.weights.bundled):
            return {}
        return await asyncio.to_thread(self._find, app)

    async def digested(self, weights: StoredWeights) -> StoredWeights:
        """``weights`` as the file is now, with its digest. Raises :class:`OSError` where it can't be read."""
        async with self._digesting:  # who asks for the same file meanwhile finds the digest, and need not read it too
            version, digest = await asyncio.to_thread(self._digest, weights.path)
        return replace(weights, sha256=digest, size=version.size)

    def recognised(self, path: Path, formats: Iterable[str]) -> str:
        """The first of ``formats`` that the file's content looks like; empty if there is none."""
        return next((name for name in formats if name in self._loaders and self._loaders[name].recognises(path)), "")

    def _find(self, app: AppDescription) -> dict[str, StoredWeights]:
        found: dict[str, StoredWeights] = {}
        for weights_id, path, source in self._candidates(app):
            if weights_id in found:
                continue
            try:
                version, format_ = self._look(path, app)
            except OSError as error:
                log.warning("the weights %r of the app %s can't be read: %s", weights_id, app.name, error.strerror)
                continue
            if format_:
                created = version.modified / 1e9
                found[weights_id] = StoredWeights(
                    app.name, weights_id, format_, "", version.size, created, source, path
                )
        return found

    def _candidates(self, app: AppDescription) -> Iterator[tuple[str, Path, Source]]:
        folder = self._folder / app.name if self._folder is not None else None
        if folder is not None and folder.is_dir():
            known = {f".{extension}" for extension in (*self._loaders, *OTHER_EXTENSIONS)}
            for path in sorted(folder.iterdir()):
                if path.suffix in known and WEIGHTS_ID.fullmatch(path.stem):
                    yield path.stem, path, Source.FOLDER
        for weights_id, bundled in sorted(app.weights.bundled.items() if app.weights else ()):
            yield weights_id, Path(bundled), Source.PLUGIN

    def _look(self, path: Path, app: AppDescription) -> tuple[_Version, str]:
        formats = app.weights.formats if app.weights else ()
        version = _Version.of(path)
        known = self._formats.get((path, formats))
        if known is None or known[0] != version:
            known = version, self.recognised(path, formats)
            self._formats[path, formats] = known
            if not known[1]:
                log.warning("%s holds no weights that the app %s takes: %s", path, app.name, ", ".join(formats))
        return known

    def _digest(self, path: Path) -> tuple[_Version, str]:
        version = _Version.of(path)
        known = self._digests.get(path)
        if known is None or known[0] != version:
            with path.open("rb") as file:
                known = self._digests[path] = version, hashlib.file_digest(file, "sha256").hexdigest()
        return known
