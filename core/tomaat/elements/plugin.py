"""The built-in elements, registered as a plugin's own would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tomaat import elements
from tomaat.markers import hookimpl

if TYPE_CHECKING:
    from tomaat.hookspecs import RegisterElement


@hookimpl
def tomaat_elements(register: RegisterElement) -> None:
    register(elements.Volume)
    register(elements.Slider)
    register(elements.Checkbox)
    register(elements.RadioButton)
    register(elements.FiducialsInput)
    register(elements.Transform)
    register(elements.WeightsChoice)
    register(elements.LabelVolume)
    register(elements.VTKMesh)
    register(elements.PlainText)
    register(elements.FiducialsOutput)
    register(elements.TransformGrid)
    register(elements.TransformBSpline)
    register(elements.TransformLinear)
