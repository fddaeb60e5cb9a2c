"""A value for each input of an app, written as a request would bring it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tomaat.elements import Checkbox, FiducialsInput, RadioButton, Slider, Transform, Volume
from tomaat.elements.element import InputElement
from tomaat.workers.work import Received

if TYPE_CHECKING:
    import SimpleITK as sitk

LEFT_OUT = object()
"""Stands for an input that the request does not hold."""


def sample_value(element: InputElement, image: sitk.Image) -> Any:
    """A value that suits an input; :data:`LEFT_OUT` for one that has a default or is optional.

    :param image: what every volume gets.
    """
    if isinstance(element, Volume):
        return image
    if not element.required:
        return LEFT_OUT
    match element:
        case Slider():
            return (element.minimum + element.maximum) / 2
        case Checkbox():
            return False
        case RadioButton():
            return element.options[0]
        case FiducialsInput():
            middle = [size // 2 for size in image.GetSize()]
            return [image.TransformIndexToPhysicalPoint(index) for index in ((0, 0, 0), middle)]
        case Transform():
            import SimpleITK as sitk

            return sitk.AffineTransform(3)
    return LEFT_OUT


def write_inputs(values: Mapping[str, Any], folder: Path) -> dict[str, Received]:
    """Write values as a request's fields.

    :param values: by destination: a ``SimpleITK.Image`` or ``SimpleITK.Transform``, a :class:`~pathlib.Path` to any
        file, a number, a ``bool``, a text, or n x 3 points.
    """
    folder.mkdir(parents=True)
    return {name: _received(name, value, folder) for name, value in values.items() if value is not LEFT_OUT}


def _received(name: str, value: Any, folder: Path) -> Received:
    import SimpleITK as sitk

    if isinstance(value, sitk.Image):
        file = f"{name}.mha"
        sitk.WriteImage(value, str(folder / file))
    elif isinstance(value, sitk.Transform):
        file = f"{name}.tfm"
        sitk.WriteTransform(value, str(folder / file))
    elif isinstance(value, Path):
        file = value.name
        shutil.copyfile(value, folder / file)
    else:
        return Received(text=_text(value))
    return Received(file=file)


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ";".join(",".join(repr(float(number)) for number in point) for point in value)
    return str(value)
