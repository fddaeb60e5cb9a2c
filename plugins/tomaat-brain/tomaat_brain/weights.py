"""Where deepbet's networks lie, and which they are.

Only the files of the ``deepbet`` distribution are used; its code, and what that needs, is never imported.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

COARSE, FINE = "bbox_model.pt", "model.pt"
FOLDER = "data/models"
"""Where the wheel puts them, at the top level of ``site-packages``."""


def weights_file(name: str) -> Path:
    """The path of :data:`COARSE` or :data:`FINE`. Raises :class:`FileNotFoundError`, and says what to install."""
    try:
        installed = files("deepbet") or []
    except PackageNotFoundError:
        installed = []
    for file in installed:
        if file.as_posix() == f"{FOLDER}/{name}":
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise FileNotFoundError(f"The network {name} is missing: pip install --force-reinstall --no-deps deepbet==1.0.2")


def sha256(path: Path) -> str:
    """The file's digest, as the provenance shows it: ``sha256:`` and 64 hexadecimal digits."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
