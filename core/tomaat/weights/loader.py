"""A way to turn a weights file into a network; plugins add theirs by ``tomaat_weights_loaders``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tomaat.weights.network import Network

if TYPE_CHECKING:
    from tomaat.app import App


class WeightsLoader(ABC):
    """Subclass it and register the class's instance.

    The host only asks :meth:`recognises`, in a thread and never trusting the file; it must need no heavy library.
    :meth:`load` runs in a worker, or in a process of its own that checks an upload.
    """

    format: ClassVar[str]
    """Its name, and the extension of its files: ``pth``."""
    title: ClassVar[str]
    """For people: ``PyTorch state dict``."""
    preload: ClassVar[tuple[str, ...]] = ()
    """Heavy modules that :meth:`load` imports."""

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """Whether the file's content, whatever its name, looks like this format. Cheap and pure Python."""

    @abstractmethod
    def load(self, path: Path, app: App, device: str) -> Network:
        """The network with these weights, ready to be called on ``device``.

        Raises :class:`tomaat.errors.WeightsMismatch` for a file that can't be read as this format, or does not fit
        the app's network; the sentence says which tensors are missing, unexpected or of another shape.
        """
