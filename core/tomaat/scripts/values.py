"""Values as an old app gets and returns them: a list of one for each field, volumes and transforms as files.

Points were in Slicer's RAS millimetres, and are in LPS everywhere else here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from tomaat.app import Data
from tomaat.elements import Checkbox, LabelVolume, RadioButton, Transform, Volume
from tomaat.elements.element import InputElement, OutputElement
from tomaat.elements.fiducials import FiducialsInput, FiducialsOutput
from tomaat.elements.plain_text import PlainText
from tomaat.errors import InvalidOutput

LPS_TO_RAS = (-1.0, -1.0, 1.0)
"""The same factors lead back."""
FRACTIONAL = (sitk.sitkFloat32, sitk.sitkFloat64)
SUFFIXES = {sitk.sitkDisplacementField: ".nii.gz", sitk.sitkBSplineTransform: ".h5", sitk.sitkComposite: ".h5"}
"""Of a transform's file, as the first TOMAAT named it; ``.mat`` for all others, which are linear."""


def as_sent(element: InputElement, value: Any, folder: Path) -> Any:
    """What an old app finds in the list of one.

    :param value: what ``element`` read.
    :param folder: where files go that the app gets the path of.
    :returns: for a volume the path of an MHA file, for a transform that of a ``.nii.gz`` (displacement field), ``.h5``
        (B-spline) or ``.mat`` (linear); ``str`` for boxes and buttons; points n x 3 in RAS.
    """
    match element:
        case _ if value is None:
            return None
        case Volume():
            path = folder / f"{element.destination}.mha"
            sitk.WriteImage(value, str(path))
            return str(path)
        case Transform():
            return str(_written(value, folder / element.destination))
        case FiducialsInput():
            return value * LPS_TO_RAS
        case Checkbox() | RadioButton():
            return str(value)
    return value


def as_result(element: OutputElement, results: Data) -> Any:
    """What ``element`` encodes, from the list of one that an old app returned. Raises :class:`InvalidOutput`."""
    values = results.get(element.field)
    if not isinstance(values, list | tuple | np.ndarray) or len(values) == 0:
        raise InvalidOutput(
            f"The script must return a list of one under {element.field!r}, not {type(values).__name__}.",
            field=element.name,
        )
    match element:
        case PlainText():
            return str(values[0])
        case FiducialsOutput():
            points = np.asarray(values[0])
            return points * LPS_TO_RAS if points.ndim == 2 and points.shape[1] == 3 else values[0]
        case LabelVolume() if isinstance(values[0], sitk.Image) and values[0].GetPixelID() in FRACTIONAL:
            return sitk.Round(values[0])  # some resample their labels linearly
    return values[0]


def _written(transform: sitk.Transform, path: Path) -> Path:
    inner = transform.Downcast()
    kind = inner.GetTransformEnum()
    path = path.with_name(path.name + SUFFIXES.get(kind, ".mat"))
    if kind == sitk.sitkDisplacementField:
        sitk.WriteImage(sitk.DisplacementFieldTransform(inner).GetDisplacementField(), str(path))
    else:
        sitk.WriteTransform(inner, str(path))
    return path
