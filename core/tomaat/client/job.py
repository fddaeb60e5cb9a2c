"""A job with the way back to its host: wait for it, watch it, cancel it, and save its results."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.client.calls import input_path, result_path
from tomaat.client.landing import landing, target_of
from tomaat.client.views import JobView

if TYPE_CHECKING:
    import SimpleITK

    from tomaat.client.aio import AsyncClient
    from tomaat.client.sync import Client


@dataclass(frozen=True)
class Job(JobView):
    """A job as it stood when the host answered, with the way back to that host."""

    client: Client = field(repr=False, compare=False, kw_only=True)

    def refresh(self) -> Job:
        """The job as it stands now."""
        return self.client.job(self)

    def watch(self) -> Iterator[Job]:
        """The job each time that it changes: see :meth:`Client.watch`."""
        return self.client.watch(self)

    def wait(self, on_progress: Callable[[Job], None] | None = None) -> Job:
        """The job when it has ended, however it ended."""
        return self.client.wait(self, on_progress)

    def log(self) -> str:
        """What the app has said until now."""
        return self.client.job_log(self)

    def cancel(self) -> None:
        """Stop it, and have the host forget it."""
        self.client.cancel(self)

    def save(self, name: str, target: Path | str = ".") -> Path:
        """Write a result to a file, in the format of the file's extension.

        :param target: a file, which is replaced only once the download is whole; or a folder, in which the file is
            called by the result's name.

        Raises what ended the job if it did not succeed, :class:`~tomaat.errors.NotFound` for a name that is no
        result's and :class:`~tomaat.errors.NotAcceptable` for a format that it does not come in.
        """
        path, extension = target_of(self.result(name), target)
        with landing(path) as file:
            for chunk in self.client._download(result_path(self, name, extension)):
                file.write(chunk)
        return path

    def read(self, name: str, extension: str = "") -> bytes:
        """A result as bytes, in the format that the host has it in, or the one that ``extension`` names."""
        self.result(name)
        return b"".join(self.client._download(result_path(self, name, extension)))

    def read_input(self, name: str, extension: str = "") -> bytes:
        """A file that was sent with the job, as it was sent; or, for a volume, in the format that ``extension`` names.

        Raises :class:`~tomaat.errors.NotFound` once it has been removed: when the job has ended, unless it was
        submitted with ``keep_inputs``.
        """
        return b"".join(self.client._download(input_path(self, name, extension)))

    def text(self, name: str) -> str:
        """A result as text."""
        value = self.result(name).value
        return value if isinstance(value, str) else self.read(name).decode("utf-8")

    def image(self, name: str) -> SimpleITK.Image:
        """A volume as a ``SimpleITK.Image``."""
        import SimpleITK

        with tempfile.TemporaryDirectory(prefix="tomaat-") as folder:
            return SimpleITK.ReadImage(str(self.save(name, folder)))


@dataclass(frozen=True)
class AsyncJob(JobView):
    """:class:`tomaat.client.Job` for asyncio."""

    client: AsyncClient = field(repr=False, compare=False, kw_only=True)

    async def refresh(self) -> AsyncJob:
        """The job as it stands now."""
        return await self.client.job(self)

    def watch(self) -> AsyncGenerator[AsyncJob, None]:
        """The job each time that it changes: see :meth:`AsyncClient.watch`."""
        return self.client.watch(self)

    async def wait(self, on_progress: Callable[[AsyncJob], None] | None = None) -> AsyncJob:
        """The job when it has ended, however it ended."""
        return await self.client.wait(self, on_progress)

    async def log(self) -> str:
        """What the app has said until now."""
        return await self.client.job_log(self)

    async def cancel(self) -> None:
        """Stop it, and have the host forget it."""
        await self.client.cancel(self)

    async def save(self, name: str, target: Path | str = ".") -> Path:
        """Write a result to a file or into a folder: see :meth:`tomaat.client.Job.save`."""
        path, extension = target_of(self.result(name), target)
        with landing(path) as file:
            async for chunk in self.client._download(result_path(self, name, extension)):
                await asyncio.to_thread(file.write, chunk)
        return path

    async def read(self, name: str, extension: str = "") -> bytes:
        """A result as bytes, in the format that the host has it in, or the one that ``extension`` names."""
        self.result(name)
        return b"".join([chunk async for chunk in self.client._download(result_path(self, name, extension))])

    async def read_input(self, name: str, extension: str = "") -> bytes:
        """A file that was sent with the job: see :meth:`tomaat.client.Job.read_input`."""
        path = input_path(self, name, extension)
        return b"".join([chunk async for chunk in self.client._download(path)])

    async def text(self, name: str) -> str:
        """A result as text."""
        value = self.result(name).value
        return value if isinstance(value, str) else (await self.read(name)).decode("utf-8")

    async def image(self, name: str) -> SimpleITK.Image:
        """A volume as a ``SimpleITK.Image``."""
        import SimpleITK

        with tempfile.TemporaryDirectory(prefix="tomaat-") as folder:
            path = await self.save(name, folder)
            return await asyncio.to_thread(SimpleITK.ReadImage, str(path))
