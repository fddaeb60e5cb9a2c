"""A manifest as a plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tomaat.hookspecs import RegisterApp
from tomaat.manifest.app import app_of
from tomaat.manifest.manifest import Manifest
from tomaat.manifest.network_file import find_network
from tomaat.markers import hookimpl


@dataclass(frozen=True, eq=False)
class ManifestPlugin:
    """Registers the one app that a manifest describes.

    :param name: what the host calls it, whatever the manifest says.
    :param file: the network's file, absolute.
    """

    name: str
    manifest: Manifest
    file: Path

    @classmethod
    def read(cls, name: str, path: Path, file: Path | None = None) -> ManifestPlugin:
        """The plugin for a manifest's file and its network's. Raises :class:`tomaat.errors.ManifestError`."""
        manifest = Manifest.read(path)
        return cls(name, manifest, find_network(manifest, path, file))

    @hookimpl
    def tomaat_apps(self, register: RegisterApp) -> None:
        register(app_of(self.manifest, self.name, self.file))
