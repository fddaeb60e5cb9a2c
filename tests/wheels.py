"""Make wheels of a few lines, so that pip can install them without an index."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile


def wheel(
    folder: Path, name: str, version: str, source: str, *, requires: Iterable[str] = (), plugin: bool = False
) -> Path:
    """A wheel with one module, called ``name``.

    :param plugin: whether that module is a plugin of TOMAAT.
    """
    folder.mkdir(parents=True, exist_ok=True)
    metadata = f"{name}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    content = {
        f"{name}.py": source,
        f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}",
        f"{metadata}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if plugin:
        content[f"{metadata}/entry_points.txt"] = f"[tomaat]\n{name} = {name}\n"
    content[f"{metadata}/RECORD"] = "".join(f"{path},,\n" for path in (*content, f"{metadata}/RECORD"))
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with ZipFile(target, "w") as file:
        for path, text in content.items():
            file.writestr(path, text)
    return target
