"""What a host's JSON says, as typed objects. Nothing here asks a host; :attr:`json` keeps what they leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from tomaat.errors import Conflict, JobCancelled, NotAcceptable, NotFound, TomaatError

ENDED = frozenset({"succeeded", "failed", "cancelled"})
"""The states in which nothing will happen any more."""


@dataclass(frozen=True)
class Input:
    """One input of an app.

    :ivar receives: ``file`` for what is uploaded, ``text`` for the rest.
    :ivar required: whether a call without it is refused.
    """

    name: str
    type: str
    text: str
    receives: Literal["text", "file"]
    required: bool
    json: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        receives = json.get("receives", "file" if json["type"] in ("volume", "transform") else "text")
        required = json.get("required", not json.get("optional") and json.get("default") is None)
        name = json["destination"]
        return cls(name, json["type"], json.get("text") or name, receives, bool(required), json)


@dataclass(frozen=True)
class Output:
    """One output of an app.

    :ivar formats: the extensions that it comes in, the default first.
    """

    name: str
    type: str
    text: str
    formats: tuple[str, ...]
    json: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        return cls(json["name"], json["type"], json.get("text") or json["name"], tuple(json.get("formats", ())), json)

    def extension_of(self, file_name: str) -> str:
        """The format that a file's name asks for. Raises :class:`~tomaat.errors.NotAcceptable`."""
        return extension_of(file_name, self.formats, self.name)


@dataclass(frozen=True)
class Interface:
    """What an app takes and gives."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]

    @classmethod
    def from_json(cls, app: Mapping[str, Any]) -> Self:
        return cls(
            tuple(Input.from_json(element) for element in app["inputs"]),
            tuple(Output.from_json(element) for element in app["outputs"]),
        )

    def output(self, name: str) -> Output:
        """The output with this name. Raises :class:`~tomaat.errors.NotFound`, and says which there are."""
        for output in self.outputs:
            if output.name == name:
                return output
        known = ", ".join(output.name for output in self.outputs)
        raise NotFound(f"This app has no result {name!r}; it has {known}.", field=name)


@dataclass(frozen=True)
class RemoteApp:
    """An app that a host serves.

    :ivar state: ``cold``, ``starting``, ``warm``, ``busy``, ``stopping`` or ``broken``.
    :ivar reason: why it is broken; empty if it is not.
    :ivar queue: jobs that wait for it.
    """

    name: str
    title: str
    version: str
    plugin: str
    modality: str
    anatomy: str
    task: str
    description: str
    interface: Interface = field(repr=False)
    card: Mapping[str, str] = field(repr=False)
    state: str
    queue: int
    json: Mapping[str, Any] = field(repr=False)
    reason: str = ""

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        texts = ("name", "title", "version", "plugin", "modality", "anatomy", "task", "description")
        return cls(
            **{name: str(json[name]) for name in texts},
            interface=Interface.from_json(json),
            card=json.get("card") or {},
            state=str(json.get("state") or ""),
            queue=int(json.get("queue") or 0),
            json=json,
            reason=str(json.get("reason") or ""),
        )


@dataclass(frozen=True)
class Broken:
    """A plugin that a host could not load, and why."""

    plugin: str
    distribution: str
    version: str
    reason: str

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        return cls(*(str(json.get(name) or "") for name in ("plugin", "distribution", "version", "reason")))


@dataclass(frozen=True)
class Result:
    """One result of a job.

    :ivar formats: the extensions that it can be had in.
    :ivar extension: the one that it lies in at the host.
    :ivar value: a small result itself (a text, points); else ``None``.
    """

    name: str
    type: str
    href: str
    formats: tuple[str, ...]
    extension: str
    size: int | None
    value: Any
    json: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        formats = tuple(json.get("formats", ()))
        extension = json.get("extension") or (formats[0] if formats else "")
        return cls(
            json["name"],
            json.get("type", ""),
            json["href"],
            formats,
            extension,
            json.get("size"),
            json.get("value"),
            json,
        )

    def extension_of(self, file_name: str) -> str:
        """The format that a file's name asks for. Raises :class:`~tomaat.errors.NotAcceptable`."""
        return extension_of(file_name, self.formats or (self.extension,), self.name)


@dataclass(frozen=True)
class JobView:
    """A job as it stood when the host answered.

    :ivar state: ``queued``, ``running``, ``succeeded``, ``failed`` or ``cancelled``.
    :ivar fraction: how far it is, 0 to 1; ``message`` says it in words.
    :ivar position: its place in the queue while it waits.
    :ivar results: by name; empty until it has succeeded.
    :ivar timings: seconds by stage.
    """

    id: str
    app: str
    state: str
    fraction: float
    message: str
    position: int | None
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    expires: datetime | None
    results: Mapping[str, Result]
    error: TomaatError | None
    timings: Mapping[str, float] = field(repr=False)
    provenance: Mapping[str, Any] = field(repr=False)
    json: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any], **bound: Any) -> Self:
        """:param bound: what a subclass has beside the host's JSON."""
        progress = json.get("progress") or {}
        results = [Result.from_json(result) for result in json.get("results") or ()]
        return cls(
            id=json["id"],
            app=json["app"],
            state=json["state"],
            fraction=float(progress.get("fraction") or 0.0),
            message=str(progress.get("message") or ""),
            position=json.get("position"),
            **{name: _time(json.get(name)) for name in ("created", "started", "finished", "expires")},
            results={result.name: result for result in results},
            error=TomaatError.from_json(json["error"]) if json.get("error") else None,
            timings=json.get("timings") or {},
            provenance=json.get("provenance") or {},
            json=json,
            **bound,
        )

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in ENDED

    def check(self) -> Self:
        """The job itself if it has succeeded.

        Raises what ended it otherwise: a :class:`~tomaat.errors.JobError` or
        :class:`~tomaat.errors.InvalidInput`; :class:`~tomaat.errors.Conflict` while it runs.
        """
        if self.state == "succeeded":
            return self
        if not self.ended:
            raise Conflict(f"The job {self.id} is still {self.state}: wait for it.")
        if self.error is not None:
            raise self.error
        raise JobCancelled(f"The job {self.id} was cancelled.")

    def result(self, name: str) -> Result:
        """The result with this name. Raises like :meth:`check`, and :class:`~tomaat.errors.NotFound`."""
        results = self.check().results
        if name in results:
            return results[name]
        raise NotFound(f"This job has no result {name!r}; it has {', '.join(results)}.", field=name)


def extension_of(file_name: str, formats: tuple[str, ...], name: str) -> str:
    """The longest of ``formats`` that ``file_name`` ends in: ``nii.gz`` comes before ``gz``."""
    fitting = [extension for extension in formats if file_name.lower().endswith(f".{extension.lower()}")]
    if fitting:
        return max(fitting, key=len)
    raise NotAcceptable(
        f"The result {name!r} comes as {', '.join(formats)}; {file_name!r} is none of these.", field=name
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
