"""Which results ``tomaat predict`` saves, and where. Decided before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from tomaat.client import Interface, Job, Output
from tomaat.client.views import Result

TEXT = "PlainText"


@dataclass(frozen=True)
class Plan:
    """The files to write.

    :ivar targets: by result name.
    :ivar formats: the extensions to ask the host for.
    :ivar printed: the texts that are shown instead.
    """

    targets: Mapping[str, Path]
    formats: Mapping[str, str]
    printed: tuple[str, ...]

    def save(self, job: Job) -> dict[str, Path]:
        """Write the files, and say where each result is."""
        saved = {}
        for name, target in self.targets.items():
            try:
                saved[name] = job.save(name, target)
            except OSError as error:
                raise click.FileError(str(target), error.strerror or str(error)) from error
        return saved


def sizes(result: Result) -> list[str]:
    """What there is of each label in a label volume, a line each; nothing of other results."""
    if not (isinstance(result.value, Mapping) and "labels" in result.json):
        return []
    names = {value: label["name"] for value, label in result.json["labels"].items()}
    found = {value: size["millilitres"] for value, size in result.value.items() if size["voxels"]}
    lines = [f"  {names.get(value, value)}: {size:,.4g} ml" for value, size in found.items()]
    return lines or ["  nothing is labelled"]


def plan(interface: Interface, wanted: Mapping[str, Path], folder: Path, *, force: bool) -> Plan:
    """What to save: the results in ``wanted``, or all that are no texts in ``folder`` if none was named.

    Raises :class:`click.UsageError` where a file would be replaced or its folder is missing, and what
    :meth:`~tomaat.client.Output.extension_of` raises for a format that the result does not come in.
    """
    outputs = [interface.output(name) for name in wanted] or [o for o in interface.outputs if o.type != TEXT]
    targets = {output.name: _target(output, wanted.get(output.name, folder)) for output in outputs}
    for name, target in targets.items():
        if not target.parent.is_dir():
            raise click.UsageError(f"There is no folder {target.parent} for the result {name!r}.")
        if target.exists() and not force:
            raise click.UsageError(f"{target} is there already. --force replaces it.")
    formats = {output.name: output.extension_of(targets[output.name].name) for output in outputs}
    texts = (output.name for output in interface.outputs if output.type == TEXT and output.name not in targets)
    return Plan(targets, formats, tuple(texts))


def _target(output: Output, target: Path) -> Path:
    return target / f"{output.name}.{output.formats[0]}" if target.is_dir() else target
