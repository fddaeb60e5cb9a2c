"""Every key that a manifest may have; the docs are written from these tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tomaat.inference.plan import SegmentationPlan
from tomaat.manifest.kinds import (
    CHANNELS,
    CLASSES,
    FLAG,
    FRACTION,
    NUMBER,
    ORIENTATION,
    POSITIVE,
    RANGE,
    SAID,
    SLUG_NAME,
    SPACING,
    TEXT,
    TRUE,
    WINDOW,
    Kind,
    choice,
)

ANY = "any"
USUAL_WINDOW = (96, 96, 96)
"""What a network sees at once if its manifest does not say: whole multiples of 32, as most networks need."""


@dataclass(frozen=True)
class Key:
    """One key of a table.

    :param default: what holds where the key is left out; ``None`` for what its help says.
    :param help: what it is, for people.
    """

    kind: Kind
    default: Any
    help: str


KEYS = {
    "name": Key(SLUG_NAME, None, "the app's name, a part of its address; it must be there"),
    "title": Key(TEXT, "", "its name for people; the name when empty"),
    "description": Key(TEXT, "", "what it does, in a few sentences"),
    "modality": Key(SAID, ANY, "what clients group apps by: CT, MR T1, ..."),
    "anatomy": Key(SAID, ANY, "likewise: abdomen, brain, ..."),
    "task": Key(SAID, "Segmentation", "likewise"),
    "network": Key(TEXT, "", "the network's file, relative to the manifest; the one named beside it when empty"),
    "channels": Key(CHANNELS, ("image",), "the network's input channels; each is a volume that the app asks for"),
    "orientation": Key(ORIENTATION, SegmentationPlan.orientation, "where x, y, z grow to in the network's input"),
    "spacing": Key(SPACING, None, "millimetres between voxels along x, y, z; the image's own when left out"),
    "window": Key(WINDOW, USUAL_WINDOW, "voxels along x, y, z that the network sees at once"),
    "overlap": Key(FRACTION, SegmentationPlan.overlap, "of neighbouring windows, as a fraction of a window"),
    "blend": Key(
        choice("constant", "gaussian"),
        SegmentationPlan.blend,
        "how windows are weighed where they overlap: all alike, or less towards their borders",
    ),
    "whole_volume": Key(
        FLAG, SegmentationPlan.whole_volume, "allow one pass over the whole volume; its answer differs from windows'"
    ),
    "crop_foreground": Key(
        FLAG, SegmentationPlan.crop_foreground, "look only where there is more than 0 after [intensity]"
    ),
    "classes": Key(CLASSES, None, "the network's output channels; one more than the largest label when left out"),
    "arithmetic": Key(
        choice("auto", "fp32"),
        SegmentationPlan.arithmetic,
        "auto: the fastest that gives the same labels on a probe; fp32: single precision",
    ),
}
"""Those of the manifest itself."""
INTENSITY = {
    "range": Key(RANGE, None, "[low, high]: these become 0 and 1, and what is beyond is cut off; usual for CT"),
    "zscore": Key(TRUE, None, "less the image's own mean, by its own standard deviation; usual for MRI"),
    "mean": Key(NUMBER, None, "less this mean; together with deviation"),
    "deviation": Key(POSITIVE, None, "by this standard deviation; together with mean"),
    "clip": Key(RANGE, None, "[low, high] to cut to before zscore, or before mean and deviation"),
}
"""Those of ``[intensity]``."""
LABEL = {
    "name": Key(SAID, None, "for people: left kidney; it must be there"),
    "color": Key(TEXT, "", "#rrggbb; one that differs from the others' when empty"),
}
"""Those of a label that is a table."""
CARD = {
    "authors": Key(TEXT, "", "who made the network"),
    "citation": Key(TEXT, "", "what to cite"),
    "licence": Key(TEXT, "", "of the network"),
    "source": Key(TEXT, "", "where it comes from"),
    "intended_use": Key(TEXT, "", "what it is for"),
    "limits": Key(TEXT, "", "where it fails"),
}
"""Those of ``[card]``."""
TABLES = ("intensity", "labels", "card")
