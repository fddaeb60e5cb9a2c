"""Run jobs of one app: decode, preprocess, infer, postprocess, encode.

The same code runs in a worker process, in ``tomaat check`` and in :class:`tomaat.testing.AppContract`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tomaat.app import App, Data
from tomaat.context import Context
from tomaat.description import AppDescription
from tomaat.elements.element import InputElement
from tomaat.errors import InvalidInput, InvalidOutput
from tomaat.plugins import Plugins
from tomaat.workers.networks import NetworkCache
from tomaat.workers.work import INPUTS, RESULTS, SCRATCH, Received, Result, Work, make_folder

if TYPE_CHECKING:
    from tomaat.image import Grid
    from tomaat.image_files.limits import Limits
    from tomaat.weights.declaration import WeightsFile


def free(context: Context) -> AbstractContextManager[None]:
    """The lock of a device that nobody else uses."""
    return nullcontext()


@dataclass
class Runner:
    """An app's instance and how to call it.

    :param plugins: this process's plugins; their hooks wrap each stage.
    :param app: the app's instance; :meth:`tomaat.App.load` has been called.
    :param networks: those that the app's jobs use.
    :param limits: how large a volume may be; the defaults of :class:`tomaat.image_files.limits.Limits` when ``None``.
    :param hold_device: gives what ``infer`` runs under: the lock of its device.
    """

    plugins: Plugins
    app: App
    description: AppDescription
    networks: NetworkCache
    limits: Limits | None = None
    hold_device: Callable[[Context], AbstractContextManager[None]] = field(default=free)

    def context(self, work: Work, **options: Any) -> Context:
        """The context to run a job in, which can load the job's weights.

        :param options: what else :class:`tomaat.Context` takes.
        """
        context = Context(
            weights=work.weights, load_network=lambda weights: self.networks.get(weights, context), **options
        )
        return context

    def run(self, work: Work, context: Context) -> list[Result]:
        """Do the job; its results are files in ``work.folder`` when this returns.

        :param context: from :meth:`context`.

        Raises :class:`InvalidInput` for inputs that can't be decoded, :class:`InvalidOutput` where the app breaks
        its own interface, :class:`JobCancelled`, and whatever the app raises.
        """
        with context.timed("decode"):
            data = self._decode(work, context)
        grids = _grids(data)
        context.provenance |= self._origin(work)
        data = self._stages(data, context)
        context.check_cancelled()
        with context.timed("encode"):
            return self._encode(data, work, grids)

    def _decode(self, work: Work, context: Context) -> Data:
        return {
            element.destination: self._value(element, work.inputs.get(element.destination), work, context)
            for element in self.description.inputs
        }

    def _value(self, element: InputElement, received: Received | None, work: Work, context: Context) -> Any:
        context.check_cancelled()
        if received is None:
            if element.required:
                raise InvalidInput(f"The field {element.destination!r} is missing.", field=element.destination)
            return element.fallback
        if received.file is None:
            return element.parse(received.text or "")
        scratch = work.folder / SCRATCH / element.destination
        scratch.mkdir(parents=True)
        return element.read(work.folder / INPUTS / received.file, scratch, self.limits)

    def _stages(self, data: Data, context: Context) -> Data:
        hook = self.plugins.hook
        data = _returned("preprocess", hook.tomaat_preprocess(app=self.app, data=data, context=context))
        context.check_cancelled()
        with ExitStack() as held:
            if self.app.holds_device:
                with context.timed("device"):
                    held.enter_context(self.hold_device(context))
            data = _returned("infer", hook.tomaat_infer(app=self.app, data=data, context=context))
        context.check_cancelled()
        return _returned("postprocess", hook.tomaat_postprocess(app=self.app, data=data, context=context))

    def _encode(self, data: Data, work: Work, grids: Mapping[str, Grid]) -> list[Result]:
        results = []
        for element in self.description.outputs:
            if work.outputs and element.name not in work.outputs:
                continue  # a surface can take longer than all the rest
            if data.get(element.field) is None:
                raise InvalidOutput(
                    f"The app {work.app!r} returned nothing under {element.field!r}, which its result "
                    f"{element.name!r} is read from.",
                    field=element.name,
                )
            format_ = element.format(work.formats.get(element.name, element.formats[0].extension))
            file, value = f"{element.name}.{format_.extension}", data[element.field]
            text = element.inline(value) if work.inline else None
            if text is None:
                folder = work.folder / RESULTS
                make_folder(folder)
                element.encode(value, folder / file, grids)
            results.append(Result(element.name, file, format_.extension, element.preview(value), text))
        return results

    def _origin(self, work: Work) -> dict[str, Any]:
        return {
            "app": self.description.name,
            "plugin": f"{self.description.plugin} {self.description.version}".strip(),
            "inputs": {name: received.digest for name, received in work.inputs.items() if received.file},
            "parameters": {name: received.digest for name, received in work.inputs.items() if not received.file},
        } | _weights(work.weights)


def _weights(weights: WeightsFile | None) -> dict[str, str]:
    if weights is None:
        return {}
    return {"weights": f"sha256:{weights.sha256}", "weights_id": weights.id, "weights_format": weights.format}


def _returned(stage: str, data: Any) -> Data:
    if not isinstance(data, dict):
        raise InvalidOutput(f"{stage}() must return the dictionary of its data, not {type(data).__name__}.")
    return data


def _grids(data: Data) -> dict[str, Grid]:
    """The grids of the volumes among the inputs, before an app can change them in place."""
    from tomaat.image import Grid, is_volume

    return {name: Grid.of(value) for name, value in data.items() if is_volume(value)}
