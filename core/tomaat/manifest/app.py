"""A manifest's app."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from tomaat.app import Data
from tomaat.context import Context
from tomaat.elements.element import OutputElement
from tomaat.elements.label_volume import Label, LabelVolume
from tomaat.elements.mesh import VTKMesh
from tomaat.elements.plain_text import PlainText
from tomaat.elements.volume import Volume
from tomaat.errors import WeightsMismatch
from tomaat.inference.app import SegmentationApp
from tomaat.manifest.keys import ANY
from tomaat.manifest.manifest import Manifest
from tomaat.manifest.network_file import network_format, weights_id
from tomaat.weights.declaration import Weights
from tomaat.weights.network import Network


class ManifestApp(SegmentationApp):
    """What the apps of all manifests do: labels, their surface, and a report of their volumes."""

    labels: ClassVar[dict[int, Label]]
    own_network: ClassVar[Path]
    """The file that came with the manifest. Nobody has tried it yet, as a host tries uploads."""

    def check_weights(self, network: Network) -> None:
        _check_shape(getattr(network, "shape", ()), (None, len(self.inputs), *self.plan.window))
        super().check_weights(network)

    def preprocess(self, data: Data, context: Context) -> Data:
        network = context.network
        if network.prepared is None and context.weights and context.weights.path == self.own_network:
            self.check_weights(network)
        return super().preprocess(data, context)

    def postprocess(self, data: Data, context: Context) -> Data:
        data = super().postprocess(data, context)
        data["report"] = report(data[self.labels_field], self.labels)
        return data


def _check_shape(takes: Sequence[int | None], gets: Sequence[int | None]) -> None:
    """Raise :class:`WeightsMismatch` where a network insists on another shape; an ONNX model says which it takes."""
    if any(side not in (None, given) for side, given in zip(takes[1:], gets[1:], strict=False)):
        raise WeightsMismatch(
            f"The network takes {_shape(takes)}, and the manifest's channels and window say {_shape(gets)} "
            "(channels x X x Y x Z)."
        )


def _shape(sides: Sequence[int | None]) -> str:
    return " x ".join("any" if side is None else str(side) for side in sides[1:])


def app_of(manifest: Manifest, name: str, network: Path) -> type[ManifestApp]:
    """The app that ``manifest`` describes.

    :param name: what the host calls it.
    :param network: the network's file, absolute.
    """
    labels, own_weights = _labels(manifest), weights_id(network)
    outputs: list[OutputElement] = [LabelVolume("labels", labels=labels), PlainText("report")]
    if find_spec("vtkmodules"):
        outputs.insert(1, VTKMesh("surface", field="labels"))
    own: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": None,
        "name": name,
        "title": manifest.title or name,
        "description": manifest.description or manifest.title or name,
        "modality": manifest.modality,
        "anatomy": manifest.anatomy,
        "task": manifest.task,
        "inputs": tuple(_volume(channel, manifest) for channel in manifest.channels),
        "outputs": tuple(outputs),
        "card": dict(manifest.card),
        "weights": Weights((network_format(network),), bundled={own_weights: network}, default=own_weights),
        "plan": manifest.plan,
        "labels": {value: label for value, label in labels.items() if value},
        "own_network": network,
    }
    return type("NetworkApp", (ManifestApp,), own)


def _labels(manifest: Manifest) -> dict[int, Label]:
    """The manifest's labels; where it names none but the background, all that the network can give, by number."""
    if any(manifest.labels):
        return dict(manifest.labels)
    numbered = {value: Label(f"label {value}") for value in range(1, max(manifest.plan.classes, 2))}
    return dict(manifest.labels) | numbered


def _volume(channel: str, manifest: Manifest) -> Volume:
    modality = "" if manifest.modality == ANY else manifest.modality
    return Volume(channel, text=modality if len(manifest.channels) == 1 else channel, modality=modality)


def report(labels: Any, names: dict[int, Label]) -> str:
    """A line for each label: its name, and its volume in millilitres.

    :param labels: a 3-D ``SimpleITK.Image`` of whole numbers.
    """
    import math

    import numpy as np
    import SimpleITK as sitk

    voxels = sitk.GetArrayViewFromImage(labels)
    most = max(names) + 1
    # slice by slice: numpy counts in numbers of 64 bits, eight times the labels' own
    counts = np.sum([np.bincount(part.ravel(), minlength=most)[:most] for part in voxels], axis=0)
    millilitres = math.prod(labels.GetSpacing()) / 1000  # of one voxel; mm³ to ml
    return "\n".join(f"{label.name}: {int(counts[value]) * millilitres:.1f} ml" for value, label in names.items())
