"""The client for asyncio. Everything but the waiting is shared with :mod:`tomaat.client.sync`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tomaat.client import calls
from tomaat.client.address import DEFAULT_URL, host_url, no_host, problem, reaching, read_json
from tomaat.client.again import BROKEN, PAUSES, STILL_COMING
from tomaat.client.calls import Call
from tomaat.client.events import QUIET, Following
from tomaat.client.form import Form, OnUpload, Query
from tomaat.client.identity import Identity, check_key, key_for
from tomaat.client.job import AsyncJob
from tomaat.client.log import FollowingLog, LogLine
from tomaat.client.registry import discover_async
from tomaat.client.transport import CANCELLING, STARTING, STREAMING, http_options
from tomaat.client.views import Broken, Interface, JobView, RemoteApp
from tomaat.client.weights import RemoteWeights, Upload, id_of
from tomaat.errors import ConnectionFailed, RequestError, TomaatError

T = TypeVar("T")

PIECE = 2**20
"""Bytes written to disk at once, in a thread: a disk may be slow, and the loop has others to serve."""


class AsyncClient:
    """:class:`tomaat.Client` for asyncio: the same methods, to be awaited::

    async with AsyncClient("http://127.0.0.1:9001") as client:
        result = await client.predict("brain", image="t1.nii.gz", threshold=0.5)
        await result.save("mask", "mask.nii.gz")
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        key: str | None = None,
        timeout: float = 30.0,
        verify: ssl.SSLContext | bool = True,
        headers: Mapping[str, str] | None = None,
        fingerprint: str | None = None,
    ) -> None:
        self.url = host_url(url)
        self.key = key_for(self.url) if key is None else check_key(key)
        self._http = httpx.AsyncClient(**http_options(self.url, timeout, verify, headers, fingerprint, self.key))
        self._interfaces: dict[str, Interface] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. Jobs go on."""
        await self._http.aclose()

    discover = staticmethod(discover_async)

    async def apps(self) -> list[RemoteApp]:
        """The apps that the host serves."""
        return await self._send(calls.apps())

    async def broken(self) -> list[Broken]:
        """The plugins that the host could not load, and why."""
        return await self._send(calls.broken())

    async def me(self) -> Identity:
        """Who the host takes this client for: see :meth:`tomaat.Client.me`."""
        return await self._send(calls.me())

    async def app(self, name: str) -> RemoteApp:
        """One app. Raises :class:`~tomaat.errors.NotFound`."""
        return await self._send(calls.app(name))

    async def warm(self, name: str) -> RemoteApp:
        """Have a worker of an app started, and come back when it is warm; an administrator may.

        Raises :class:`~tomaat.errors.WorkerNotStarted` with the reason.
        """
        return await self._send(calls.warm(name), timeout=STARTING)

    async def stop(self, name: str) -> RemoteApp:
        """Have an app's idle workers ended now, and the others when their jobs are done; an administrator may."""
        return await self._send(calls.stop(name))

    async def reload_plugins(self) -> dict[str, Any]:
        """Have the host take in plugins that were installed, upgraded or removed; an administrator may.

        Returns the names of plugins that were ``added``, ``changed`` and ``removed``, why others are ``broken``, and
        which of them take effect in full after a ``restart`` only.
        """
        return await self._send(calls.reload_plugins(), timeout=STARTING)

    async def interface(self, app: str) -> Interface:
        """What an app takes and gives; asked for once and then remembered."""
        if app not in self._interfaces:
            self._interfaces[app] = (await self.app(app)).interface
        return self._interfaces[app]

    async def jobs(
        self, *, app: str | None = None, state: str | None = None, limit: int | None = None
    ) -> list[AsyncJob]:
        """The jobs that the host remembers, the newest first."""
        return [self._job(json) for json in await self._send(calls.jobs(app, state, limit))]

    async def job(self, job: JobView | str) -> AsyncJob:
        """One job as it stands now. Raises :class:`~tomaat.errors.NotFound` once it is forgotten."""
        return self._job(await self._send(calls.job(job)))

    async def submit(
        self,
        app: str,
        inputs: Mapping[str, Any] | None = None,
        /,
        *,
        formats: Mapping[str, str] | None = None,
        device: str | None = None,
        keep_inputs: bool = False,
        on_upload: OnUpload | None = None,
        **fields: Any,
    ) -> AsyncJob:
        """Send a job and come back as soon as the host has it: see :meth:`tomaat.Client.submit`."""
        values = {**(inputs or {}), **fields}
        try:
            form = await self._form(app, values, Query(formats or {}, device, keep_inputs), on_upload)
            async with reaching(self.url):
                with form:
                    response = await self._post(app, form)
            return self._job(read_json(response, self.url))
        except RequestError:
            self._interfaces.pop(app, None)  # the host may have a new version of the app by now
            raise

    async def predict(
        self,
        app: str,
        inputs: Mapping[str, Any] | None = None,
        /,
        *,
        formats: Mapping[str, str] | None = None,
        device: str | None = None,
        keep_inputs: bool = False,
        on_upload: OnUpload | None = None,
        on_progress: Callable[[AsyncJob], None] | None = None,
        **fields: Any,
    ) -> AsyncJob:
        """Send a job and wait until it has succeeded: see :meth:`tomaat.Client.predict`.

        Cancelling the task cancels the job on the host too.
        """
        job = await self.submit(
            app, inputs, formats=formats, device=device, keep_inputs=keep_inputs, on_upload=on_upload, **fields
        )
        try:
            return (await self.wait(job, on_progress)).check()
        except asyncio.CancelledError:
            with suppress(TomaatError):
                await asyncio.shield(self.cancel(job))
            raise

    async def weights(self, app: str) -> list[RemoteWeights]:
        """The weights that the host has for an app. Raises :class:`~tomaat.errors.NotFound` if it takes none."""
        return await self._send(calls.weights(app))

    async def push_weights(
        self, app: str, file: Path | str, id: str | None = None, *, on_upload: OnUpload | None = None
    ) -> RemoteWeights:
        """Upload weights, which the host checks: see :meth:`tomaat.Client.push_weights`."""
        path = calls.weights_path(app, id_of(file) if id is None else id)
        async with reaching(self.url):
            with Upload(file, on_upload) as upload:
                content = upload.pieces_async()
                response = await self._http.put(path, content=content, headers=upload.headers, timeout=STREAMING)
        self._interfaces.pop(app, None)
        with calls.understanding(self.url):
            return RemoteWeights.from_json(read_json(response, self.url))

    async def remove_weights(self, app: str, id: str) -> None:
        """Remove uploaded weights; a job that uses them keeps them until it ends."""
        await self._send(calls.remove_weights(app, id))
        self._interfaces.pop(app, None)

    async def wait(self, job: JobView | str, on_progress: Callable[[AsyncJob], None] | None = None) -> AsyncJob:
        """The job when it has ended, however it ended: ``check()`` raises if it failed."""
        seen = None
        async with aclosing(self.watch(job)) as watching:
            async for seen in watching:
                if on_progress is not None:
                    on_progress(seen)
        assert seen is not None  # watching ends with the job's final state
        return seen

    async def watch(self, job: JobView | str) -> AsyncGenerator[AsyncJob, None]:
        """The job now and each time that it changes, until it has ended: see :meth:`tomaat.Client.watch`."""
        following = Following(self.url)
        while not following.ended:
            try:
                async with aclosing(self._states(job, following)) as states:
                    async for state in states:
                        yield self._job(state)
                if not following.ended:
                    await asyncio.sleep(following.pause())
            except ConnectionFailed as error:
                await asyncio.sleep(following.pause(error))

    async def cancel(self, job: JobView | str) -> None:
        """Stop a job, and have the host forget it and its results."""
        await self._send(calls.cancel(job), timeout=CANCELLING)

    async def job_log(self, job: JobView | str) -> str:
        """What the app has said in the job until now: see :meth:`tomaat.Client.job_log`."""
        async with self._stream(calls.log_path(job), STREAMING) as response:
            return (await response.aread()).decode("utf-8", "replace")

    async def follow_log(self, job: JobView | str) -> AsyncGenerator[LogLine, None]:
        """The lines of a job's log from its beginning on, as they come, until the job has ended."""
        following = FollowingLog(self.url)
        async with self._stream(calls.events_path(job), QUIET) as response:
            async for chunk in response.aiter_bytes():
                with calls.understanding(self.url):
                    for line in following.feed(chunk):
                        yield line

    async def purge(self, *, app: str | None = None, state: str | None = None, older_than: float = 0.0) -> int:
        """Have the host forget jobs that have ended: see :meth:`tomaat.Client.purge`."""
        return await self._send(calls.purge(app, state, older_than), timeout=CANCELLING)

    async def host(self) -> dict[str, Any]:
        """How the host is: see :meth:`tomaat.Client.host`."""
        return await self._send(calls.host())

    async def _form(
        self,
        app: str,
        values: Mapping[str, Any],
        query: Query,
        on_upload: OnUpload | None,
    ) -> Form:
        known = self._interfaces.get(app)
        if known is not None:
            with suppress(RequestError):
                return await asyncio.to_thread(Form, app, known, values, query, on_upload)
            self._interfaces.pop(app, None)  # what it does not take, the host may take by now
        return await asyncio.to_thread(Form, app, await self.interface(app), values, query, on_upload)

    async def _post(self, app: str, form: Form) -> httpx.Response:
        path = calls.submit_path(app)
        try:
            return await self._http.post(path, timeout=STREAMING, **form.arguments)
        except BROKEN:
            if not form.rewind():
                raise
        for pause in PAUSES:
            await asyncio.sleep(pause)
            response = await self._http.post(path, timeout=STREAMING, **form.arguments)
            if response.status_code != STILL_COMING or not form.rewind():
                break
        return response

    def _job(self, json: Mapping[str, Any]) -> AsyncJob:
        with calls.understanding(self.url):
            return AsyncJob.from_json(json, client=self)

    async def _send(self, call: Call[T], timeout: httpx.Timeout | None = None) -> T:
        async with reaching(self.url):
            response = await self._http.request(
                call.method, call.path, params=call.params, timeout=timeout or self._http.timeout
            )
        return call.result(read_json(response, self.url), self.url)

    async def _states(self, job: JobView | str, following: Following) -> AsyncGenerator[dict[str, Any], None]:
        """What one connection tells of the job."""
        if following.broken:
            for state in following.saw(await self._send(calls.job(job))):
                yield state
        if following.ended:
            return
        async with self._stream(calls.events_path(job), QUIET) as response:
            following.connected()
            async for chunk in response.aiter_bytes():
                for state in following.feed(chunk):
                    yield state

    async def _download(self, path: str) -> AsyncGenerator[bytes, None]:
        async with self._stream(path, STREAMING) as response:
            async for chunk in response.aiter_bytes(PIECE):
                yield chunk

    @asynccontextmanager
    async def _stream(self, path: str, timeout: httpx.Timeout) -> AsyncIterator[httpx.Response]:
        async with reaching(self.url), self._http.stream("GET", path, timeout=timeout) as response:
            if response.is_error:
                await response.aread()
                raise problem(response, self.url)
            if not response.is_success:
                raise no_host(self.url)
            yield response
