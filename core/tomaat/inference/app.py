"""An app that segments volumes with one network: declare the plan, the engine does the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from tomaat.app import App, Data
from tomaat.context import Context
from tomaat.elements.volume import Volume
from tomaat.errors import WeightsMismatch
from tomaat.inference.plan import SegmentationPlan
from tomaat.weights.network import Network

if TYPE_CHECKING:
    from tomaat.inference.engine import Engine


class SegmentationApp(App):
    """Subclass it, declare ``plan``, ``weights``, inputs and outputs, and write :meth:`tomaat.App.network` if it takes
    state dicts::

        class Liver(SegmentationApp):
            name = "liver"
            inputs = [Volume("image")]
            outputs = [LabelVolume("labels", labels={1: "liver"})]
            weights = Weights(architecture="MONAI UNet")
            plan = SegmentationPlan(window=(96, 96, 96), spacing=(1.5, 1.5, 2), intensity=IntensityRange(-57, 164))

            def network(self):
                from monai.networks.nets import UNet
                return UNet(...)

    The volumes among the inputs, in their order, are the network's channels; all are brought to the first one's grid.
    The label map, a ``SimpleITK.Image`` of unsigned integers on the first volume's own grid, is in
    ``data[labels_field]`` after :meth:`infer`: an app that does more with it overrides :meth:`postprocess`.
    """

    plan: ClassVar[SegmentationPlan]
    labels_field: ClassVar[str] = "labels"
    """Where in ``data`` the label map goes."""
    preload = ("torch", "monai.data.utils", "SimpleITK", "tomaat.inference.engine")

    def check_weights(self, network: Network) -> None:
        """Have the network look at one small volume. Raises :class:`WeightsMismatch` where it can't, or gives other
        classes than the plan says."""
        from tomaat.inference.probe import Probe

        channels, classes = len(self._volumes()), self.plan.classes
        try:
            scores = Probe.fitting(network, self.plan, channels).scores
        except Exception as error:
            window = " x ".join(map(str, self.plan.window))
            raise WeightsMismatch(
                f"The network can't look at what this app gives it, {channels} channel(s) of {window} voxels: "
                f"{type(error).__name__}."
            ) from error
        if scores.ndim != 4 or len(scores) != classes:
            raise WeightsMismatch(
                f"The network gives an answer of the shape {' x '.join(map(str, scores.shape))} (classes x X x Y x Z); "
                f"{classes} classes were expected."
            )

    def preprocess(self, data: Data, context: Context) -> Data:
        data["prepared"] = self._engine(context).prepare([data[name] for name in self._volumes()], context)
        return data

    def infer(self, data: Data, context: Context) -> Data:
        data[self.labels_field] = self._engine(context).segment(data.pop("prepared"), context)
        return data

    def _engine(self, context: Context) -> Engine:
        from tomaat.inference.engine import Engine

        network = context.network
        if context.frugal and not isinstance(network.prepared, Engine):
            return Engine(network, self.plan, len(self._volumes()), tried=False)
        if not isinstance(network.prepared, Engine):
            context.progress(0.01, "choosing how to run the network")
            with context.timed("choose"):
                plan = replace(self.plan, arithmetic="fp32") if context.arithmetic == "fp32" else self.plan
                network.prepared = Engine(network, plan, len(self._volumes()))
        return network.prepared

    def _volumes(self) -> list[str]:
        return [element.name for element in self.inputs if isinstance(element, Volume)]
