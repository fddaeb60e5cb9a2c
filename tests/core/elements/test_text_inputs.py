"""Sliders, checkboxes, radio buttons and points: what they take, refuse and say of themselves."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomaat.elements import Checkbox, Fiducials, FiducialsInput, InputElement, RadioButton, Slider
from tomaat.elements.fiducials import MOST, format_points
from tomaat.errors import InvalidInput, InvalidInterface

SLIDER = Slider("level", minimum=-1, maximum=4, default=1, step=0.5, text="Level", units="mm")
CHECKBOX = Checkbox("flag", text="Flag")
RADIO = RadioButton("mode", text="Mode", options=["fast", "good one"], default="fast")
POINTS = FiducialsInput("points")


def test_tomaat_json_is_what_old_clients_know() -> None:
    assert SLIDER.as_tomaat_json() == {"type": "slider", "destination": "level", "minimum": -1, "maximum": 4}
    assert CHECKBOX.as_tomaat_json() == {"type": "checkbox", "destination": "flag", "text": "Flag"}
    assert RADIO.as_tomaat_json() == {
        "type": "radiobutton",
        "destination": "mode",
        "text": "Mode",
        "options": ["fast", "good one"],
    }
    assert Fiducials("points").as_input().as_tomaat_json() == {"type": "fiducials", "destination": "points"}
    assert Checkbox("flag").as_tomaat_json()["text"] == "flag"


@pytest.mark.parametrize("element", [SLIDER, CHECKBOX, RADIO, POINTS])
def test_json_there_and_back(element: InputElement) -> None:
    assert type(element).from_json(element.as_json()) == element


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), (" 1.5 ", 1.5), ("-1", -1), ("+4.", 4), (".5", 0.5), ("1e-3", 1e-3)]
)
def test_slider_takes_decimal_numbers(text: str, value: float) -> None:
    assert SLIDER.parse(text) == value
    assert isinstance(SLIDER.parse(text), float)


@pytest.mark.parametrize(
    "text", ["", "x", "nan", "inf", "1_0", "1,5", "4.01", "-1.1", "1e999", "0x1", "\u0661", "1" * 99, "1\0"]
)
def test_slider_refuses_the_rest_and_says_its_range(text: str) -> None:
    with pytest.raises(InvalidInput, match="from -1 to 4 mm") as refused:
        SLIDER.check(text)
    assert refused.value.field == "level"


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("false", False), ("ON", True), ("0", False), (" 1 ", True)]
)
def test_checkbox_takes_its_words(text: str, value: bool) -> None:
    assert CHECKBOX.parse(text) is value


@pytest.mark.parametrize("text", ["", "yes", "2", "None", "TrueFalse"])
def test_checkbox_refuses_the_rest(text: str) -> None:
    with pytest.raises(InvalidInput, match="True or False"):
        CHECKBOX.check(text)


def test_radio_button_takes_its_options_only() -> None:
    assert RADIO.parse("good one") == "good one"
    for text in ("", "FAST", "good", "fast,good one"):
        with pytest.raises(InvalidInput, match="fast, good one"):
            RADIO.check(text)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("1,2,3", [(1, 2, 3)]),
        ("1,2,3;4,5,6;", [(1, 2, 3), (4, 5, 6)]),
        (" 1 , -2.5 ,3e1 ;\n4,5,6 ; ", [(1, -2.5, 30), (4, 5, 6)]),
        ("", []),
    ],
)
def test_points_are_read(text: str, points: list[tuple[float, ...]]) -> None:
    array = POINTS.parse(text)
    assert array.dtype == np.float64
    assert array.shape == (len(points), 3)
    assert array.tolist() == [list(point) for point in points]


@pytest.mark.parametrize(
    "text", ["1,2", "1,2,3,4", "1,2,nan", "a,b,c", "1,2,3;;4,5,6", "1,2,1e999", "inf,0,0", "1;2;3"]
)
def test_wrong_points_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        POINTS.check(text)
    assert refused.value.field == "points"


def test_too_many_points_are_refused() -> None:
    with pytest.raises(InvalidInput, match="100000"):
        POINTS.check("1,2,3;" * (MOST + 1))


@given(st.text() | st.from_regex(r"[-+0-9.eE,; naif_]*", fullmatch=True))
def test_any_text_gives_a_value_or_a_refusal(text: str) -> None:
    for element in (SLIDER, CHECKBOX, RADIO, POINTS):
        try:
            element.check(text)
            value: Any = element.parse(text)
        except InvalidInput as error:
            assert error.field == element.destination
            continue
        if element is SLIDER:
            assert -1 <= value <= 4
        if element is POINTS:
            assert np.isfinite(value).all()


@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3), min_size=1))
def test_points_keep_every_bit(points: list[tuple[float, float, float]]) -> None:
    assert POINTS.parse(format_points(points)).tolist() == [list(point) for point in points]


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Slider("a", minimum=1, maximum=1),
        lambda: Slider("a", minimum=0, maximum=math.inf),
        lambda: Slider("a", minimum=0, maximum=1, default=2),
        lambda: Slider("a", minimum=0, maximum=1, step=0),
        lambda: Slider("a", minimum="0", maximum=1),  # type: ignore[arg-type]
        lambda: Slider("a b", minimum=0, maximum=1),
        lambda: RadioButton("a", options=[]),
        lambda: RadioButton("a", options="abc"),
        lambda: RadioButton("a", options=["a", "a"]),
        lambda: RadioButton("a", options=["a", ""]),
        lambda: RadioButton("a", options=["a"], default="b"),
        lambda: Checkbox("a", default="True"),  # type: ignore[arg-type]
        lambda: Fiducials("../x"),
    ],
)
def test_wrong_declarations_raise_where_they_are_written(declare: Any) -> None:
    with pytest.raises(InvalidInterface):
        declare()


def test_a_default_or_optional_makes_a_field_not_required() -> None:
    assert not SLIDER.required
    assert CHECKBOX.required
    assert not Checkbox("flag", default=False).required
    assert not Slider("a", minimum=0, maximum=1, optional=True).required
    assert isinstance(SLIDER.fallback, float)


def test_importing_the_elements_loads_no_heavy_module() -> None:
    heavy = ["numpy", "SimpleITK", "vtkmodules", "torch", "sanic", "sqlalchemy"]
    code = f"import sys, tomaat.elements.plugin; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout.strip()
        == "[]"
    )
