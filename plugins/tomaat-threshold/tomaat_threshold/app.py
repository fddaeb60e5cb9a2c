"""Everything brighter than a level."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from tomaat import App, Checkbox, Context, Data, InvalidInput, LabelVolume, PlainText, Slider, Volume, VTKMesh

if TYPE_CHECKING:
    import SimpleITK as sitk

OTSU_SAMPLES = 1_000_000
"""Voxels that Otsu's histogram is made of: enough for any threshold, and a histogram of a whole CT takes a second."""


class Threshold(App):
    """Everything brighter than a level. Without a level, Otsu's method finds one between the two kinds of voxels
    that an image has most of, such as air and body."""

    name = "threshold"
    title = "Threshold"
    modality, anatomy, task = "any", "any", "Segmentation"
    inputs = (
        Volume("image", text="Image", help="Any scan: CT, MRI, or another."),
        Slider(
            "level",
            text="Level, 0 darkest, 1 brightest",
            minimum=0,
            maximum=1,
            step=0.01,
            optional=True,
            help="What is at least this bright is marked. Not set, the level is found in the image itself.",
        ),
        Checkbox(
            "largest",
            text="Only the largest component",
            default=False,
            help="Leaves out all that does not touch the largest bright region.",
        ),
    )
    outputs = (
        LabelVolume("labels", labels={1: "bright"}),
        VTKMesh("surface", field="labels"),
        PlainText("report"),
    )
    card: ClassVar[dict[str, str]] = {
        "authors": "The TOMAAT developers",
        "citation": "Otsu 1979, A threshold selection method from gray-level histograms, doi:10.1109/TSMC.1979.4310076",
        "licence": "Apache-2.0",
        "source": "SimpleITK",
        "intended_use": "Learning how a plugin works, and trying out a host.",
        "limits": "It knows nothing of anatomy. Not a medical device.",
    }
    holds_device = False

    def infer(self, data: Data, context: Context) -> Data:
        image, level = data["image"], data["level"]
        darkest, brightest = intensity_range(image)
        if level is None:
            labels = image > otsu(image)
        else:
            labels = image >= representable(image, darkest + level * (brightest - darkest))
        if data["largest"]:
            context.progress(0.5, "components")
            labels = largest_component(labels)
        data["labels"] = labels
        return data

    def postprocess(self, data: Data, context: Context) -> Data:
        data["report"] = f"bright: {millilitres(data['labels']):.1f} ml"
        return data


def intensity_range(image: sitk.Image) -> tuple[float, float]:
    """The image's minimum and maximum. Raises :class:`InvalidInput` where nothing lies between them."""
    import SimpleITK as sitk

    # numpy's minimum is NaN if any voxel is; that of SimpleITK's filter may not be.
    voxels = sitk.GetArrayViewFromImage(image)
    darkest, brightest = float(voxels.min()), float(voxels.max())
    if not (math.isfinite(darkest) and math.isfinite(brightest) and darkest < brightest):
        raise InvalidInput("Expected an image with dark and bright voxels, all of them finite.", field="image")
    return darkest, brightest


def representable(image: sitk.Image, intensity: float) -> float:
    """The lowest value from ``intensity`` up that the image's type can hold: SimpleITK would cut 0.5 to 0."""
    return intensity if "float" in image.GetPixelIDTypeAsString() else math.ceil(intensity)


def otsu(image: sitk.Image) -> float:
    """Otsu's threshold, from about :data:`OTSU_SAMPLES` voxels on a regular lattice."""
    import SimpleITK as sitk

    step = max(1, round((image.GetNumberOfPixels() / OTSU_SAMPLES) ** (1 / 3)))
    filter_ = sitk.OtsuThresholdImageFilter()
    filter_.Execute(image[::step, ::step, ::step])
    return float(filter_.GetThreshold())


def largest_component(labels: sitk.Image) -> sitk.Image:
    """Of all groups of voxels that touch by their faces, the one with the most voxels."""
    import SimpleITK as sitk

    largest: sitk.Image = sitk.RelabelComponent(sitk.ConnectedComponent(labels), sortByObjectSize=True) == 1
    return largest


def millilitres(labels: sitk.Image) -> float:
    """The volume of all voxels that are not 0."""
    import SimpleITK as sitk

    voxels = int((sitk.GetArrayViewFromImage(labels) != 0).sum())
    cubic_millimetres: float = voxels * math.prod(labels.GetSpacing())
    return cubic_millimetres / 1000
