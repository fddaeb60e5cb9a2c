"""TOMAAT: a function platform for medical imaging models.

``from tomaat import App, Context, LabelVolume, Slider, Volume, hookimpl`` is what a plugin starts with. Importing
this package loads no torch, Sanic, vtk, SimpleITK or SQLAlchemy; each name is loaded when it is first asked for, so
that ``tomaat --help`` answers at once.

onnxruntime reports to its maker what it is used for; importing this package turns that off, here and in processes that
are started from here, unless ``ORT_DISABLE_TELEMETRY`` says otherwise.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tomaat._version import __version__

if TYPE_CHECKING:
    from tomaat.app import App, Data
    from tomaat.client import AsyncClient, Client
    from tomaat.context import Context
    from tomaat.elements import (
        Checkbox,
        Fiducials,
        Format,
        InputElement,
        LabelVolume,
        OutputElement,
        PlainText,
        RadioButton,
        Slider,
        Transform,
        TransformBSpline,
        TransformGrid,
        TransformLinear,
        Volume,
        VTKMesh,
        WeightsChoice,
    )
    from tomaat.errors import InvalidInput, InvalidOutput, JobCancelled, TomaatError, WeightsMismatch
    from tomaat.inference.app import SegmentationApp
    from tomaat.inference.plan import IntensityRange, SegmentationPlan, ZScore
    from tomaat.markers import hookimpl
    from tomaat.weights.declaration import Weights
    from tomaat.weights.loader import WeightsLoader
    from tomaat.weights.network import Network

# onnxruntime looks for it when it is first imported, by whomever: an app, the parent of all workers, an old script.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {
    "App": "tomaat.app",
    "AsyncClient": "tomaat.client",
    "Checkbox": "tomaat.elements",
    "Client": "tomaat.client",
    "Context": "tomaat.context",
    "Data": "tomaat.app",
    "Fiducials": "tomaat.elements",
    "Format": "tomaat.elements",
    "InputElement": "tomaat.elements",
    "IntensityRange": "tomaat.inference.plan",
    "InvalidInput": "tomaat.errors",
    "InvalidOutput": "tomaat.errors",
    "JobCancelled": "tomaat.errors",
    "LabelVolume": "tomaat.elements",
    "Network": "tomaat.weights.network",
    "OutputElement": "tomaat.elements",
    "PlainText": "tomaat.elements",
    "RadioButton": "tomaat.elements",
    "SegmentationApp": "tomaat.inference.app",
    "SegmentationPlan": "tomaat.inference.plan",
    "Slider": "tomaat.elements",
    "TomaatError": "tomaat.errors",
    "Transform": "tomaat.elements",
    "TransformBSpline": "tomaat.elements",
    "TransformGrid": "tomaat.elements",
    "TransformLinear": "tomaat.elements",
    "VTKMesh": "tomaat.elements",
    "Volume": "tomaat.elements",
    "Weights": "tomaat.weights.declaration",
    "WeightsChoice": "tomaat.elements",
    "WeightsLoader": "tomaat.weights.loader",
    "WeightsMismatch": "tomaat.errors",
    "ZScore": "tomaat.inference.plan",
    "hookimpl": "tomaat.markers",
}

__all__ = [
    "App",
    "AsyncClient",
    "Checkbox",
    "Client",
    "Context",
    "Data",
    "Fiducials",
    "Format",
    "InputElement",
    "IntensityRange",
    "InvalidInput",
    "InvalidOutput",
    "JobCancelled",
    "LabelVolume",
    "Network",
    "OutputElement",
    "PlainText",
    "RadioButton",
    "SegmentationApp",
    "SegmentationPlan",
    "Slider",
    "TomaatError",
    "Transform",
    "TransformBSpline",
    "TransformGrid",
    "TransformLinear",
    "VTKMesh",
    "Volume",
    "Weights",
    "WeightsChoice",
    "WeightsLoader",
    "WeightsMismatch",
    "ZScore",
    "__version__",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tomaat' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
