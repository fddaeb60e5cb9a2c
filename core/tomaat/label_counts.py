"""How many voxels each label of a label volume has."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

PIECE = 2**20
"""Bytes that are counted at a time: numpy needs eight times as many meanwhile."""
MOST = 256
"""Values; a volume that has more of them is no segmentation that people read."""


def count_labels(labels: sitk.Image, most: int = MOST) -> dict[int, int] | None:
    """The voxels of each value but 0 in a volume of whole numbers, by value.

    ``None`` where there are more than ``most`` values, or one below 0.
    """
    voxels = np.ascontiguousarray(sitk.GetArrayViewFromImage(labels)).reshape(-1)
    step = PIECE // voxels.itemsize
    counts: Counter[int] = Counter()
    for begin in range(0, voxels.size, step):
        counts.update(_count(voxels[begin : begin + step]))
        del counts[0]
        if len(counts) > most or min(counts, default=0) < 0:
            return None
    return dict(sorted(counts.items()))


def _count(voxels: NDArray[Any]) -> dict[int, int]:
    """The voxels of each value; 0 may be passed over."""
    if voxels.dtype == np.uint8:
        return _found(_count_bytes(voxels))
    least, most = voxels.min(), voxels.max()
    if least >= 0 and most < 2**16:
        return _found(np.bincount(voxels.astype(np.uint16)[voxels != 0]))
    values, counts = np.unique(voxels[voxels != 0], return_counts=True)
    return {int(value): int(count) for value, count in zip(values, counts, strict=True)}


def _count_bytes(voxels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The voxels of each value from 1 to 255; few of 0.

    Most of a segmentation is background, which is passed over. Most neighbours are alike, so eight that are count as
    one; the others are counted two at a time.
    """
    whole = voxels.size // 8 * 8
    words = voxels[:whole].view(np.uint64)
    words = words[words != 0]
    alike = words == (words << 8 | words >> 56)
    eights = np.bincount(words[alike].astype(np.uint8), minlength=256)
    pairs = np.bincount(words[~alike].view(np.uint16), minlength=2**16).reshape(256, 256)
    rest = np.bincount(voxels[whole:], minlength=256)
    counts: NDArray[np.int64] = 8 * eights + pairs.sum(0) + pairs.sum(1) + rest
    return counts


def _found(counts: NDArray[Any]) -> dict[int, int]:
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
