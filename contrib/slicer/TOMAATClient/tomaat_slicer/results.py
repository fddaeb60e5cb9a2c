"""A job's results as files that Slicer loads, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tomaat_slicer.host import NAME, App
from tomaat_slicer.segmentation import write_segmentation

LOADERS = {
    "LabelVolume": ("nrrd", "segmentation"),
    "VTKMesh": ("vtk", "model"),
    "Fiducials": ("mrk.json", "markups"),
    "TransformGrid": ("h5", "transform"),
    "TransformBSpline": ("h5", "transform"),
    "TransformLinear": ("h5", "transform"),
    "PlainText": ("txt", "text"),
}
"""The format to ask for, and what loads it, by the type of a result."""
EXTENSION = re.compile(r"[A-Za-z0-9]+(\.[A-Za-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class Result:
    """One result, on this computer.

    :ivar title: the name of the node.
    :ivar loader: ``segmentation``, ``labels`` (a label volume without names), ``model``, ``markups``, ``transform``;
        ``text``, which is shown; ``file`` for what this module does not know.
    :ivar path: the file, ``None`` for a text.
    :ivar text: of a text.
    """

    name: str
    title: str
    loader: str
    path: Path | None = None
    text: str = ""


def formats_of(app: App) -> dict[str, str]:
    """The format that each result is asked for in, where the app has it: so the host writes none twice."""
    wanted = {}
    for element in app.outputs:
        extension = LOADERS.get(element["type"], ("", ""))[0]
        if extension in element.get("formats", ()):
            wanted[element["name"]] = extension
    return wanted


def downloads(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The results of a job that have to be fetched: all but texts that its JSON has."""
    return [result for result in job["results"] if not isinstance(result.get("value"), str)]


def href_of(result: Mapping[str, Any]) -> str:
    """The path to ask for, in the format that this module loads."""
    extension = LOADERS.get(result["type"], ("", ""))[0]
    asked = extension and extension in result.get("formats", ()) and extension != result.get("extension")
    return f"{result['href']}.{extension}" if asked else str(result["href"])


def target_of(result: Mapping[str, Any], folder: Path) -> Path:
    """The file to download to. The host's words are no file names unless they look like one."""
    name, (extension, _) = result["name"], LOADERS.get(result["type"], ("", ""))
    if extension not in result.get("formats", ()) or not extension:
        extension = result.get("extension") or ""
    if not NAME.fullmatch(name) or not EXTENSION.fullmatch(extension):
        raise ValueError("a name that no host of ours gives")
    return folder / f"{name}.{extension}"


def as_result(app: App, result: Mapping[str, Any], path: Path | None) -> Result:
    """What to load.

    :param path: where the download is; ``None`` for a text of the job's JSON.
    """
    name, title = result["name"], result.get("text") or result["name"]
    title = f"{app.title or app.name}: {title}"
    loader = LOADERS.get(result["type"], ("", "file"))[1]
    if path is None:
        return Result(name, title, "text", text=str(result["value"]))
    if loader == "text":
        return Result(name, title, "text", text=path.read_text(encoding="utf-8", errors="replace"))
    if loader == "segmentation":
        target = path.with_name(f"{name}.seg.nrrd")
        try:
            write_segmentation(path, target, result.get("labels") or {})
        except ValueError:
            return Result(name, title, "labels", path)
        return Result(name, title, loader, target)
    return Result(name, title, loader, path)
