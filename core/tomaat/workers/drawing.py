"""Pictures of volumes: what the host knows of them, which loads no imaging library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PLANES = ("axial", "coronal", "sagittal")


@dataclass(frozen=True)
class Slices:
    """Draws a volume's slices in all planes, in a process that may load imaging libraries.

    :param over: a label volume that is drawn over it.
    :param colors: of its labels, as ``#rrggbb``, by voxel value.
    :param palette: for labels without a colour of their own, in turn.
    """

    over: Path | None = None
    colors: Mapping[int, str] = field(default_factory=dict)
    palette: Sequence[str] = ("#ffffff",)

    def write(self, source: Path, target: Path) -> None:
        """Make the folder ``target`` with a picture for each of :data:`PLANES`: see
        :func:`tomaat.image_files.slices.write_slices`."""
        from tomaat.image_files.slices import write_slices

        write_slices(source, target, over=self.over, colors=self.colors, palette=self.palette)
