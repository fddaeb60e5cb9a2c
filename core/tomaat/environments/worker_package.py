"""The small package of ours that an environment gets: what a worker needs, as a wheel, from the files that run here.

It is called ``tomaat``, so that a plugin's requirement of ``tomaat`` is met without an index, and the same extras bring
torch, ONNX and meshes. Its version ends in a digest of its files, by which a host knows whether it is its own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import requires
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import tomaat
from tomaat._version import __version__

NAME = "tomaat"
LEFT_OUT = (
    "__main__", "access", "announcing", "audit", "cli", "client", "database", "environments", "home", "host", "jobs",
    "keys", "listening", "look", "metrics", "migrations", "openapi", "pages", "problems", "protocols", "rates",
    "server.running", "serving", "tls", "tracing", "traffic", "weights.rows", "weights.store", "weights.tables",
    "workers.accounts", "workers.app_files", "workers.measured", "workers.plugin", "workers.pool", "workers.spawning",
    "workers.starting", "workers.supply",
)  # fmt: skip
"""Modules that only a host, or a client, needs. What is not named here goes into the package."""
LIBRARIES = ("isal", "numpy", "orjson", "platformdirs", "pluggy", "psutil", "python-ulid", "simpleitk")
"""What the rest imports, of all that a host requires."""
EXTRAS = ("mesh", "onnx", "torch")
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of all files in the wheel, so that the same files give the same wheel."""


def worker_version() -> str:
    """The version of the package that belongs to this host: its own version, and a digest of the package's files."""
    digest = sha256("\n".join(_metadata("")).encode())
    for name, path in _files():
        digest.update(f"\n{name}\n".encode() + path.read_bytes())
    return f"{__version__}{'.' if '+' in __version__ else '+'}worker{digest.hexdigest()[:12]}"


def build_worker_wheel(folder: Path, version: str) -> Path:
    """Write the package into ``folder``, as a wheel that pip installs.

    :param version: what :func:`worker_version` says.
    """
    metadata = f"{NAME}-{version}.dist-info"
    target = folder / f"{NAME}-{version}-py3-none-any.whl"
    content = {name: path.read_bytes() for name, path in _files()}
    content[f"{metadata}/METADATA"] = ("\n".join(_metadata(version)) + "\n").encode()
    content[f"{metadata}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tomaat\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = f"{metadata}/RECORD"
    content[record] = "".join([*(_recorded(*item) for item in content.items()), f"{record},,\n"]).encode()
    with ZipFile(target, "w", ZIP_DEFLATED) as wheel:
        for name, data in content.items():
            entry = ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, data, ZIP_DEFLATED)
    return target


def is_in_package(module: str) -> bool:
    """Whether the package has this module of ours, named in full: ``tomaat.app``."""
    inside = module.removeprefix("tomaat").lstrip(".")
    return not any(inside == name or inside.startswith(f"{name}.") for name in LEFT_OUT)


def _files() -> Iterator[tuple[str, Path]]:
    """The package's files and what they are called in the wheel, in a fixed order."""
    root = Path(tomaat.__file__).parent
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and not _is_by_the_way(inside) and is_in_package(_module(inside)):
            yield f"{NAME}/{inside.as_posix()}", path


def _is_by_the_way(path: Path) -> bool:
    """What tools leave between the files."""
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def _module(path: Path) -> str:
    return ".".join(("tomaat", *path.parent.parts, path.name.partition(".")[0]))


def _metadata(version: str) -> list[str]:
    required = [requirement for requirement in requires(NAME) or () if _is_needed(requirement)]
    return [
        "Metadata-Version: 2.1",
        f"Name: {NAME}",
        f"Version: {version}",
        "Summary: What runs the apps of a TOMAAT host in an environment of their own",
        "Requires-Python: >=3.11",
        *(f"Provides-Extra: {extra}" for extra in EXTRAS),
        *(f"Requires-Dist: {requirement}" for requirement in required),
    ]


def _is_needed(requirement: str) -> bool:
    extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", requirement)
    if extra:
        return extra[1] in EXTRAS
    library = re.match(r"[A-Za-z0-9._-]+", requirement)
    return library is not None and re.sub(r"[-_.]+", "-", library[0]).lower() in LIBRARIES


def _recorded(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"
