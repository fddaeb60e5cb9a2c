"""The client for scripts and notebooks. Everything but the waiting is shared with :mod:`tomaat.client.aio`."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
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
from tomaat.client.job import Job
from tomaat.client.log import FollowingLog, LogLine
from tomaat.client.registry import discover
from tomaat.client.transport import CANCELLING, STARTING, STREAMING, http_options
from tomaat.client.views import Broken, Interface, JobView, RemoteApp
from tomaat.client.weights import RemoteWeights, Upload, id_of
from tomaat.errors import ConnectionFailed, RequestError, TomaatError

T = TypeVar("T")


class Client:
    """Call the apps of a host::

        with Client("http://127.0.0.1:9001") as client:
            result = client.predict("brain", image="t1.nii.gz", threshold=0.5)
            result.save("mask", "mask.nii.gz")
            print(result.text("report"))

    Safe to use from several threads. Every method raises :class:`~tomaat.errors.ConnectionFailed` if the host can't
    be reached, its child :class:`~tomaat.errors.UntrustedCertificate` before anything is sent to a host that nobody
    vouches for, and else the :class:`~tomaat.errors.TomaatError` that the host answers with.

    :param url: where the host is; a path, if it has one, included.
    :param key: what the host's administrator gave, if the host asks for a key; the one that ``tomaat login`` has kept
        for this host when ``None``, and none when empty.
    :param timeout: seconds that a small answer may take; uploads, downloads and jobs may take any time.
    :param verify: how to check the host's certificate: ``False`` not at all, or a context of your own.
    :param headers: sent with every request.
    :param fingerprint: SHA-256 of the only certificate to take, whatever ``verify`` is. Without one, a host that
        ``tomaat trust`` knows must have the certificate that is trusted.
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
        self._http = httpx.Client(**http_options(self.url, timeout, verify, headers, fingerprint, self.key))
        self._interfaces: dict[str, Interface] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Jobs go on."""
        self._http.close()

    discover = staticmethod(discover)

    def apps(self) -> list[RemoteApp]:
        """The apps that the host serves."""
        return self._send(calls.apps())

    def broken(self) -> list[Broken]:
        """The plugins that the host could not load, and why."""
        return self._send(calls.broken())

    def me(self) -> Identity:
        """Who the host takes this client for, and what it may do there."""
        return self._send(calls.me())

    def app(self, name: str) -> RemoteApp:
        """One app. Raises :class:`~tomaat.errors.NotFound`."""
        return self._send(calls.app(name))

    def warm(self, name: str) -> RemoteApp:
        """Have a worker of an app started, and come back when it is warm; an administrator may.

        Raises :class:`~tomaat.errors.WorkerNotStarted` with the reason.
        """
        return self._send(calls.warm(name), timeout=STARTING)

    def stop(self, name: str) -> RemoteApp:
        """Have an app's idle workers ended now, and the others when their jobs are done; an administrator may."""
        return self._send(calls.stop(name))

    def reload_plugins(self) -> dict[str, Any]:
        """Have the host take in plugins that were installed, upgraded or removed; an administrator may.

        Returns the names of plugins that were ``added``, ``changed`` and ``removed``, why others are ``broken``, and
        which of them take effect in full after a ``restart`` only.
        """
        return self._send(calls.reload_plugins(), timeout=STARTING)

    def interface(self, app: str) -> Interface:
        """What an app takes and gives; asked for once and then remembered."""
        if app not in self._interfaces:
            self._interfaces[app] = self.app(app).interface
        return self._interfaces[app]

    def jobs(self, *, app: str | None = None, state: str | None = None, limit: int | None = None) -> list[Job]:
        """The jobs that the host remembers, the newest first."""
        return [self._job(json) for json in self._send(calls.jobs(app, state, limit))]

    def job(self, job: JobView | str) -> Job:
        """One job as it stands now. Raises :class:`~tomaat.errors.NotFound` once it is forgotten."""
        return self._job(self._send(calls.job(job)))

    def submit(
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
    ) -> Job:
        """Send a job and come back as soon as the host has it.

        :param app: the app's name.
        :param inputs: values by input name, for names that Python can't take as keywords, and those of the parameters
            here, such as ``device``. A file is a path, bytes, a
            binary file, a ``SimpleITK.Image``, or a folder with a DICOM series; points are n x 3 in LPS millimetres.
        :param formats: the extension that a result is wanted in, by output name; spares the host writing it twice.
        :param device: where the host shall compute: ``cpu``, ``cuda:0``; the host chooses when ``None``.
        :param keep_inputs: have the host keep the files as long as the results, if it does that:
            :meth:`Job.read_input`.
        :param on_upload: called with the bytes sent so far and in all.
        :param fields: values by input name.

        If the connection breaks, the job is sent once more; the host never makes two of it.

        Raises :class:`~tomaat.errors.InvalidInput`, which names the field at fault, and
        :class:`~tomaat.errors.Busy` if the app's queue is full.
        """
        values = {**(inputs or {}), **fields}
        try:
            form = self._form(app, values, Query(formats or {}, device, keep_inputs), on_upload)
            with form, reaching(self.url):
                response = self._post(app, form)
            return self._job(read_json(response, self.url))
        except RequestError:
            self._interfaces.pop(app, None)  # the host may have a new version of the app by now
            raise

    def predict(
        self,
        app: str,
        inputs: Mapping[str, Any] | None = None,
        /,
        *,
        formats: Mapping[str, str] | None = None,
        device: str | None = None,
        keep_inputs: bool = False,
        on_upload: OnUpload | None = None,
        on_progress: Callable[[Job], None] | None = None,
        **fields: Any,
    ) -> Job:
        """Send a job and wait until it has succeeded; :meth:`Job.save` and :meth:`Job.text` give its results.

        Takes what :meth:`submit` takes. Ctrl-C cancels the job on the host too.

        :param on_progress: called with the job each time that it changes.

        Raises like :meth:`submit`, and the :class:`~tomaat.errors.JobError` of a job that fails.
        """
        job = self.submit(
            app, inputs, formats=formats, device=device, keep_inputs=keep_inputs, on_upload=on_upload, **fields
        )
        try:
            return self.wait(job, on_progress).check()
        except KeyboardInterrupt:
            with suppress(TomaatError):
                self.cancel(job)
            raise

    def weights(self, app: str) -> list[RemoteWeights]:
        """The weights that the host has for an app. Raises :class:`~tomaat.errors.NotFound` if it takes none."""
        return self._send(calls.weights(app))

    def push_weights(
        self, app: str, file: Path | str, id: str | None = None, *, on_upload: OnUpload | None = None
    ) -> RemoteWeights:
        """Upload weights, which the host checks; they replace those that have their name.

        :param id: their name: letters, digits, ``.``, ``_`` and ``-``; the file's, without extension, when ``None``.

        Raises :class:`~tomaat.errors.WeightsMismatch`, which says which tensors do not fit the app's network.
        """
        path = calls.weights_path(app, id_of(file) if id is None else id)
        with Upload(file, on_upload) as upload, reaching(self.url):
            response = self._http.put(path, content=upload.pieces(), headers=upload.headers, timeout=STREAMING)
        self._interfaces.pop(app, None)  # its choice of weights is another one now
        with calls.understanding(self.url):
            return RemoteWeights.from_json(read_json(response, self.url))

    def remove_weights(self, app: str, id: str) -> None:
        """Remove uploaded weights; a job that uses them keeps them until it ends."""
        self._send(calls.remove_weights(app, id))
        self._interfaces.pop(app, None)

    def wait(self, job: JobView | str, on_progress: Callable[[Job], None] | None = None) -> Job:
        """The job when it has ended, however it ended: :meth:`Job.check` raises if it failed."""
        seen = None
        for seen in self.watch(job):
            if on_progress is not None:
                on_progress(seen)
        assert seen is not None  # watching ends with the job's final state
        return seen

    def watch(self, job: JobView | str) -> Iterator[Job]:
        """The job now and each time that it changes, until it has ended.

        A connection that breaks is made again, for half a minute; then :class:`~tomaat.errors.ConnectionFailed`.
        """
        following = Following(self.url)
        while not following.ended:
            try:
                for state in self._states(job, following):
                    yield self._job(state)
                if not following.ended:
                    time.sleep(following.pause())
            except ConnectionFailed as error:
                time.sleep(following.pause(error))

    def cancel(self, job: JobView | str) -> None:
        """Stop a job, and have the host forget it and its results."""
        self._send(calls.cancel(job), timeout=CANCELLING)

    def job_log(self, job: JobView | str) -> str:
        """What the app has said in the job until now, a line for each record.

        Raises :class:`~tomaat.errors.NotFound` once the job is forgotten.
        """
        with self._stream(calls.log_path(job), STREAMING) as chunks:
            return b"".join(chunks).decode("utf-8", "replace")

    def follow_log(self, job: JobView | str) -> Iterator[LogLine]:
        """The lines of a job's log from its beginning on, as they come, until the job has ended."""
        following = FollowingLog(self.url)
        with self._stream(calls.events_path(job), QUIET) as chunks:
            for chunk in chunks:
                with calls.understanding(self.url):
                    yield from following.feed(chunk)

    def purge(self, *, app: str | None = None, state: str | None = None, older_than: float = 0.0) -> int:
        """Have the host forget jobs that have ended, and their results; returns how many there were.

        It takes an administrator's key, where the host asks for keys.

        :param older_than: only those that ended so many seconds ago, or before.
        """
        return self._send(calls.purge(app, state, older_than), timeout=CANCELLING)

    def host(self) -> dict[str, Any]:
        """How the host is: its memory, disk, workers, uploads, and jobs of the last minute. Takes an administrator's
        key, where the host asks for keys."""
        return self._send(calls.host())

    def _form(
        self,
        app: str,
        values: Mapping[str, Any],
        query: Query,
        on_upload: OnUpload | None,
    ) -> Form:
        if app in self._interfaces:
            with suppress(RequestError):
                return Form(app, self._interfaces[app], values, query, on_upload)
            del self._interfaces[app]  # what it does not take, the host may take by now: there are new weights, say
        return Form(app, self.interface(app), values, query, on_upload)

    def _post(self, app: str, form: Form) -> httpx.Response:
        path = calls.submit_path(app)
        try:
            return self._http.post(path, timeout=STREAMING, **form.arguments)
        except BROKEN:
            if not form.rewind():
                raise
        for pause in PAUSES:
            time.sleep(pause)
            response = self._http.post(path, timeout=STREAMING, **form.arguments)
            if response.status_code != STILL_COMING or not form.rewind():
                break
        return response

    def _job(self, json: Mapping[str, Any]) -> Job:
        with calls.understanding(self.url):
            return Job.from_json(json, client=self)

    def _send(self, call: Call[T], timeout: httpx.Timeout | None = None) -> T:
        with reaching(self.url):
            response = self._http.request(
                call.method, call.path, params=call.params, timeout=timeout or self._http.timeout
            )
        return call.result(read_json(response, self.url), self.url)

    def _states(self, job: JobView | str, following: Following) -> Iterator[dict[str, Any]]:
        """What one connection tells of the job."""
        if following.broken:
            yield from following.saw(self._send(calls.job(job)))
        if following.ended:
            return
        with self._stream(calls.events_path(job), QUIET) as chunks:
            following.connected()
            for chunk in chunks:
                yield from following.feed(chunk)

    def _download(self, path: str) -> Iterator[bytes]:
        with self._stream(path, STREAMING) as chunks:
            yield from chunks

    @contextmanager
    def _stream(self, path: str, timeout: httpx.Timeout) -> Iterator[Iterator[bytes]]:
        with reaching(self.url), self._http.stream("GET", path, timeout=timeout) as response:
            if response.is_error:
                response.read()
                raise problem(response, self.url)
            if not response.is_success:
                raise no_host(self.url)
            yield response.iter_bytes()
