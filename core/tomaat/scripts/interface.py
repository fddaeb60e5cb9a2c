"""The interface of an old service, a list of dictionaries, as elements."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tomaat.elements import (
    Checkbox,
    Fiducials,
    LabelVolume,
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
from tomaat.elements.element import Element
from tomaat.errors import InvalidInterface

Item = Mapping[str, Any]


def _text(item: Item) -> str:
    return str(item.get("text") or "")


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else float(value)


INPUTS: Mapping[str, Callable[[Item], Element]] = MappingProxyType(
    {
        "volume": lambda item: Volume(item["destination"], text=_text(item)),
        "slider": lambda item: Slider(
            item["destination"], text=_text(item), minimum=_number(item["minimum"]), maximum=_number(item["maximum"])
        ),
        "checkbox": lambda item: Checkbox(item["destination"], text=_text(item)),
        "radiobutton": lambda item: RadioButton(
            item["destination"], text=_text(item), options=tuple(map(str, item["options"]))
        ),
        "fiducials": lambda item: Fiducials(item["destination"], text=_text(item)),
        "transform": lambda item: Transform(item["destination"], text=_text(item)),
    }
)
OUTPUTS: Mapping[str, Callable[[Item, str], Element]] = MappingProxyType(
    {
        # The first TOMAAT sent labels on whatever grid they had.
        "LabelVolume": lambda item, name: LabelVolume(name, item["field"], _text(item), reference=None),
        "VTKMesh": lambda item, name: VTKMesh(name, field=item["field"], text=_text(item)),
        "PlainText": lambda item, name: PlainText(name, field=item["field"], text=_text(item)),
        "Fiducials": lambda item, name: Fiducials(name, item["field"], _text(item)),
        "TransformGrid": lambda item, name: TransformGrid(name, field=item["field"], text=_text(item)),
        "TransformBSpline": lambda item, name: TransformBSpline(name, field=item["field"], text=_text(item)),
        "TransformLinear": lambda item, name: TransformLinear(name, field=item["field"], text=_text(item)),
    }
)


def input_elements(interface: Iterable[Item]) -> tuple[Element, ...]:
    """What an input interface asks for. Raises :class:`InvalidInterface`."""
    return tuple(_made(INPUTS, "input", item) for item in interface)


def output_elements(interface: Iterable[Item]) -> tuple[Element, ...]:
    """What an output interface shows; two results of one field get names of their own.

    Raises :class:`InvalidInterface`.
    """
    elements: list[Element] = []
    names: list[str] = []
    for item in interface:
        names.append(_name(str(item.get("field", "")), names))
        elements.append(_made(OUTPUTS, "output", item, names[-1]))
    return tuple(elements)


def as_source(element: Element) -> str:
    """The Python expression that makes an element, with what differs from its defaults."""
    said = []
    for field in dataclasses.fields(element):
        value = getattr(element, field.name)
        if value != _default(field) and (field.name != "field" or value != getattr(element, "name", "")):
            said.append(f"{field.name}={literal(value)}")
    first, *others = said
    return f"{type(element).__name__}({', '.join([first.partition('=')[2], *others])})"


def literal(value: Any) -> str:
    """A text, a number, or a tuple of them, as Python source."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _made(known: Mapping[str, Callable[..., Element]], side: str, item: Item, *more: str) -> Element:
    kind = str(item.get("type"))
    if kind not in known:
        raise InvalidInterface(
            f"The {side} interface has an element of the type {kind!r}; there is: {', '.join(known)}."
        )
    try:
        return known[kind](item, *more)
    except KeyError as error:
        raise InvalidInterface(f"The {kind} of the {side} interface lacks its {error.args[0]!r}.") from None
    except InvalidInterface:
        raise
    except (TypeError, ValueError) as error:
        raise InvalidInterface(f"The {kind} of the {side} interface can't be understood: {error}.") from error


def _name(field: str, taken: Sequence[str]) -> str:
    """A result's name, made from any text."""
    base = re.sub(r"[^A-Za-z0-9_-]+", "_", field, flags=re.ASCII)[:60].strip("_-") or "result"
    base = base if base[0].isalpha() else f"_{base}"
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
