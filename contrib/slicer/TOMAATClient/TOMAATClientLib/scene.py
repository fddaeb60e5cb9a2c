"""Nodes of Slicer's scene as files to send, and results as nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer

from tomaat_slicer.errors import ClientError
from tomaat_slicer.form import Field
from tomaat_slicer.results import Result

EXTENSIONS = {"volume": "nrrd", "transform": "h5"}


def exported(node: Any, field: Field, folder: Path) -> Any:
    """A node as a field's value, in world coordinates: where the person sees it. Points are a list of (r, a, s)."""
    if field.kind == "points":
        return slicer.util.arrayFromMarkupsControlPoints(node, world=True).tolist()
    path = folder / f"{field.name}.{EXTENSIONS[field.kind]}"
    world = field.kind == "volume"
    # Compressing blocks Slicer for longer than the network takes.
    if not slicer.util.exportNode(node, str(path), {"useCompression": 0}, world):
        raise ClientError(f"Slicer could not write {field.label!r} to a file.", field.name)
    return path


def load(result: Result, reference: Any) -> Any:
    """Load a result; returns its node, with the result's title as its name, or ``None`` where Slicer can't.

    :param reference: the volume that was sent, on whose grid labels are; ``None`` if there was none.
    """
    loaders = {
        "segmentation": slicer.util.loadSegmentation,
        "labels": slicer.util.loadLabelVolume,
        "model": slicer.util.loadModel,
        "markups": slicer.util.loadMarkups,
        "transform": slicer.util.loadTransform,
    }
    try:
        node = loaders[result.loader](str(result.path))
    except RuntimeError:  # Slicer logs what it was
        return None
    node.SetName(slicer.mrmlScene.GenerateUniqueName(result.title))
    if result.loader == "segmentation":
        if reference is not None:
            node.SetReferenceImageGeometryParameterFromVolumeNode(reference)
        node.CreateClosedSurfaceRepresentation()
    if node.GetStorageNode() is not None:
        # Without its temporary file, Slicer knows that the node is not saved yet.
        slicer.mrmlScene.RemoveNode(node.GetStorageNode())
    return node
