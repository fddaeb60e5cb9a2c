"""The tables of a settings file: ``[apps.NAME]``, ``[devices.NAME]``, ``[networks.NAME]`` and ``[announce]``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tomaat.errors import SettingsError
from tomaat.settings.table import NOWHERE, check_url, setting


@dataclass(frozen=True)
class AppSettings:
    """What one app may be told, in the table ``[apps.NAME]`` of the settings file."""

    min_workers: int = setting(0, "processes that are started with the host and kept running for this app")
    max_workers: int = setting(1, "how many processes may run this app at once")
    concurrency: int | None = setting(
        None, "jobs that each of these processes runs at once, in threads; the app's own number when not set"
    )
    timeout: float | None = setting(None, "seconds that one job may run; the app's own limit when not set")
    queue_limit: int = setting(100, "jobs that may wait; past it a call is answered with 503")
    idle_timeout: float = setting(300.0, "seconds after which an idle worker ends and its memory is free")
    keep_warm: bool = setting(False, "never end the last worker, neither when it is idle nor for another app's memory")
    max_upload: int = setting(0, "bytes that one request's body may have; the host's limit when 0")
    device: str = setting("", "where to compute: cpu, cuda:0; chosen by the host when empty")
    weights: str = setting("", "the weights of calls that name none; the app's own default when empty")
    threads: int = setting(0, "processor threads of each worker; one for each core that it may use when 0")
    warm_weights: int = setting(2, "networks that each worker keeps loaded: those that were used last")
    max_memory: int = setting(0, "bytes that each worker may have; a job that would need more is refused; 0: no limit")
    arithmetic: str = setting("", "fp32: never compute faster; when empty, wherever that gives the same labels")
    delayed: bool = setting(False, "answer old TOMAAT clients with a DelayedResponse, which they ask for again")

    def __post_init__(self) -> None:
        if self.max_workers < 1:
            raise SettingsError("max_workers must be 1 or more: an app with no worker could never answer.")
        if self.min_workers > self.max_workers:
            raise SettingsError(f"min_workers is {self.min_workers}, and max_workers only {self.max_workers}.")
        if self.concurrency == 0:
            raise SettingsError("concurrency must be 1 or more: no job could ever run.")
        if self.warm_weights < 1:
            raise SettingsError("warm_weights must be 1 or more: a job needs its network while it runs.")
        if self.arithmetic not in ("", "fp32"):
            raise SettingsError(f"arithmetic is {self.arithmetic!r}; it can only be fp32, or empty.")
        if self.timeout == 0:
            raise SettingsError("timeout must be more than 0 seconds: no job could ever finish.")


@dataclass(frozen=True)
class DeviceSettings:
    """What a device has for workers, in the table ``[devices.NAME]``; NAME is ``cpu``, or such as ``"cuda:0"``."""

    memory: int = setting(0, "bytes that all workers may take together; most of what the machine or the GPU has when 0")


@dataclass(frozen=True)
class NetworkSettings:
    """A network that is served without a plugin, in the table ``[networks.NAME]``; the app is called NAME."""

    manifest: Path = setting(NOWHERE, "the manifest's file, relative to the settings file; it must be there")
    file: Path = setting(NOWHERE, "the network's file, likewise; the one that the manifest names when empty")

    def __post_init__(self) -> None:
        if self.manifest == NOWHERE:
            raise SettingsError('A table [networks.NAME] needs the manifest\'s file, such as manifest = "liver.toml".')

    def beside(self, folder: Path) -> Self:
        """The same with absolute paths; relative ones start at ``folder``."""
        file = self.file if self.file == NOWHERE else folder / self.file.expanduser()
        return dataclasses.replace(self, manifest=folder / self.manifest.expanduser(), file=file)


@dataclass(frozen=True)
class AnnounceSettings:
    """Where the host announces its apps, in the table ``[announce]``; not at all without a URL."""

    url: str = setting("", "the announcement service; nothing is announced when empty")
    key: str = setting("", "the API key that the announcement service's administrator gave")
    interval: float = setting(1600.0, "seconds from one announcement of an app to the next")
    fingerprint: str = setting("", "SHA-256 of the announcement service's certificate, where it is self-signed")

    def __post_init__(self) -> None:
        if self.url:
            check_url(self.url, "[announce] url")
        if self.url and not self.key:
            raise SettingsError("An announcement service is named, but no key for it: set [announce] key, too.")
        if self.interval < 1:
            raise SettingsError("[announce] interval must be 1 second or more.")
