"""The form that Slicer shows for an app, and what it sends when it is filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tomaat_slicer.errors import InvalidValue
from tomaat_slicer.form import Field, fields_of, parts_of
from tomaat_slicer.host import App, Host
from tomaat_slicer.multipart import Form, Part

Found = tuple[Host, dict[str, App]]


def app_of(*inputs: dict[str, Any]) -> App:
    return App.from_json({"name": "app", "inputs": list(inputs), "outputs": []})


def field_of(**element: Any) -> Field:
    (field,) = fields_of(app_of({"destination": "x", **element}))
    return field


def test_each_element_has_its_field(found: Found) -> None:
    fields = fields_of(found[1]["everything"])
    shown = [(field.name, field.kind, field.label, field.required, field.default) for field in fields]
    assert shown == [
        ("fixed", "volume", "fixed", True, None),
        ("moving", "volume", "moving", False, None),
        ("level", "number", "level", False, 0),
        ("flag", "flag", "Flag", False, True),
        ("choice", "choice", "Choice", False, "a"),
        ("points", "points", "points", False, None),
        ("transform", "transform", "transform", False, None),
    ]
    assert fields[4].options == ("a", "b")
    assert [field.name for field in fields if field.nodes] == ["fixed", "moving", "points", "transform"]


@pytest.mark.parametrize(
    ("minimum", "maximum", "default", "step", "expected"),
    [
        (0, 1, None, None, (0.01, 2)),
        (-10, 10, 0, None, (0.1, 1)),
        (-1000, 3000, 40, None, (10.0, 0)),
        (0, 1, 0.125, None, (0.01, 3)),
        (0, 10, 5, 2.5, (2.5, 1)),
        (0.0, 1e-3, None, None, (1e-5, 5)),
    ],
)
def test_a_slider_moves_in_round_steps(
    minimum: float, maximum: float, default: float | None, step: float | None, expected: tuple[float, int]
) -> None:
    field = field_of(type="slider", minimum=minimum, maximum=maximum, default=default, step=step)
    assert (pytest.approx(field.step), field.decimals) == expected
    assert (field.minimum, field.maximum) == (minimum, maximum)


def test_units_and_modality_are_part_of_the_label() -> None:
    assert field_of(type="slider", minimum=0, maximum=1, units="mm", text="Radius").label == "Radius (mm)"
    assert field_of(type="volume", modality="MR T1", text="Head").label == "Head (MR T1)"


def test_weights_are_a_choice_once_there_are_some() -> None:
    weights = {"type": "weights", "destination": "weights", "optional": True, "text": "Weights"}
    assert fields_of(app_of(weights | {"options": []})) == []
    (field,) = fields_of(app_of(weights | {"options": ["v1", "v2"], "default": "v2"}))
    assert (field.kind, field.options, field.default, field.required) == ("choice", ("v1", "v2"), "v2", False)


def test_an_element_of_a_plugin_is_a_text_or_a_file() -> None:
    assert field_of(type="colour", receives="text").kind == "text"
    assert field_of(type="mesh", receives="file").kind == "file"


def test_a_filled_in_form(found: Found) -> None:
    values = {
        "fixed": Path("a.nrrd"),
        "level": 0.30000000000000004,
        "flag": False,
        "choice": "b",
        "points": [(1, 2, 3), (-4.5, 0.0, 60)],
    }
    assert parts_of(fields_of(found[1]["everything"]), values) == [
        Part("fixed", Path("a.nrrd")),
        Part("level", "0.3"),
        Part("flag", "false"),
        Part("choice", "b"),
        Part("points", "-1.0,-2.0,3.0;4.5,0.0,60.0"),  # RAS in Slicer, LPS at the host
    ]


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({}, "fixed", "Choose a volume for 'fixed'."),
        ({"fixed": Path("a"), "level": 11.0}, "level", "'level' must be a number from -10 to 10."),
        ({"fixed": Path("a"), "choice": "c"}, "choice", "'Choice' must be one of: a, b."),
    ],
)
def test_a_wrong_value_is_said_before_anything_is_sent(
    found: Found, values: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(InvalidValue) as raised:
        parts_of(fields_of(found[1]["everything"]), values)
    assert (raised.value.field, raised.value.detail) == (field, sentence)


def test_a_number_that_a_widget_rounds_stays_in_its_range() -> None:
    field = field_of(type="slider", minimum=1 / 3, maximum=2 / 3)
    assert [part.content for part in parts_of([field], {"x": 0.333333})] == [repr(1 / 3)]


def test_a_body_has_texts_first_and_no_file_names_of_this_computer(tmp_path: Path) -> None:
    path = tmp_path / "Doe_John_1970.nrrd"
    path.write_bytes(b"voxels")
    form = Form([Part("image", path), Part("level", "1")])
    body = b"".join(form.chunks())
    assert len(body) == form.length
    assert body.index(b'name="level"') < body.index(b'name="image"')
    assert b"voxels" in body
    assert b"Doe" not in body
