"""TOMAAT: a function platform for medical imaging models.

``from tomaat import App, Context, LabelVolume, Slider, Volume, hookimpl`` is what a plugin starts with. Importing
this package loads no torch, Sanic, vtk, SimpleITK or SQLAlchemy.
"""

from typing import TYPE_CHECKING, Any

from tomaat._version import __version__
from tomaat.app import App, Data
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
)
from tomaat.errors import InvalidInput, InvalidOutput, JobCancelled, TomaatError
from tomaat.markers import hookimpl

if TYPE_CHECKING:
    from tomaat.client import AsyncClient, Client

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
    "InvalidInput",
    "InvalidOutput",
    "JobCancelled",
    "LabelVolume",
    "OutputElement",
    "PlainText",
    "RadioButton",
    "Slider",
    "TomaatError",
    "Transform",
    "TransformBSpline",
    "TransformGrid",
    "TransformLinear",
    "VTKMesh",
    "Volume",
    "__version__",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    """The clients load httpx, which a plugin does not need: only when they are asked for."""
    if name in {"Client", "AsyncClient"}:
        from tomaat import client

        return getattr(client, name)
    raise AttributeError(f"module 'tomaat' has no attribute {name!r}")
