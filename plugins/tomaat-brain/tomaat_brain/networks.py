"""deepbet's two TorchScript networks on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tomaat_brain.weights import COARSE, FINE, sha256, weights_file

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Networks:
    """Both networks take a normalised T1 image, 1 x 1 x n x n x n (x, y, z to right, anterior, superior), and give
    the probabilities of background and brain, 1 x 2 x n x n x n.

    :ivar coarse: finds the head, at n = 128.
    :ivar fine: finds the brain, at n = 256 in the box that the coarse one found.
    :ivar digest: which weights these are, for the provenance.
    """

    coarse: Callable[[Tensor], Tensor]
    fine: Callable[[Tensor], Tensor]
    device: str
    digest: str

    @classmethod
    def load(cls, device: str) -> Self:
        """Raises :class:`FileNotFoundError` where deepbet is not installed.

        The networks run as they come: ``freeze``, ``optimize_for_inference`` and channels-last memory were tried
        on a CPU and took as long or longer, the last with other masks.
        """
        import torch

        coarse, fine = weights_file(COARSE), weights_file(FINE)
        return cls(
            coarse=torch.jit.load(str(coarse), map_location=device).eval(),
            fine=torch.jit.load(str(fine), map_location=device).eval(),
            device=device,
            digest=f"{sha256(coarse)} {COARSE}, {sha256(fine)} {FINE}",
        )
