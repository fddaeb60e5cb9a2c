"""The built-in kinds of interface elements. Importing them loads no numpy, SimpleITK, vtk or torch."""

from tomaat.elements.checkbox import Checkbox
from tomaat.elements.element import Element, Format, InputElement, OutputElement
from tomaat.elements.fiducials import Fiducials, FiducialsInput, FiducialsOutput
from tomaat.elements.label_volume import Label, LabelVolume
from tomaat.elements.mesh import VTKMesh
from tomaat.elements.plain_text import PlainText
from tomaat.elements.radio_button import RadioButton
from tomaat.elements.slider import Slider
from tomaat.elements.transform import Transform
from tomaat.elements.transform_results import TransformBSpline, TransformGrid, TransformLinear
from tomaat.elements.volume import Volume
from tomaat.elements.weights_choice import WeightsChoice

__all__ = [
    "Checkbox",
    "Element",
    "Fiducials",
    "FiducialsInput",
    "FiducialsOutput",
    "Format",
    "InputElement",
    "Label",
    "LabelVolume",
    "OutputElement",
    "PlainText",
    "RadioButton",
    "Slider",
    "Transform",
    "TransformBSpline",
    "TransformGrid",
    "TransformLinear",
    "VTKMesh",
    "Volume",
    "WeightsChoice",
]
