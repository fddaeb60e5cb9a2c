"""The files whose change may mend an app that does not start."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tomaat.description import AppDescription
from tomaat.environments.environment import Environments
from tomaat.settings import NOWHERE, Settings

MOST = 5000
"""Files of one folder that are looked at."""
INSTALLED = (".dist-info", ".egg-link", ".pth")

Fingerprint = frozenset[tuple[str, int, int]]


def fingerprint(settings: Settings, app: AppDescription) -> Fingerprint:
    """What changes when the app's code, its weights or the packages that are installed do."""
    return frozenset((*(stamp for path in _paths(settings, app) for stamp in _stamps(path)), *_packages(settings, app)))


def code_fingerprint(path: Path) -> Fingerprint:
    """What changes when this file does, or a file in this folder."""
    return frozenset(_stamps(path))


def _paths(settings: Settings, app: AppDescription) -> Iterator[Path]:
    network = settings.networks.get(app.name)
    if app.source:
        yield Path(app.source)
    if app.weights is not None:
        yield from map(Path, app.weights.bundled.values())
    if network is not None:
        yield from (path for path in (network.manifest, network.file) if path != NOWHERE)
    if settings.weights_folder != NOWHERE:
        yield settings.weights_folder.expanduser() / app.name
    yield settings.home / "weights"


def _packages(settings: Settings, app: AppDescription) -> Iterable[tuple[str, int, int]]:
    """The packages beside: one that was missing may be there now."""
    if app.environment:
        environment = Environments(settings.home).at(app.environment)
        return [*((path.name, 0, 0) for path in environment.metadata()), *_stamps(environment.python)]
    folder = Path(sysconfig.get_paths()["purelib"])
    try:
        return [(path.name, 0, 0) for path in folder.iterdir() if path.suffix in INSTALLED]
    except OSError:
        return []


def _stamps(path: Path) -> Iterator[tuple[str, int, int]]:
    files = islice(path.rglob("*"), MOST) if path.is_dir() else iter([path])
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        if file.suffix != ".pyc" and not file.is_dir():
            yield str(file), status.st_mtime_ns, status.st_size
