"""The options of ``tomaat serve`` for a network without a plugin."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tomaat.settings import NOWHERE, NetworkSettings, Settings

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def network_options(command: Command) -> Command:
    """Add ``--manifest``, ``--onnx`` and ``--torchscript``."""
    for name, takes in (
        ("torchscript", "TorchScript network that --manifest describes."),
        ("onnx", "ONNX network that --manifest describes; `tomaat new --from` writes a manifest."),
        ("manifest", "Serve a network without a plugin, as this TOML file describes it."),
    ):
        command = click.option(f"--{name}", type=FILE, help=takes)(command)
    return command


def with_network(
    settings: Settings, manifest: Path | None, onnx: Path | None, torchscript: Path | None
) -> tuple[Settings, tuple[str, ...]]:
    """The settings with the network that the command line names, and the apps that must be served then.

    Raises :class:`click.UsageError` for options that do not go together, and :class:`tomaat.errors.ManifestError`.
    """
    from tomaat.manifest.manifest import Manifest

    network = _one_of(onnx, torchscript)
    if manifest is None:
        if network is None:
            return settings, ()
        raise click.UsageError(
            f"{network.name} does not say how its network was trained, so it needs a manifest too: write one with "
            f"`tomaat new --from {network.name}`, then add --manifest."
        )
    name = Manifest.read(manifest).name
    given = NetworkSettings(manifest.absolute(), network.absolute() if network else NOWHERE)
    return dataclasses.replace(settings, networks={**settings.networks, name: given}), (name,)


def _one_of(onnx: Path | None, torchscript: Path | None) -> Path | None:
    from tomaat.manifest.network_file import ONNX, TORCHSCRIPT, network_format

    if onnx and torchscript:
        raise click.UsageError("One manifest describes one network: give --onnx or --torchscript, not both.")
    if onnx and network_format(onnx) != ONNX:
        raise click.UsageError(f"{onnx.name} is TorchScript: name it with --torchscript.")
    if torchscript and network_format(torchscript) != TORCHSCRIPT:
        raise click.UsageError(f"{torchscript.name} is ONNX: name it with --onnx.")
    return onnx or torchscript
