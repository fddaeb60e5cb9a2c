"""What a worker is handed: one job's inputs and the folder that its results go to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tomaat.weights.declaration import WeightsFile
from tomaat.workers.share import Share

INPUTS, RESULTS, SCRATCH = "inputs", "results", "scratch"
"""The folders inside a job's folder."""


def make_folder(folder: Path) -> None:
    """Make a folder inside a job's, and that itself where nothing has needed it yet; for the host's user alone."""
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class Received:
    """One field of a request: its text, or the file that its upload was written to.

    :param text: a form field's text.
    :param file: the upload's name inside the job's ``inputs`` folder.
    :param sha256: the digest, in hexadecimal, of the upload, or of the weights that the text names.
    """

    text: str | None = None
    file: str | None = None
    sha256: str | None = None

    def as_json(self) -> dict[str, str | None]:
        return dict(vars(self))  # dataclasses.asdict takes ten times as long, for every call

    @property
    def digest(self) -> str:
        """What the provenance says of it: the digest of a file, the text of a parameter."""
        return f"sha256:{self.sha256}" if self.file else (self.text or "")


@dataclass(frozen=True)
class Work:
    """One job, as data that travels to any process.

    :param folder: the job's own folder, with ``inputs`` in it.
    :param inputs: what the request held, by destination.
    :param outputs: the results that somebody will ask for; all of them when empty.
    :param formats: the extension that a result is wanted in, by output name; the element's first where absent.
    :param weights: what the app's network is loaded from; ``None`` for an app that takes none.
    :param device: where the request wants it computed; the settings say so when empty.
    :param request: the id of the request that the job came in with, for the log.
    :param share: what the job may take of memory.
    :param frugal: whether memory ran out when it was tried before.
    :param logged: whether the job keeps a log: somebody can ask for it.
    :param inline: whether short results may be texts in the answer to this, and no files.
    """

    job: str
    app: str
    folder: Path
    inputs: dict[str, Received] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    weights: WeightsFile | None = None
    device: str = ""
    request: str = ""
    logged: bool = False
    share: Share = field(default_factory=Share)
    frugal: bool = False
    inline: bool = False

    def as_json(self) -> dict[str, Any]:
        inputs = {name: received.as_json() for name, received in self.inputs.items()}
        weights = self.weights.as_json() if self.weights else None
        plain = {"folder": str(self.folder), "inputs": inputs, "weights": weights, "share": vars(self.share)}
        return {**vars(self), **plain}

    @classmethod
    def from_json(cls, work: dict[str, Any]) -> Self:
        inputs = {name: Received(**received) for name, received in work["inputs"].items()}
        weights = WeightsFile.from_json(work["weights"]) if work["weights"] else None
        return cls(
            work["job"],
            work["app"],
            Path(work["folder"]),
            inputs,
            dict(work["formats"]),
            list(work["outputs"]),
            weights,
            work["device"],
            work["request"],
            work["logged"],
            Share(**work["share"]),
            work["frugal"],
            work["inline"],
        )


@dataclass(frozen=True)
class Result:
    """One encoded result.

    :param file: its name inside the job's ``results`` folder.
    :param extension: the format that it was written in.
    :param value: a small result itself (a text, points), to be shown beside the link; else ``None``.
    :param text: what would be in the file, where there is none; else ``None``.
    """

    name: str
    file: str
    extension: str
    value: Any = None
    text: str | None = None

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))
