"""What a model's author writes: an interface and three stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.context import Context
from tomaat.elements.element import Element
from tomaat.weights.declaration import Weights

if TYPE_CHECKING:
    import torch

    from tomaat.weights.network import Network

Data = dict[str, Any]
"""Values by destination: ``SimpleITK.Image`` for a volume, ``float``, ``bool``, ``str``, an n x 3 array of LPS
millimetres for points, ``SimpleITK.Transform``. Stages add their results under their outputs' ``field``."""


class App:
    """One model as a function. Subclass it, and register the class in a ``tomaat_apps`` hook.

    The class is read by the host, which must stay light: import torch, monai, vtk and SimpleITK inside methods.
    One instance lives in each worker and runs one job at a time, or as many as ``concurrency`` says.
    """

    name: ClassVar[str]
    """A lower-case slug, unique on a host: ``brain``, ``spleen-ct``."""
    title: ClassVar[str] = ""
    """Its name for people; ``name`` when empty."""
    description: ClassVar[str] = ""
    """A few sentences; the class's docstring when empty."""
    modality: ClassVar[str] = "any"
    anatomy: ClassVar[str] = "any"
    task: ClassVar[str] = "any"
    inputs: ClassVar[Sequence[Element]] = ()
    outputs: ClassVar[Sequence[Element]] = ()
    card: ClassVar[Mapping[str, str]] = {}
    """The model card: any of ``authors``, ``citation``, ``licence``, ``source``, ``intended_use``, ``limits``."""
    timeout: ClassVar[float] = 600.0
    """Seconds that one job may run, unless the host's settings say otherwise."""
    concurrency: ClassVar[int] = 1
    """Jobs that one worker may run at once, each in a thread, unless the host's settings say otherwise. More than 1
    only for an app whose methods keep nothing on ``self``."""
    preload: ClassVar[tuple[str, ...]] = ()
    """Heavy modules that the methods import (``("torch",)``): the host's parent of all workers imports them once,
    so that a worker starts in a fraction of a second."""
    weights: ClassVar[Weights | None] = None
    """What weights it takes, if the host shall keep and load them: ``context.network`` is then the loaded network, and
    an input ``weights``, which is added where the app does not declare it itself, chooses among them."""
    holds_device: ClassVar[bool] = True
    """Whether ``infer`` waits until no other app's ``infer`` runs on its device. ``False`` for an app that
    computes so little that waiting for a network would be silly."""

    def load(self, context: Context) -> None:
        """Load weights. Runs once in a worker, before its first job."""

    def network(self) -> torch.nn.Module:
        """The network without weights: what a state dict is loaded into."""
        raise NotImplementedError(f"{type(self).__name__} has no network(), so it takes no state dict")

    def check_weights(self, network: Network) -> None:
        """Raise :class:`tomaat.errors.WeightsMismatch` if the app can't use this network. Called once for each upload,
        after it was loaded; a state dict that does not fit :meth:`network` never comes here."""

    def preprocess(self, data: Data, context: Context) -> Data:
        """Bring the inputs into the form that :meth:`infer` needs. Does nothing by default."""
        return data

    def infer(self, data: Data, context: Context) -> Data:
        """Compute. The only stage that every app must have."""
        raise NotImplementedError(f"{type(self).__name__} has no infer()")

    def postprocess(self, data: Data, context: Context) -> Data:
        """Turn what :meth:`infer` found into the declared outputs. Does nothing by default."""
        return data
