"""How many bytes one pass of a network needs: counted, so that it is known before the first image comes."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tomaat.inference.memory import measured_growth
from tomaat.inference.running import Run

SCRATCH = 3
"""What is counted, times this, is enough: kernels keep copies of their own in other layouts. Measured on MONAI's U-Net:
2.8 in fp32 as it was loaded, 1.1 in channels-last."""


def footprint(run: Run, volume: Tensor) -> int:
    """The most bytes that ``run`` has in use at once while it looks at ``volume``, beside the network's weights.

    Tensors are counted as they come and go. What onnxruntime allocates is not seen that way, and is measured instead;
    there the first pass in a process tells the most.
    """
    if run.module is not None:
        return int(SCRATCH * _counted(run, volume))
    with measured_growth() as growth:
        counted = _counted(run, volume)
    return max(growth.peak, counted)


def _counted(run: Run, volume: Tensor) -> int:
    class Count(TorchDispatchMode):
        """Adds up the storages of all tensors that are alive."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.holders: Counter[int] = Counter()
            self.now = self.peak = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            for leaf in tree_leaves(result):
                if hasattr(leaf, "untyped_storage"):
                    self._hold(leaf)
            return result

        def _hold(self, tensor: Tensor) -> None:
            storage = tensor.untyped_storage()
            address, size = storage.data_ptr(), storage.nbytes()
            if not self.holders[address]:
                self.now += size
                self.peak = max(self.peak, self.now)
            self.holders[address] += 1
            weakref.finalize(tensor, self._release, address, size)

        def _release(self, address: int, size: int) -> None:
            self.holders[address] -= 1
            if not self.holders[address]:
                self.now -= size

    with Count() as count:
        run(volume)
    return int(count.peak)
