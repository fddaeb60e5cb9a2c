"""Dictionaries as elements, and elements as source."""

from __future__ import annotations

from typing import Any

import pytest

import tomaat
from tomaat import Checkbox, Fiducials, LabelVolume, PlainText, RadioButton, Slider, Transform, TransformGrid, Volume
from tomaat.errors import InvalidInterface
from tomaat.scripts.interface import as_source, input_elements, output_elements

INPUTS: list[dict[str, Any]] = [
    {"type": "volume", "destination": "images"},
    {"type": "slider", "destination": "level", "minimum": 0, "maximum": "2.5"},
    {"type": "checkbox", "destination": "RAS", "text": 'use "RAS"'},
    {"type": "radiobutton", "destination": "unit", "text": "choose:", "options": ["mm", 3]},
    {"type": "fiducials", "destination": "points", "unknown": "key"},
    {"type": "transform", "destination": "trf"},
]
OUTPUTS: list[dict[str, Any]] = [
    {"type": "LabelVolume", "field": "images", "label": "test"},
    {"type": "PlainText", "field": "images"},
    {"type": "Fiducials", "field": "the points!"},
    {"type": "TransformGrid", "field": "3d"},
]


def test_inputs() -> None:
    assert input_elements(INPUTS) == (
        Volume("images"),
        Slider("level", minimum=0, maximum=2.5),
        Checkbox("RAS", text='use "RAS"'),
        RadioButton("unit", text="choose:", options=("mm", "3")),
        Fiducials("points"),
        Transform("trf"),
    )


def test_results_get_names_that_urls_can_have_and_keep_their_fields() -> None:
    assert output_elements(OUTPUTS) == (
        LabelVolume("images", reference=None),
        PlainText("images-2", field="images"),
        Fiducials("the_points", field="the points!"),
        TransformGrid("_3d", field="3d"),
    )


def test_elements_come_back_from_their_source() -> None:
    elements = (*input_elements(INPUTS), *output_elements(OUTPUTS))
    for element in elements:
        assert (
            eval(as_source(element), vars(tomaat) | {name: getattr(tomaat, name) for name in tomaat.__all__}) == element
        )
    assert [as_source(element) for element in elements[:2]] == [
        'Volume("images")',
        'Slider("level", minimum=0, maximum=2.5)',
    ]


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"type": "volume"},
        {"type": ["volume"], "destination": "a"},
        {"type": "volume", "destination": 3},
        {"type": "slider", "destination": "a", "minimum": "x", "maximum": 1},
        {"type": "slider", "destination": "a", "minimum": 2, "maximum": 1},
        {"type": "radiobutton", "destination": "a", "options": None},
        {"type": "radiobutton", "destination": "a", "options": []},
    ],
)
def test_a_mistake_is_an_invalid_interface(item: dict[str, Any]) -> None:
    with pytest.raises(InvalidInterface):
        input_elements([item])
