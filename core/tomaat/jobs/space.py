"""How much of the disk jobs have, and whether there is room for more: known without looking at every file."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tomaat.errors import QuotaExceeded

STEP = 2**20
"""Bytes by which the claim of an upload grows that does not say how long it is."""
RETRY = 30
"""Seconds after which there may be room again: when results expire, or somebody removes theirs."""


class Space:
    """The bytes of all jobs together, and the disk's that are free.

    A job's bytes are those that its upload has claimed, until it has ended; then what lies in its folder.

    :param root: where the jobs' folders are.
    :param quota: bytes that all jobs may have; any number when 0.
    :param min_free: bytes that stay free on the disk.
    """

    def __init__(self, root: Path, quota: int, min_free: int) -> None:
        self._root = root
        self._quota = quota
        self._min_free = min_free
        self._sizes: dict[str, int] = {}
        self._taken = 0
        self._coming = 0
        self._uploads: set[str] = set()

    @contextmanager
    def claim(self, job_id: str = "", size: int | None = None) -> Iterator[Claim]:
        """Room for one upload, as long as it comes; :meth:`Claim.arrived` is told of each piece.

        :param job_id: whose upload it is; empty for weights, which have no quota but need room on the disk, too.
        :param size: its bytes, if it says how many.

        Raises :class:`QuotaExceeded` at once, before anything is taken.
        """
        claim = Claim(self, job_id)
        self._uploads.add(job_id)
        try:
            claim.grow(size if size is not None else STEP)
            yield claim
        finally:
            self._coming -= claim.size - claim.written
            self._uploads.discard(job_id)
            if job_id:
                self.settle(job_id, claim.written)

    def take(self, job_id: str, more: int) -> None:
        """Count bytes that are about to come. Raises :class:`QuotaExceeded` if there is no room for them."""
        if self._quota and job_id and self._taken + more > self._quota:
            raise QuotaExceeded(
                f"All jobs of this host together may have {mib(self._quota)} on its disk; {mib(self._taken)} are "
                f"taken, and this upload needs {mib(more)}. Remove jobs whose results you have, or try again later.",
                retry_after=RETRY,
            )
        if shutil.disk_usage(self._root).free - self._coming - more < self._min_free:
            raise QuotaExceeded(
                f"The host's disk is nearly full: it has no room for {mib(more)} more. Try again later, or ask its "
                "administrator to make room.",
                retry_after=RETRY,
            )
        self._coming += more
        if job_id:
            self.settle(job_id, self._sizes.get(job_id, 0) + more)

    def wrote(self, size: int) -> None:
        """So many of the bytes that were about to come are on the disk."""
        self._coming -= size

    def settle(self, job_id: str, size: int) -> None:
        """A job has so many bytes now."""
        if self._quota:
            self._taken += size - self._sizes.get(job_id, 0)
            self._sizes[job_id] = size

    def drop(self, job_ids: Iterable[str]) -> None:
        """These jobs are gone."""
        for job_id in job_ids:
            self._taken -= self._sizes.pop(job_id, 0)

    async def measure(self, job_id: str) -> None:
        """Look how much a job has: its worker has written, and its inputs may be gone."""
        if self._quota:
            self.settle(job_id, await asyncio.to_thread(_size_of, self._root / job_id))

    async def recount(self) -> None:
        """Look how much all jobs have; nothing that was missed stays wrong for ever."""
        if not self._quota:
            return
        sizes = await asyncio.to_thread(_sizes_under, self._root)
        for job_id in self._sizes.keys() - sizes.keys() - self._uploads:
            self.drop([job_id])
        for job_id in sizes.keys() - self._uploads:
            self.settle(job_id, sizes[job_id])


class Claim:
    """What one upload may write.

    :ivar size: bytes that are reserved for it.
    :ivar written: bytes of it that have come.
    """

    def __init__(self, space: Space, job_id: str) -> None:
        self._space = space
        self._job_id = job_id
        self.size = 0
        self.written = 0

    def grow(self, size: int) -> None:
        """Reserve ``size`` bytes in all. Raises :class:`QuotaExceeded`."""
        more = max(0, size - self.size)
        self._space.take(self._job_id, more)
        self.size += more

    def arrived(self, size: int) -> None:
        """The next bytes have come. Raises :class:`QuotaExceeded`."""
        if self.written + size > self.size:
            self.grow(max(self.size + STEP, self.written + size))
        self.written += size
        self._space.wrote(size)


def mib(size: float) -> str:
    """Bytes for people."""
    return f"{size / 2**20:,.1f} MiB" if size >= 2**20 / 10 else f"{size:,.0f} bytes"


def _sizes_under(root: Path) -> dict[str, int]:
    return {folder.name: _size_of(folder) for folder in root.iterdir()}


def _size_of(folder: Path) -> int:
    """Bytes of all files under a folder; what vanishes meanwhile counts nothing."""
    size = 0
    for path, _, files in os.walk(folder):
        for file in files:
            try:
                size += os.lstat(os.path.join(path, file)).st_size
            except OSError:
                continue
    return size
