"""The host's routes as data: what to ask, and how to read the answer. Both clients send these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from tomaat.client.identity import Identity
from tomaat.client.views import Broken, JobView, RemoteApp
from tomaat.client.weights import RemoteWeights, weights_list
from tomaat.errors import ConnectionFailed

T = TypeVar("T", covariant=True)


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request without a body.

    :param read: turns the answer's JSON into what the caller gets.
    """

    method: str
    path: str
    read: Callable[[dict[str, Any]], T]
    params: Mapping[str, str] = field(default_factory=dict)

    def result(self, json: dict[str, Any], url: str) -> T:
        """Read the answer. Raises :class:`~tomaat.errors.ConnectionFailed` if it is not what v1 says."""
        with understanding(url):
            return self.read(json)


@contextmanager
def understanding(url: str) -> Iterator[None]:
    """Turn what goes wrong with an answer's JSON inside into :class:`~tomaat.errors.ConnectionFailed`."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise ConnectionFailed(
            f"{url} answers in a way that this client does not know. Are host and client the same version?"
        ) from error


def apps() -> Call[list[RemoteApp]]:
    return Call("GET", "/v1/apps", lambda json: [RemoteApp.from_json(app) for app in json["apps"]])


def broken() -> Call[list[Broken]]:
    return Call("GET", "/v1/apps", lambda json: [Broken.from_json(plugin) for plugin in json.get("broken", ())])


def me() -> Call[Identity]:
    return Call("GET", "/v1/me", Identity.from_json)


def app(name: str) -> Call[RemoteApp]:
    return Call("GET", f"/v1/apps/{_part(name)}", RemoteApp.from_json)


def warm(name: str) -> Call[RemoteApp]:
    return Call("POST", f"/v1/apps/{_part(name)}/warm", RemoteApp.from_json)


def stop(name: str) -> Call[RemoteApp]:
    return Call("POST", f"/v1/apps/{_part(name)}/stop", RemoteApp.from_json)


def reload_plugins() -> Call[dict[str, Any]]:
    return Call("POST", "/v1/plugins/reload", dict)


def jobs(app: str | None, state: str | None, limit: int | None) -> Call[list[dict[str, Any]]]:
    wanted = {"app": app, "state": state, "limit": limit}
    params = {name: str(value) for name, value in wanted.items() if value is not None}
    return Call("GET", "/v1/jobs", lambda json: list(json["jobs"]), params)


def job(job: JobView | str) -> Call[dict[str, Any]]:
    return Call("GET", job_path(job), dict)


def cancel(job: JobView | str) -> Call[None]:
    return Call("DELETE", job_path(job), lambda json: None)


def purge(app: str | None, state: str | None, older_than: float) -> Call[int]:
    wanted = {"app": app, "state": state, "older_than": f"{older_than:.3f}"}
    params = {name: value for name, value in wanted.items() if value is not None}
    return Call("DELETE", "/v1/jobs", lambda json: int(json["removed"]), params)


def host() -> Call[dict[str, Any]]:
    return Call("GET", "/v1/host", dict)


def weights(app: str) -> Call[list[RemoteWeights]]:
    return Call("GET", f"/v1/apps/{_part(app)}/weights", weights_list)


def remove_weights(app: str, weights_id: str) -> Call[None]:
    return Call("DELETE", weights_path(app, weights_id), lambda json: None)


def weights_path(app: str, weights_id: str) -> str:
    return f"/v1/apps/{_part(app)}/weights/{_part(weights_id)}"


def submit_path(app: str) -> str:
    return f"/v1/apps/{_part(app)}/jobs"


def events_path(job: JobView | str) -> str:
    return f"{job_path(job)}/events"


def log_path(job: JobView | str) -> str:
    return f"{job_path(job)}/log"


def result_path(job: JobView, name: str, extension: str) -> str:
    return f"{job_path(job)}/results/{_file(name, extension)}"


def input_path(job: JobView, name: str, extension: str) -> str:
    return f"{job_path(job)}/inputs/{_file(name, extension)}"


def job_path(job: JobView | str) -> str:
    return f"/v1/jobs/{_part(job if isinstance(job, str) else job.id)}"


def _file(name: str, extension: str) -> str:
    return f"{_part(name)}{'.' if extension else ''}{_part(extension)}"


def _part(text: str) -> str:
    """``text`` as one part of a path, whatever is in it."""
    return quote(text, safe="")
