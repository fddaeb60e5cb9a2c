"""Which of a volume's axes run most nearly in which directions of the body.

Axes are swapped and turned, never resampled, and chosen as nibabel's ``io_orientation`` does, because networks were
trained on what its ``as_closest_canonical``, or MONAI's ``Orientation``, gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

POSITIVE, NEGATIVE = "RAS", "LPI"


@dataclass(frozen=True)
class Orientation:
    """How a volume's voxels are stored, seen from the axes that are wanted.

    :ivar axes: for each wanted axis, the stored axis (0 is the first) that runs most nearly along it.
    :ivar turned: the wanted axes, by number, along which the stored one runs the other way.
    """

    axes: tuple[int, int, int]
    turned: tuple[int, ...]

    @classmethod
    def of(cls, affine: NDArray[Any], wanted: str = "RAS") -> Self:
        """The orientation of a volume.

        :param affine: its 4 x 4 matrix from indices to RAS millimetres; it may be oblique.
        :param wanted: where x, y, z shall grow to, as nibabel codes it: ``RAS`` is right, anterior, superior.
        """
        nearest = _nearest(affine)
        axes, turned = [], []
        for number, letter in enumerate(wanted):
            along = (POSITIVE if letter in POSITIVE else NEGATIVE).index(letter)
            axis, backwards = nearest[along]
            axes.append(axis)
            if backwards != (letter in NEGATIVE):
                turned.append(number)
        return cls((axes[0], axes[1], axes[2]), tuple(turned))

    def canonical(self, stored: Tensor) -> Tensor:
        """Voxels, three axes as they are stored, with x, y, z as wanted.

        They are not brought into that order in memory: what is picked from them later is a fraction of the work.
        """
        return stored.permute(self.axes).flip(self.turned)

    def stored(self, canonical: Tensor) -> Tensor:
        """The way back from :meth:`canonical`."""
        back = (self.axes.index(0), self.axes.index(1), self.axes.index(2))
        return canonical.flip(self.turned).permute(back)


def _nearest(affine: NDArray[Any]) -> dict[int, tuple[int, bool]]:
    """For right, anterior and superior: the stored axis nearest to it, and whether that runs the other way."""
    cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    found: dict[int, tuple[int, bool]] = {}
    for axis in np.argsort(np.min(-(cosines**2), axis=0), kind="stable"):  # the clearest first
        along = int(np.argmax(np.abs(cosines[:, axis])))
        found[along] = (int(axis), bool(cosines[along, axis] < 0))
        cosines[along] = 0
    return found
