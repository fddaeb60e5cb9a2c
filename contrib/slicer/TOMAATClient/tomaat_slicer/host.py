"""One host's API v1: its apps, and jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote, urlencode

from tomaat_slicer.address import Address
from tomaat_slicer.connection import Connection
from tomaat_slicer.errors import ClientError, ConnectionFailed, Refused, Stranger
from tomaat_slicer.logins import Logins, check_key
from tomaat_slicer.multipart import CHUNK, Form, Part
from tomaat_slicer.trust import KnownHosts

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
"""What a host may call an input or a result: it becomes a field of a form and a part of a URL."""
PATIENT = 600.0
"""Seconds that a host may take to have a form on its disk, after the last byte."""

OnBytes = Callable[[int, int], None]
"""Told of bytes so far, and of bytes in all (0 if nobody knows); what it raises ends the transfer."""


@dataclass(frozen=True)
class App:
    """An app, as a host describes it.

    :ivar inputs: the elements of its form as JSON.
    :ivar outputs: the elements of its results as JSON.
    """

    name: str
    title: str
    description: str
    modality: str
    anatomy: str
    task: str
    version: str
    inputs: Sequence[Mapping[str, Any]] = field(repr=False)
    outputs: Sequence[Mapping[str, Any]] = field(repr=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> App:
        texts = {
            name: str(json.get(name) or "")
            for name in ("name", "title", "description", "modality", "anatomy", "task", "version")
        }
        names = [element["destination"] for element in json["inputs"]] + [out["name"] for out in json["outputs"]]
        if not all(NAME.fullmatch(name) for name in names):
            raise ValueError("a name that no host of ours gives")
        return cls(**texts, inputs=tuple(json["inputs"]), outputs=tuple(json["outputs"]))


class Host:
    """Calls a host's routes. All raise :class:`Refused` with the host's own sentence, or :class:`ConnectionFailed`.

    :param address: where its routes begin.
    :param key: what the host's administrator gave, if the host asks for a key.
    """

    def __init__(self, address: Address, known_hosts: KnownHosts, key: str = "") -> None:
        self.address = address
        self._connection = Connection(address, known_hosts, key=key)

    def apps(self) -> list[App]:
        """What it serves."""
        with self._understanding():
            return [App.from_json(app) for app in self._connection.json("GET", "/v1/apps")["apps"]]

    def app(self, name: str) -> App:
        """One app, as it is now."""
        with self._understanding():
            return App.from_json(self._connection.json("GET", f"/v1/apps/{_part(name)}"))

    def submit(
        self, app: str, parts: Sequence[Part], formats: Mapping[str, str], on_bytes: OnBytes | None = None
    ) -> dict[str, Any]:
        """Send a job; returns it as the host shows it, once the host has it.

        :param formats: the extension that each result is wanted in.
        """
        form = Form(parts)
        query = urlencode({f"format.{name}": extension for name, extension in formats.items()})
        headers = {"Content-Type": form.content_type, "Content-Length": str(form.length), "Accept": "application/json"}
        path = f"/v1/apps/{_part(app)}/jobs" + (f"?{query}" if query else "")
        body = _counted(form, on_bytes)
        with self._connection.request("POST", path, headers, body, PATIENT) as response, self._understanding():
            return dict(self._connection.read_json(response))

    def job(self, job_id: str) -> dict[str, Any]:
        """A job as it stands now."""
        with self._understanding():
            return dict(self._connection.json("GET", f"/v1/jobs/{_part(job_id)}"))

    def forget(self, job_id: str) -> None:
        """Stop a job if it runs, and have the host remove it and its results; one that is gone is no error."""
        with suppress(ClientError):
            self._connection.json("DELETE", f"/v1/jobs/{_part(job_id)}")

    def download(self, href: str, target: Path, on_bytes: OnBytes | None = None) -> None:
        """Write a result to a file.

        :param href: the path that the job's JSON names.
        """
        with self._connection.request("GET", href) as response:
            if response.status != 200:
                self._connection.read_json(response)
                raise self._connection.stranger()
            size, done = int(response.headers.get("Content-Length") or 0), 0
            with _writing(target) as write:
                while chunk := response.read(CHUNK):
                    write(chunk)
                    done += len(chunk)
                    if on_bytes is not None:
                        on_bytes(done, size)
            if done < size:
                raise ConnectionFailed(f"The connection to {self.address} broke while a result was fetched. Try again.")

    @contextmanager
    def _understanding(self) -> Iterator[None]:
        """Turn what goes wrong with an answer's JSON inside into :class:`ConnectionFailed`."""
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            raise self._connection.stranger() from error


def find(
    text: str, known_hosts: KnownHosts, logins: Logins | None = None, key: str = ""
) -> tuple[Host, list[App], str | None]:
    """The host at an address that a person typed or a registry names, its apps, and the app that the address means.

    The address may be the host's, an app's, or one of their routes: ``https://gpu1.example:9001/brain/predict``.

    :param logins: has the keys of hosts.
    :param key: what the person has typed for this host; kept in ``logins`` once the host has taken it.

    Raises :class:`ConnectionFailed`, and :class:`Refused` with status 401 where a key is wanted.
    """
    address, typed = Address.parse(text).without_ending(), check_key(key)
    known = typed or (logins.key(address) if logins else "")
    found = _find(address, known_hosts, known)
    if typed and logins is not None:
        logins.keep(address, typed)
    return found


def _find(address: Address, known_hosts: KnownHosts, key: str) -> tuple[Host, list[App], str | None]:
    host = Host(address, known_hosts, key)
    try:
        return host, host.apps(), None
    except (Stranger, Refused) as error:
        parent, app = address.split_app()
        if app is None or (isinstance(error, Refused) and error.status in (401, 403, 429)):
            raise
        host = Host(parent, known_hosts, key)
        apps = host.apps()
        if app not in [each.name for each in apps]:
            raise ConnectionFailed(
                f"{parent} has no app {app!r}; it has {', '.join(each.name for each in apps) or 'none'}."
            ) from error
        return host, apps, app


def _counted(form: Form, on_bytes: OnBytes | None) -> Iterator[bytes]:
    sent = 0
    for chunk in form.chunks():
        yield chunk
        sent += len(chunk)
        if on_bytes is not None:
            on_bytes(sent, form.length)


@contextmanager
def _writing(target: Path) -> Iterator[Callable[[bytes], object]]:
    """Write a file; what goes wrong with it is not the connection's fault, and is said as what it is."""
    with target.open("wb") as file:

        def write(chunk: bytes) -> None:
            try:
                file.write(chunk)
            except OSError as error:
                raise ClientError(f"A result can't be kept on this computer: {error.strerror}.") from error

        yield write


def _part(text: str) -> str:
    """``text`` as one part of a path, whatever is in it."""
    return quote(text, safe="")
