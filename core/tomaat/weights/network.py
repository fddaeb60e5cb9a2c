"""A loaded network: what every loader gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # the host knows the formats of weights, and has no numpy
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[Any]"


class Network(ABC):
    """A callable from array to array, on a device.

    It takes and gives float32 arrays, N x channels x X x Y x Z or of whatever shape the network was made for; called
    by one thread at a time.

    :ivar device: where it computes: ``cpu``, ``cuda:0``.
    :ivar prepared: what somebody made of it to run it faster; it goes when the network goes.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self.prepared: Any = None

    @abstractmethod
    def __call__(self, batch: Array) -> Array:
        """The network's first output for ``batch``."""

    def stop(self) -> None:  # noqa: B027 - most networks can't
        """End a call that runs now, from another thread: it raises something. Does nothing where that can't be done."""
