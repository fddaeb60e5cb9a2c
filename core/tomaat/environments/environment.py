"""A plugin's own virtual environment: where it is, what is installed in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import Distribution, distributions
from pathlib import Path

from tomaat.errors import InvalidInput, NotFound

FOLDER = "environments"
"""Where they are, in the data folder."""
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
MARK = "tomaat.json"
"""The file that is written when an environment is whole; a folder without it was left half-made."""
OF_THE_HOST = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
"""Variables that would make another interpreter look into the host's own environment."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment. Nothing here runs its interpreter.

    :ivar name: a slug.
    :ivar folder: absolute; it stays where it was made.
    """

    name: str
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def mark(self) -> Path:
        """The file that says that it is whole."""
        return self.folder / MARK

    @property
    def whole(self) -> bool:
        """Whether it was made to its end."""
        return self.mark.is_file()

    @property
    def version(self) -> str:
        """Its interpreter's version, such as ``3.11.7``; empty where it does not say so."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            return ""
        pairs = (line.partition("=") for line in lines)
        return next((value.strip() for key, _, value in pairs if key.strip() in ("version", "version_info")), "")

    @property
    def worker(self) -> str:
        """The version of the worker package that is installed in it; empty where there is none."""
        found = (metadata.name.removesuffix(".dist-info").split("-") for metadata in self.metadata())
        return next((name[1] for name in found if name[0] == "tomaat"), "")

    def distributions(self) -> Iterable[Distribution]:
        """What is installed in it."""
        return distributions(path=[str(folder) for folder in self.packages()])

    def metadata(self) -> Iterator[Path]:
        """A folder for each distribution that is installed in it, in a fixed order."""
        for folder in self.packages():
            yield from sorted(folder.glob("*.dist-info"))

    def installed(self) -> str | None:
        """A digest that changes with what is installed; ``None`` where code may change without it: sources in place."""
        seen = sha256()
        for metadata in self.metadata():
            if _editable(metadata):
                return None
            seen.update(f"{metadata.name} {metadata.stat().st_mtime_ns}\n".encode())
        return seen.hexdigest()

    def variables(self) -> dict[str, str]:
        """The variables that its processes get: this process's, without what belongs to the host's environment."""
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_HOST}
        path = os.pathsep.join([str(self.python.parent), kept.get("PATH", os.defpath)])
        return kept | {"VIRTUAL_ENV": str(self.folder), "PATH": path}

    def packages(self) -> list[Path]:
        """The folders that its packages are in."""
        return sorted(self.folder.glob("lib/python*/site-packages"))


@dataclass(frozen=True)
class Environments:
    """All environments of a data folder.

    :param home: the data folder.
    """

    home: Path

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.home / FOLDER

    def all(self) -> list[Environment]:
        """Those that were made to their end, by name."""
        try:
            names = sorted(os.listdir(self.folder))
        except OSError:
            return []
        return [found for found in map(self.at, filter(NAME.fullmatch, names)) if found.whole]

    def at(self, name: str) -> Environment:
        """The environment of that name, whether it is there or not. Raises :class:`InvalidInput` for no such name."""
        if not NAME.fullmatch(name):
            raise InvalidInput(
                f"An environment can't be called {name!r}: lower-case letters, digits and '-', such as 'old-monai'."
            )
        return Environment(name, self.folder / name)

    def get(self, name: str) -> Environment:
        """The environment of that name. Raises :class:`NotFound`, and says which there are."""
        found = self.at(name)
        if found.whole:
            return found
        known = ", ".join(environment.name for environment in self.all()) or "none"
        raise NotFound(f"There is no environment {name!r}; there is: {known}. (tomaat env create {name})")


def _editable(metadata: Path) -> bool:
    try:
        direct = json.loads((metadata / "direct_url.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(direct.get("dir_info", {}).get("editable"))
