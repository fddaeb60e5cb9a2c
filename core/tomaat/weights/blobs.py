"""The files of uploaded weights, named by their content."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ulid import ULID

INCOMING = "incoming"


class Blobs:
    """A folder that only the host's user can read: ``<sha256>.<format>``, and ``incoming`` with what is on its way.

    What is in place is whole: a file is written and synced in ``incoming``, then renamed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / INCOMING

    def path(self, sha256: str, format: str) -> Path:
        """Where the file with this digest is, or would be."""
        return self._root / f"{sha256}.{format}"

    def find(self, sha256: str, formats: Collection[str]) -> Path | None:
        """The file with this digest, if it is there in one of these formats."""
        paths = (self.path(sha256, format_) for format_ in formats)
        return next((path for path in paths if path.exists()), None)

    @contextmanager
    def receiving(self) -> Iterator[Path]:
        """A folder for one upload, removed at the end with all that is still in it."""
        folder = self._make(self._incoming / str(ULID()))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def place(self, file: Path, target: Path) -> None:
        """Move an upload to where it belongs. At no moment is a part of it there."""
        await asyncio.to_thread(_seal, file)
        os.replace(file, target)
        await asyncio.to_thread(_sync, self._root)

    async def remove(self, path: Path) -> None:
        """Remove a file. It is out of reach at once; freeing its space, which takes a while, is left to a thread."""
        with self.receiving() as folder:
            doomed = folder / path.name
            try:
                os.replace(path, doomed)
            except FileNotFoundError:
                return
            await asyncio.to_thread(doomed.unlink)

    def clean(self) -> list[Path]:
        """Make the folder, remove what a kill of the host left half-way; returns the files that are in place."""
        self._make(self._root)
        shutil.rmtree(self._incoming, ignore_errors=True)
        return [path for path in self._root.iterdir() if path.is_file()]

    def _make(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def _seal(file: Path) -> None:
    """Make a file its owner's alone, and have it on the disk before anyone is told of it."""
    file.chmod(0o600)
    _sync(file)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
