"""Synthetic abdominal CTs whose spleen is known to the voxel.

A body about the origin of LPS millimetres: air, fat, a cavity with liver, stomach, kidneys, bowel, vertebrae, aorta and
ribs. The spleen is the ellipsoid of 110 to 140 HU at the patient's left back. Others of its size and shape are darker
or brighter, and two of them lie right above and below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import SimpleITK as sitk

Array = NDArray[Any]
Triple = tuple[float, float, float]
AIR, FAT, CAVITY = -1000.0, -95.0, 25.0
NOISE = 14.0
"""Standard deviation, in Hounsfield units."""


@dataclass(frozen=True)
class Ellipsoid:
    """One brightness inside an ellipsoid, everything in LPS millimetres.

    :ivar value: Hounsfield units.
    :ivar turn: radians about the axis from feet to head.
    """

    value: float
    centre: Triple
    radii: Triple
    turn: float = 0.0

    def inside(self, axes: tuple[Array, Array, Array]) -> tuple[tuple[slice, slice, slice], Array]:
        """The box of the grid that may hold it, along z, y, x, and which voxels of that box it does hold.

        :param axes: where the grid's voxels are along x, y, z.
        """
        across = max(self.radii[:2]) if self.turn else None
        reach = (across or self.radii[0], across or self.radii[1], self.radii[2])
        box = tuple(
            slice(*np.searchsorted(axis, (centre - radius, centre + radius)))
            for axis, centre, radius in zip(axes, self.centre, reach, strict=True)
        )
        x, y, z = (axis[part] - centre for axis, part, centre in zip(axes, box, self.centre, strict=True))
        x, y = x[None, :], y[:, None]
        cosine, sine = np.cos(self.turn, dtype=np.float32), np.sin(self.turn, dtype=np.float32)
        flat = ((cosine * x + sine * y) / self.radii[0]) ** 2 + ((cosine * y - sine * x) / self.radii[1]) ** 2
        return (box[2], box[1], box[0]), flat[None] + (z[:, None, None] / self.radii[2]) ** 2 < 1


def synthetic_abdomen(
    rng: np.random.Generator,
    size: tuple[int, int, int] = (512, 512, 90),
    spacing: Triple = (0.8, 0.8, 5.0),
) -> tuple[sitk.Image, sitk.Image]:
    """An int16 CT in Hounsfield units and its uint8 truth, 1 where the spleen is; both on one grid about the origin.

    :param rng: decides everything: the same state gives the same voxels.
    :param size: voxels along x, y, z.
    :param spacing: millimetres between them.
    """
    import SimpleITK as sitk

    axes = _axes(size, spacing)
    values = _body(rng, axes)
    for organ in _organs(rng):
        box, inside = organ.inside(axes)
        values[box][inside] = organ.value
    spleen = _spleen(rng)
    box, inside = spleen.inside(axes)
    values[box][inside] = spleen.value
    truth = np.zeros(values.shape, np.uint8)
    truth[box][inside] = 1
    noise = rng.standard_normal(values.shape, np.float32)
    noise *= NOISE
    values += noise
    images = sitk.GetImageFromArray(np.clip(values, -1024, 3071).astype(np.int16)), sitk.GetImageFromArray(truth)
    for image in images:
        image.SetSpacing(spacing)
        image.SetOrigin([float(axis[0]) for axis in axes])
    return images


def _axes(size: tuple[int, int, int], spacing: Triple) -> tuple[Array, Array, Array]:
    x, y, z = (
        ((np.arange(count) - (count - 1) / 2) * step).astype(np.float32)
        for count, step in zip(size, spacing, strict=True)
    )
    return x, y, z


def _body(rng: np.random.Generator, axes: tuple[Array, Array, Array]) -> Array:
    """Air, fat, and the cavity in it, the same in every slice: float32, z, y, x."""
    x, y, z = axes
    width, depth = rng.uniform(160, 172), rng.uniform(118, 136)
    ring = rng.uniform(14, 26)
    slice_ = np.full((len(y), len(x)), AIR, np.float32)
    slice_[(x[None] / width) ** 2 + (y[:, None] / depth) ** 2 < 1] = FAT
    slice_[(x[None] / (width - ring)) ** 2 + (y[:, None] / (depth - ring)) ** 2 < 1] = CAVITY
    return np.repeat(slice_[None], len(z), axis=0)


def _spleen(rng: np.random.Generator) -> Ellipsoid:
    centre = (rng.uniform(82, 100), rng.uniform(22, 48), rng.uniform(-25, 35))
    radii = (rng.uniform(22, 34), rng.uniform(30, 42), rng.uniform(36, 56))
    return Ellipsoid(rng.uniform(110, 140), centre, radii, rng.uniform(-0.5, 0.5))


def _organs(rng: np.random.Generator) -> list[Ellipsoid]:
    """All but the spleen; a later one lies over the earlier."""

    def near(*centre: float, by: float = 8) -> Triple:
        x, y, z = (rng.uniform(at - by, at + by) for at in centre)
        return x, y, z

    def size(*radii: float) -> Triple:
        x, y, z = (rng.uniform(0.85, 1.15) * radius for radius in radii)
        return x, y, z

    bowel = [Ellipsoid(rng.uniform(-10, 60), near(0, -30, -90, by=75), size(24, 20, 22)) for _ in range(8)]
    organs = [
        Ellipsoid(rng.uniform(60, 90), near(-70, -15, 25), size(68, 74, 82)),  # liver
        Ellipsoid(rng.uniform(20, 55), near(55, -45, 25), size(42, 34, 52)),  # stomach
        Ellipsoid(rng.uniform(175, 220), near(62, 58, -75), size(26, 28, 50)),  # kidneys
        Ellipsoid(rng.uniform(175, 220), near(-62, 58, -55), size(26, 28, 50)),
        Ellipsoid(rng.uniform(170, 220), near(8, 22, 0), (11, 11, 2000)),  # aorta
        # The spleen's size and shape, but darker or brighter; two of them right above and below it
        Ellipsoid(rng.uniform(40, 80), near(85, 20, -115, by=12), size(28, 34, 40), rng.uniform(-0.5, 0.5)),
        Ellipsoid(rng.uniform(175, 240), near(85, 25, 130, by=12), size(26, 32, 40), rng.uniform(-0.5, 0.5)),
        Ellipsoid(rng.uniform(175, 240), near(-80, -40, -90, by=20), size(28, 34, 44), rng.uniform(-0.5, 0.5)),
        Ellipsoid(rng.uniform(40, 80), near(-85, 40, 120, by=15), size(28, 34, 44), rng.uniform(-0.5, 0.5)),
    ]
    spine = [Ellipsoid(rng.uniform(260, 420), (0, 62, level), (24, 20, 15)) for level in range(-220, 221, 36)]
    ribs = [
        Ellipsoid(rng.uniform(400, 700), (140 * np.cos(angle), 98 * np.sin(angle), level), (9, 9, 6))
        for level in range(-220, 221, 30)
        for angle in np.linspace(0.1, np.pi - 0.1, 9) + (level // 30 % 2) * 0.17
    ]
    return [*bowel, *organs, *spine, *ribs]
