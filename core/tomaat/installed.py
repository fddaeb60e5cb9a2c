"""What is installed now: also what was installed, upgraded or removed while this process runs."""

from __future__ import annotations

import importlib
import site
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

GROUP = "tomaat"
"""The entry point group of plugins."""
OWN = "tomaat"
"""The platform's own distribution."""
EDITABLE = "__editable__"
"""How the modules begin that setuptools makes of an editable install."""


def entry_points() -> Iterator[EntryPoint]:
    """Entry points in a fixed order, so that of two plugins with one name the same one wins each time."""
    yield from sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))


def look_again() -> None:
    """Have the next import and the next :func:`entry_points` see what is there now, and nothing of what was."""
    forgotten = _packages()
    _read_path_files()
    importlib.invalidate_caches()
    forgotten |= _packages()
    for name in tuple(sys.modules):
        if name.partition(".")[0] in forgotten:
            del sys.modules[name]


def _packages() -> set[str]:
    """The packages that plugins consist of, TOMAAT's own excepted."""
    found: set[str] = set()
    for point in entry_points():
        if point.dist is None or point.dist.name != OWN:
            listed = (point.dist.read_text("top_level.txt") or "").split() if point.dist else []
            found |= {point.value.partition(":")[0].partition(".")[0], *listed}
    return found - {"tomaat", "tomaat_announce", *sys.stdlib_module_names}


def _read_path_files() -> None:
    """Read the ``.pth`` files as an interpreter does at its start: they are how editable installs are found."""
    finders = [finder for finder in sys.meta_path if _is_editable(finder)]
    for name in [name for name in sys.modules if name.startswith(EDITABLE)]:
        del sys.modules[name]
    for folder in _folders():
        site.addsitedir(str(folder))
    for finder in finders:  # not before: meanwhile others import
        sys.meta_path.remove(finder)


def _is_editable(finder: object) -> bool:
    return str(getattr(finder, "__module__", "")).startswith(EDITABLE)


def _folders() -> Iterable[Path]:
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [path for path in map(Path, (*site.getsitepackages(), *user)) if path.is_dir() and str(path) in sys.path]
