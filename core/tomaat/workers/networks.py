"""The networks that a worker keeps warm."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping

from tomaat.app import App
from tomaat.context import Context
from tomaat.errors import NotFound, WeightsMismatch, WorkerNotStarted
from tomaat.out_of_memory import free_memory
from tomaat.weights.declaration import FIELD, WeightsFile
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.network import Network

log = logging.getLogger("tomaat.worker")


class NetworkCache:
    """Loads networks for one app on one device, and keeps those that were used last.

    :param loaders: by format.
    :param room: how many networks stay loaded.
    """

    def __init__(self, loaders: Mapping[str, WeightsLoader], app: App, device: str, room: int = 2) -> None:
        self._loaders = loaders
        self._app = app
        self._device = device
        self._room = room
        self._networks: OrderedDict[tuple[str, str], Network] = OrderedDict()
        self._changing = threading.RLock()  # jobs that run at once must not load one network twice

    def get(self, weights: WeightsFile, context: Context) -> Network:
        """The network with these weights. It is the same object for as long as it stays loaded.

        Tells ``context`` of the loading and how long it took. Raises :class:`WeightsMismatch`, :class:`NotFound` for a
        file that is gone, and :class:`WorkerNotStarted` where the loader's library is not installed.
        """
        with self._changing:
            network = self._kept(weights, context)
        if network.device != context.device:
            context.provenance["device"] = network.device
        return network

    def _kept(self, weights: WeightsFile, context: Context) -> Network:
        key = (weights.sha256, weights.format)
        if key not in self._networks:
            with context.timed("weights"), context.waiting():
                context.progress(0.0, "loading the weights")
                self._make_room()
                self._networks[key] = self.load(weights)
        self._networks.move_to_end(key)
        return self._networks[key]

    def load(self, weights: WeightsFile) -> Network:
        """A network of its own, which is not kept. Raises what :meth:`get` raises."""
        loader = self._loaders.get(weights.format)
        if loader is None:
            raise WeightsMismatch(f"Nothing here loads weights of the format {weights.format!r}.", field=FIELD)
        if not weights.path.is_file():
            raise NotFound(f"The weights {weights.id!r} were removed before this job ran; choose others.", field=FIELD)
        try:
            return loader.load(weights.path, self._app, self._device)
        except ImportError as error:
            log.error("a module that weights need can't be imported", exc_info=error)
            raise WorkerNotStarted(
                f"Weights as {weights.format} need {error.name}, which can't be imported here."
            ) from error

    def _make_room(self) -> None:
        """Before, and not after: there may not be memory for one more."""
        while len(self._networks) >= self._room:
            self._networks.popitem(last=False)
            free_memory()
