"""Draw overlay.png: what the app ``brain`` of a running host finds in a whole head.

    tomaat serve &
    pip download --no-deps pydeface && unzip pydeface-*.whl pydeface/data/mean_reg2mean.nii.gz
    python docs/images/overlay.py pydeface/data/mean_reg2mean.nii.gz

Needs matplotlib beside tomaat. The head is pydeface's template (MIT): the average of many T1-weighted heads, so that
nobody's face is shown. Each plane is placed by its own file's millimetres: were image and mask not on one grid, it
would show.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import SimpleITK as sitk
from matplotlib.colors import ListedColormap

from tomaat import Client
from tomaat.image import orient

PLANES = (("sagittal", 0, 1, 2), ("coronal", 1, 0, 2), ("axial", 2, 0, 1))
"""Name, axis that is cut, axis across, axis up; of a volume that grows to the left, the back and the head."""
COLOUR = "#ff5d73"


def draw(image: sitk.Image, mask: sitk.Image, report: str, target: Path) -> None:
    """Three planes through the middle of the mask, its outline over the image."""
    image, mask = orient(image, "LPS"), orient(mask, "LPS")
    centre = _middle(mask)
    ratios = [image.GetSize()[across] * image.GetSpacing()[across] for _, _, across, _ in PLANES]
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.9), facecolor="black", width_ratios=ratios)
    for panel, (name, cut, across, up) in zip(panels, PLANES, strict=True):
        head, extent = _plane(image, centre, cut, across, up)
        panel.imshow(head, cmap="gray", vmax=np.percentile(head, 99.5), extent=extent, origin="lower")
        brain, extent = _plane(mask, centre, cut, across, up)
        tint = ListedColormap([COLOUR])
        panel.imshow(np.ma.masked_equal(brain, 0), cmap=tint, alpha=0.25, extent=extent, origin="lower")
        panel.contour(brain, [0.5], colors=COLOUR, linewidths=1.3, extent=extent, origin="lower")
        panel.set_title(name, color="white", fontsize=10)
        panel.axis("off")
        if name == "axial":
            panel.invert_yaxis()  # the nose at the top, as everybody has it
    figure.text(0.5, 0.035, report, color="white", fontsize=10, ha="center")
    figure.subplots_adjust(left=0.005, right=0.995, top=0.92, bottom=0.1, wspace=0.03)
    figure.savefig(target, dpi=100, facecolor="black")


def _middle(mask: sitk.Image) -> tuple[float, ...]:
    """The centre of what is set, in LPS millimetres."""
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(mask)
    middle: tuple[float, ...] = shape.GetCentroid(1)
    return middle


def _plane(volume: sitk.Image, centre: tuple[float, ...], cut: int, across: int, up: int) -> tuple[Any, list[float]]:
    """One plane as an array up x across, and its outer edges in LPS millimetres."""
    index = volume.TransformPhysicalPointToIndex(centre)[cut]
    plane = np.take(sitk.GetArrayViewFromImage(volume), index, 2 - cut)
    edges = []
    for axis in (across, up):
        step = volume.GetSpacing()[axis]
        first = volume.GetOrigin()[axis] - step / 2
        edges += [first, first + step * volume.GetSize()[axis]]
    return plane, edges


def main(head: Path, url: str = "http://127.0.0.1:9001") -> None:
    """Have ``head`` segmented, and draw it."""
    with Client(url) as client:
        result = client.predict("brain", image=head)
        draw(sitk.ReadImage(str(head)), result.image("mask"), result.text("report"), Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
