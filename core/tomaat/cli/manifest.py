"""``tomaat new --from``: a manifest for a network."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tomaat.errors import Conflict
from tomaat.names import app_name_of, check_app_name


def write_manifest(network: Path, name: str | None = None, output: Path | None = None) -> Path:
    """Write a manifest for a network's file, as far as that tells.

    :param name: the app's; made from the file's name when ``None``.
    :param output: where to write it; ``NAME.toml`` in the current folder when ``None``.
    :returns: the manifest's file.

    Raises :class:`InvalidInput` for a name that no host would take, :class:`Conflict` where the file is there already,
    and what :func:`tomaat.manifest.facts.read_facts` raises.
    """
    from tomaat.manifest.draft import draft
    from tomaat.manifest.facts import read_facts
    from tomaat.manifest.manifest import Manifest

    name = name or app_name_of(network.stem)
    check_app_name(name)
    output = output or Path(f"{name}.toml")
    if output.exists():
        raise Conflict(f"{output.name} is there already; write to another file with --output.")
    text = draft(read_facts(network), name, network, output.parent)
    Manifest.of(tomllib.loads(text), output.name)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    return output
