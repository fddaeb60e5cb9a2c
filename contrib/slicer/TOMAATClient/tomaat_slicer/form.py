"""An app's interface as a form: what to show for each input, and what a filled-in form sends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tomaat_slicer.errors import InvalidValue
from tomaat_slicer.host import App
from tomaat_slicer.multipart import Part

KINDS = {
    "volume": "volume",
    "transform": "transform",
    "fiducials": "points",
    "slider": "number",
    "checkbox": "flag",
    "radiobutton": "choice",
    "weights": "choice",
}
"""What to show for an element's type. Of others, which plugins add, only ``text`` or ``file`` is known."""
WANTED = {
    "volume": "a volume",
    "transform": "a transform",
    "points": "a list of points",
    "number": "a number",
    "flag": "yes or no",
    "choice": "one of the options",
    "text": "a text",
    "file": "a file",
}
NODES = {
    "volume": ("vtkMRMLScalarVolumeNode",),
    "transform": ("vtkMRMLLinearTransformNode", "vtkMRMLBSplineTransformNode", "vtkMRMLGridTransformNode"),
    "points": ("vtkMRMLMarkupsFiducialNode",),
}
"""The nodes of the scene that can be chosen for a field."""
STEPS = 100
"""Steps from a slider's one end to its other, or up to ten times as many, where the app does not say."""
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Field:
    """One field of a form.

    :ivar kind: ``volume``, ``transform``, ``points`` (nodes of the scene), ``number``, ``flag``, ``choice``, ``text``
        or ``file``.
    :ivar label: for people, with the unit of a number.
    :ivar required: whether the app is not called without it.
    :ivar default: what the form shows at first; ``None`` for nothing.
    :ivar minimum, maximum, step, decimals: of a number.
    :ivar options: of a choice.
    """

    name: str
    kind: str
    label: str
    required: bool
    default: Any = None
    minimum: float = 0.0
    maximum: float = 0.0
    step: float = 0.0
    decimals: int = 0
    options: Sequence[str] = ()

    @property
    def nodes(self) -> Sequence[str]:
        """The classes of nodes that can be chosen; empty for what is no node."""
        return NODES.get(self.kind, ())


def fields_of(app: App) -> list[Field]:
    """An app's form. Weights are left out while the app has none: a call is then told how to upload some."""
    return [_field(element) for element in app.inputs if element["type"] != "weights" or element.get("options")]


def parts_of(fields: Iterable[Field], values: Mapping[str, Any]) -> list[Part]:
    """What a filled-in form sends.

    :param values: by the field's name: a :class:`~pathlib.Path` of a volume, transform or file; points as (x, y, z) in
        Slicer's RAS millimetres, which the host gets in LPS; numbers, truth values, texts. ``None`` is left out.

    Raises :class:`InvalidValue`, which names the field.
    """
    parts = []
    for field in fields:
        value = values.get(field.name)
        if value is not None:
            parts.append(Part(field.name, value if isinstance(value, Path) else _text(field, value)))
        elif field.required:
            raise InvalidValue(f"Choose {WANTED[field.kind]} for {field.label!r}.", field.name)
    return parts


def _field(element: Mapping[str, Any]) -> Field:
    name, kind = element["destination"], KINDS.get(element["type"])
    label = element.get("text") or name
    required = bool(element.get("required", not element.get("optional") and element.get("default") is None))
    default = element.get("default")
    if kind == "number":
        return _number(element, label, required)
    if kind == "choice":
        options = tuple(str(option) for option in element["options"])
        return Field(name, kind, label, required, default, options=options)
    if kind == "flag":
        return Field(name, kind, label, required, bool(default))
    if kind == "volume" and element.get("modality"):
        label = f"{label} ({element['modality']})"
    return Field(name, kind or ("file" if element.get("receives") == "file" else "text"), label, required, default)


def _number(element: Mapping[str, Any], label: str, required: bool) -> Field:
    minimum, maximum = float(element["minimum"]), float(element["maximum"])
    default = element.get("default")
    step = element.get("step") or 10.0 ** math.floor(math.log10((maximum - minimum) / STEPS))
    seen = [minimum, maximum, float(step), *([] if default is None else [float(default)])]
    units = f" ({element['units']})" if element.get("units") else ""
    return Field(
        element["destination"],
        "number",
        label + units,
        required,
        default,
        minimum=minimum,
        maximum=maximum,
        step=float(step),
        decimals=next((n for n in range(MOST_DECIMALS) if all(_is_round(x, n) for x in seen)), MOST_DECIMALS),
    )


def _is_round(number: float, decimals: int) -> bool:
    return math.isclose(round(number, decimals), number, rel_tol=1e-9, abs_tol=1e-12)


def _text(field: Field, value: Any) -> str:
    if field.kind == "number":
        return _number_text(field, value)
    if field.kind == "points":
        return ";".join(f"{_negated(x)},{_negated(y)},{float(z)!r}" for x, y, z in value)
    if field.kind == "flag":
        return "true" if value else "false"
    if field.kind == "choice" and value not in field.options:
        raise InvalidValue(f"{field.label!r} must be one of: {', '.join(field.options)}.", field.name)
    return str(value)


def _number_text(field: Field, value: Any) -> str:
    number = float(value)
    slack = 10.0**-field.decimals  # what a widget shows is rounded, and may lie a little outside
    if not field.minimum - slack <= number <= field.maximum + slack:
        raise InvalidValue(f"{field.label!r} must be a number from {field.minimum:g} to {field.maximum:g}.", field.name)
    return repr(min(max(round(number, field.decimals), field.minimum), field.maximum))


def _negated(number: float) -> str:
    return repr(-float(number) + 0.0)
