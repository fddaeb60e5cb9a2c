"""Patches of synthetic abdomens, prepared as the spleen network wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, CropForegroundd, EnsureChannelFirstd, Orientationd, ScaleIntensityRanged, Spacingd
from numpy.typing import NDArray
from torch import Tensor

from synthetic import synthetic_abdomen
from tomaat.image import to_tensor

if TYPE_CHECKING:
    import SimpleITK as sitk

Places = NDArray[np.int64]
SPACING = (1.5, 1.5, 2.0)
BRIGHT = 0.55
"""What is brighter, and not the spleen, is what it may be taken for."""
THINNED = 20
"""Of so many voxels one is kept as a place to draw a patch at."""
PREPARE = Compose(
    [
        EnsureChannelFirstd(("image", "truth"), channel_dim="no_channel"),
        Orientationd(("image", "truth"), axcodes="RAS", labels=None),
        Spacingd(("image", "truth"), pixdim=SPACING, mode="bilinear", dtype=torch.float32),
        ScaleIntensityRanged("image", a_min=-57, a_max=164, b_min=0, b_max=1, clip=True),
        CropForegroundd(("image", "truth"), source_key="image", allow_smaller=True),
    ]
)
"""What pl-monai_spleenseg and MONAI's spleen tutorial do to a CT."""


def prepared(ct: sitk.Image, truth: sitk.Image) -> tuple[Tensor, Tensor]:
    """A CT and its truth as the network sees them: both 1 x X x Y x Z, float32 from 0 to 1, and uint8."""
    volumes = {}
    for name, image in {"image": ct, "truth": truth}.items():
        voxels, affine = to_tensor(image)
        volumes[name] = MetaTensor(voxels.float(), affine=torch.from_numpy(affine))
    out = PREPARE(volumes)
    # A label is what lies above a half of the interpolated truth, as on the way back to the CT's own grid.
    return out["image"].as_tensor(), (out["truth"].as_tensor() > 0.5).byte()


class Patches:
    """Draws patches at random, reproducibly.

    :param patch: voxels along x, y, z, of :data:`SPACING`.
    """

    def __init__(
        self, volumes: list[tuple[Tensor, Tensor]], patch: tuple[int, int, int], rng: np.random.Generator
    ) -> None:
        self._volumes, self._patch, self._rng = volumes, np.array(patch), rng
        self._spleens = [_places(truth == 1) for _, truth in volumes]
        self._others = [_places((image > BRIGHT) & (truth == 0)) for image, truth in volumes]

    @classmethod
    def make(cls, abdomens: int, patch: tuple[int, int, int], rng: np.random.Generator) -> Self:
        """From ``abdomens`` volumes, with voxels from fine to coarse and slices from thin to thick."""
        volumes = []
        for _ in range(abdomens):
            step, thickness = rng.uniform(1.4, 2.2), rng.uniform(2, 5)
            size = (int(350 / step), int(280 / step), int(330 / thickness))
            volumes.append(prepared(*synthetic_abdomen(rng, size, (step, step, thickness))))
        return cls(volumes, patch, rng)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Images, float32, and truths, uint8, both count x 1 x X x Y x Z; every other one is at the spleen, the rest
        are at what it may be taken for."""
        images, truths = zip(*(self._one(at_the_spleen=number % 2 == 0) for number in range(count)), strict=True)
        return torch.stack(images), torch.stack(truths)

    def _one(self, *, at_the_spleen: bool) -> tuple[Tensor, Tensor]:
        chosen = self._rng.integers(len(self._volumes))
        image, truth = self._volumes[chosen]
        places = (self._spleens if at_the_spleen else self._others)[chosen]
        middle = places[self._rng.integers(len(places))] + self._rng.integers(-self._patch // 4, self._patch // 4 + 1)
        start = np.clip(middle - self._patch // 2, 0, np.array(image.shape[1:]) - self._patch)
        box = (slice(None), *(slice(int(at), int(at + side)) for at, side in zip(start, self._patch, strict=True)))
        return image[box], truth[box]


def _places(mask: Tensor) -> Places:
    """Indices x, y, z of some of the voxels."""
    places: Places = mask[0].nonzero().numpy()[::THINNED]
    return places
