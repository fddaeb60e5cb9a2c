"""Where a download comes down: beside its target, and only moved there when it is whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tomaat.client.views import Result


def target_of(result: Result, target: Path | str) -> tuple[Path, str]:
    """The file to write, and the extension to ask for.

    ``target`` may be a folder: the file is then called by the result's name, in the format that the host has.
    """
    path = Path(target)
    if path.is_dir():
        return path / f"{result.name}.{result.extension}", result.extension
    return path, result.extension_of(path.name)


@contextmanager
def landing(target: Path) -> Iterator[BinaryIO]:
    """A new file in ``target``'s folder, which replaces ``target`` at the end, or vanishes on an error."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
