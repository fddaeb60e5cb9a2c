"""Read and write spatial transforms. All are in LPS millimetres, as ITK's are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from tomaat.elements.transform_file import TransformFormat, recognise_transform
from tomaat.errors import InvalidInput, InvalidOutput
from tomaat.image import is_volume
from tomaat.image_files.reading import quiet, read_field

EXPECTED = {
    "TransformGrid": "a displacement field: a SimpleITK.DisplacementFieldTransform, or its image",
    "TransformBSpline": "a SimpleITK.BSplineTransform",
    "TransformLinear": "a rigid, similarity or affine transform of SimpleITK",
}


def read_transform(path: Path, scratch: Path, field: str | None = None) -> sitk.Transform:
    """A three-dimensional transform, from a file that was checked. Raises :class:`InvalidInput`.

    :param scratch: a folder for what has to be unpacked.
    """
    format_ = recognise_transform(path)
    if format_ is TransformFormat.FIELD:
        return sitk.DisplacementFieldTransform(read_field(path, scratch, field))
    # ITK goes by the suffix here
    named = scratch / f"transform{format_.value}"
    os.symlink(path.resolve(), named)
    try:
        with quiet():
            transform: sitk.Transform = sitk.ReadTransform(str(named))
    except RuntimeError:
        raise InvalidInput("A whole ITK transform was expected; this one is damaged or cut off.", field=field) from None
    finally:
        named.unlink()
    if transform.GetDimension() != 3:
        raise InvalidInput("A transform of three dimensions was expected.", field=field)
    return transform


def read_written(source: Path) -> sitk.Transform:
    """What :func:`write_transform` wrote; the name says the format."""
    return read_transform(source, source.parent)


def write_transform(value: Any, target: Path, kind: str) -> None:
    """Write a transform in the format of ``target``'s extension.

    :param kind: ``TransformGrid``, ``TransformBSpline`` or ``TransformLinear``: what it must be.

    Raises :class:`InvalidOutput` with half a sentence for anything else.
    """
    transform = _as_kind(value, kind)
    if target.name.endswith(".nii.gz"):
        sitk.WriteImage(sitk.DisplacementFieldTransform(transform).GetDisplacementField(), str(target), True)
    else:
        sitk.WriteTransform(transform, str(target))


def _as_kind(value: Any, kind: str) -> sitk.Transform:
    if kind == "TransformGrid" and is_volume(value) and value.GetNumberOfComponentsPerPixel() == 3:
        # The transform takes the image over and leaves it empty: give it a copy
        return sitk.DisplacementFieldTransform(sitk.Cast(value, sitk.sitkVectorFloat64))
    if isinstance(value, sitk.Transform) and value.GetDimension() == 3:
        inner = _unwrapped(value)
        fits = {
            "TransformGrid": inner.GetTransformEnum() == sitk.sitkDisplacementField,
            "TransformBSpline": inner.GetTransformEnum() == sitk.sitkBSplineTransform,
            "TransformLinear": inner.IsLinear(),
        }
        if fits[kind]:
            return inner
    raise InvalidOutput(f"must be {EXPECTED[kind]}, not {type(value).__name__}.")


def _unwrapped(transform: sitk.Transform) -> sitk.Transform:
    """The one transform of a composite of one: what registration returns."""
    if transform.GetTransformEnum() == sitk.sitkComposite:
        composite = sitk.CompositeTransform(transform)
        if composite.GetNumberOfTransforms() == 1:
            transform = composite.GetNthTransform(0)
    downcast: sitk.Transform = transform.Downcast()
    return downcast
