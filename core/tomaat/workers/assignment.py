"""What a worker process is started for, and what it says when it is ready."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tomaat.settings import NetworkSettings
from tomaat.weights.declaration import WeightsFile


@dataclass(frozen=True)
class Assignment:
    """What a worker process is started for: to run an app's jobs, or to look at weights once.

    :param device: empty leaves the choice to the worker.
    :param folder: where workers keep locks and scratch space.
    :param max_voxels: what one volume may have, as in the settings.
    :param device_asked: whether a request named the device, and not the settings.
    :param preferred: the GPU that has the most memory to give, for an app that is left the choice.
    :param concurrency: jobs that it runs at once, each in a thread.
    :param threads: processor threads to compute with; one for each usable core when 0.
    :param warm_weights: networks that stay loaded.
    :param max_memory: bytes that this process may have; 0 where only the machine sets a limit.
    :param arithmetic: ``fp32`` where no faster one may be used.
    :param plugins: the installed plugins that the host serves; all of them when empty.
    :param networks: the app's manifest, as in the settings, if it has one.
    :param log_format: how the log is written: ``text`` or ``json``.
    :param log_apps: whether the host's log gets what apps say during jobs, too.
    :param check: the weights that the app shall try, instead of running jobs.
    """

    app: str
    device: str
    folder: Path
    max_voxels: int
    device_asked: bool = False
    preferred: str = ""
    concurrency: int = 1
    threads: int = 0
    warm_weights: int = 2
    max_memory: int = 0
    arithmetic: str = ""
    plugins: tuple[str, ...] = ()
    networks: Mapping[str, NetworkSettings] = field(default_factory=dict)
    log_format: str = "text"
    log_apps: bool = False
    check: WeightsFile | None = None
    log_level: int = logging.INFO

    def as_json(self) -> dict[str, Any]:
        """The same as data, for another interpreter."""
        networks = {
            name: {"manifest": str(network.manifest), "file": str(network.file)}
            for name, network in self.networks.items()
        }
        check = self.check.as_json() if self.check else None
        plain = {"folder": str(self.folder), "plugins": list(self.plugins), "networks": networks, "check": check}
        return dict(vars(self)) | plain

    @classmethod
    def from_json(cls, assignment: Mapping[str, Any]) -> Self:
        """Rebuild it from :meth:`as_json`."""
        networks = {
            name: NetworkSettings(Path(network["manifest"]), Path(network["file"]))
            for name, network in assignment["networks"].items()
        }
        check = WeightsFile.from_json(assignment["check"]) if assignment["check"] else None
        plugins = tuple(assignment["plugins"])
        rebuilt = {"folder": Path(assignment["folder"]), "plugins": plugins, "networks": networks, "check": check}
        return cls(**{**assignment, **rebuilt})


@dataclass(frozen=True)
class Started:
    """What a worker says of itself when it is ready.

    :ivar seconds: that loading took.
    :ivar device: where it computes.
    :ivar devices: where it could.
    :ivar usual: where it does if nobody says: any of the GPUs, or the processor.
    """

    seconds: float
    device: str
    devices: list[str]
    usual: list[str]
