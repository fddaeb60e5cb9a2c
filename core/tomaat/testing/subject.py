"""An app on trial: its instance, and what it made of one job."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from tomaat.app import App
from tomaat.context import Context
from tomaat.description import AppDescription
from tomaat.elements import LabelVolume
from tomaat.errors import InvalidInput, PluginError
from tomaat.plugins import Plugins, find_plugins
from tomaat.testing.samples import sample_value, write_inputs
from tomaat.testing.volumes import head
from tomaat.testing.weights import find_weights
from tomaat.weights.declaration import FIELD, WeightsFile
from tomaat.workers.devices import choose_device
from tomaat.workers.networks import NetworkCache
from tomaat.workers.runner import Runner
from tomaat.workers.work import INPUTS, RESULTS, SCRATCH, Work

if TYPE_CHECKING:
    import SimpleITK as sitk

    from tomaat.image import Grid

GRACE = 5.0
"""Seconds after which a host kills a worker whose job was cancelled."""

Sample = Callable[["sitk.Image"], Mapping[str, Any]]


class ContractBroken(AssertionError):
    """The app does not do what every host relies on; the text says what it did instead."""


@dataclass(frozen=True)
class Trial:
    """What the app made of one job.

    :ivar results: the files of its results, by name.
    :ivar grids: the grids of the volumes that it was given, by destination.
    :ivar refused: why it did not take the input; it has no results then.
    """

    results: Mapping[str, Path] = field(default_factory=dict)
    grids: Mapping[str, Grid] = field(default_factory=dict)
    refused: str = ""


@dataclass
class Subject:
    """An app, and how to try it out. Use it in ``with``, or :meth:`close` it: it keeps files until then.

    :param source: the app's class.
    :param plugins: what wraps its stages: its own plugin too, where it is installed.
    :param plugin: the entry point's name; empty for a class that no plugin registers.
    :param sample: gives values for inputs, by destination, for one synthetic image; the rest is made up.
    :param grace: seconds within which it must stop when cancelled.
    :param weights: a file for an app that takes weights; those that it brings when ``None``.
    """

    source: type[App]
    plugins: Plugins
    plugin: str = ""
    sample: Sample = lambda image: {}
    grace: float = GRACE
    weights: Path | None = None

    def __post_init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="tomaat-check-")
        self._numbers = itertools.count(1)

    @classmethod
    def of(cls, app: str | type[App], **options: Any) -> Self:
        """The subject for an installed app's name, or for a class.

        Raises :class:`NotFound` for an unknown name, and :class:`PluginError` where its plugin is in quarantine.
        """
        if not isinstance(app, str):
            return cls(app, find_plugins(installed=False), **options)
        plugins = find_plugins()
        for broken in plugins.broken:
            if broken.plugin.name == app and app not in plugins.apps:
                raise PluginError(f"The plugin {app!r} is broken: {broken.reason}")
        registered = plugins.app(app)
        return cls(registered.app, plugins, registered.description.plugin, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove all files."""
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return Path(self._folder.name)

    @cached_property
    def description(self) -> AppDescription:
        """The interface as a host sees it. Raises :class:`InvalidInterface`."""
        return AppDescription.of(self.source, self.plugin, "")

    @cached_property
    def first(self) -> Trial:
        """What it made of a head on a plain grid; done once."""
        return self.run(head())

    @property
    def label_volumes(self) -> list[LabelVolume]:
        """Those of its outputs that have to lie on an input's grid."""
        return [element for element in self.description.outputs if isinstance(element, LabelVolume)]

    def run(
        self,
        image: sitk.Image,
        *,
        report: Callable[[float, str], None] = lambda fraction, message: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Trial:
        """Run one job with ``image`` in every volume.

        Raises whatever the app raises, but for an :class:`InvalidInput` that names a field.
        """
        from tomaat.image import Grid, is_volume

        folder = self.folder / str(next(self._numbers))
        values = {element.name: sample_value(element, image) for element in self.description.inputs}
        weights = self._weights
        if weights:
            values[FIELD] = weights.id
        values |= self.sample(image)
        grids = {name: Grid.of(value) for name, value in values.items() if is_volume(value)}
        inputs = write_inputs(values, folder / INPUTS)
        work = Work("check", self.description.name, folder, inputs, weights=weights)
        context = self._runner.context(work, **self._surroundings(folder / SCRATCH), report=report, cancelled=cancelled)
        try:
            results = self._runner.run(work, context)
        except InvalidInput as error:
            if error.field not in values:
                raise ContractBroken(f"It refused an input without naming its field: {error.detail}") from error
            return Trial(grids=grids, refused=f"refused by the app: {error.detail}")
        return Trial({result.name: folder / RESULTS / result.file for result in results}, grids)

    @cached_property
    def _weights(self) -> WeightsFile | None:
        return find_weights(self.description, self.plugins.loaders, self.weights)

    @cached_property
    def _device(self) -> str:
        """As in a worker: what the app imports is there before the device is chosen, since torch says what there is."""
        loader = self.plugins.loaders[self._weights.format].preload if self._weights else ()
        for module in (*self.description.preload, *loader):
            import_module(module)
        return choose_device("")

    @cached_property
    def _runner(self) -> Runner:
        app = self.source()
        networks = NetworkCache(self.plugins.loaders, app, self._device)
        if self._weights:
            app.check_weights(networks.load(self._weights))
        app.load(Context(**self._surroundings(self.folder / "load")))
        return Runner(self.plugins, app, self.description, networks)

    def _surroundings(self, scratch: Path) -> dict[str, Any]:
        scratch.mkdir(parents=True, exist_ok=True)
        log = logging.getLogger(f"tomaat.testing.{self.source.__name__}")
        return {"device": self._device, "scratch": scratch, "log": log}
