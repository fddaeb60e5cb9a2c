"""Which of a volume's axes run most nearly to right, anterior and superior.

Axes are swapped and turned, never resampled, and chosen as nibabel's ``io_orientation`` does, because the networks
were trained on what its ``as_closest_canonical`` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Orientation:
    """How a volume's voxels are stored.

    :ivar axes: its axis (0 is the first) that runs most nearly to right or left, front or back, head or feet.
    :ivar turned: those of the three, by number, that run to left, back or feet.
    """

    axes: tuple[int, int, int]
    turned: tuple[int, ...]

    @classmethod
    def of(cls, affine: NDArray[Any]) -> Self:
        """The orientation of a volume, by its 4 x 4 matrix from indices to RAS millimetres; it may be oblique."""
        cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        found: dict[int, tuple[int, bool]] = {}
        for axis in np.argsort(np.min(-(cosines**2), axis=0), kind="stable"):  # the clearest first
            along = int(np.argmax(np.abs(cosines[:, axis])))
            found[along] = (int(axis), bool(cosines[along, axis] < 0))
            cosines[along] = 0
        return cls((found[0][0], found[1][0], found[2][0]), tuple(along for along in range(3) if found[along][1]))

    def canonical(self, stored: Tensor) -> Tensor:
        """Voxels, three axes as they are stored, with x, y, z to right, anterior, superior.

        They are not brought into that order in memory: what is picked from them later is a fraction of the work.
        """
        return stored.permute(self.axes).flip(self.turned)

    def stored(self, canonical: Tensor) -> Tensor:
        """The way back from :meth:`canonical`."""
        back = (self.axes.index(0), self.axes.index(1), self.axes.index(2))
        return canonical.flip(self.turned).permute(back)
