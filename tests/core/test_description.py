"""An app as data: what the host knows of it without its class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tomaat import (
    App,
    Checkbox,
    Fiducials,
    LabelVolume,
    PlainText,
    RadioButton,
    Slider,
    Volume,
    VTKMesh,
    Weights,
    WeightsChoice,
)
from tomaat.description import RESERVED, AppDescription
from tomaat.elements import FiducialsInput, FiducialsOutput
from tomaat.errors import InvalidInterface, NotFound
from tomaat.plugins import find_plugins


class Whole(App):
    """Everything an app can say.

    In two paragraphs.
    """

    name = "whole"
    modality, anatomy, task = "CT", "Liver", "Segmentation"
    inputs = (Volume("image"), Slider("level", minimum=0, maximum=1, default=0.5), Fiducials("seeds", optional=True))
    outputs = (LabelVolume("labels", field="mask", labels={1: "liver"}), VTKMesh("surface"), Fiducials("tips"))
    card = {"licence": "MIT"}  # noqa: RUF012
    timeout = 30
    preload = ("torch",)

    def infer(self, data: Any, context: Any) -> Any:
        return data


def variant(**attributes: Any) -> type[App]:
    """``Whole`` with some of it replaced."""
    return type("Variant", (Whole,), attributes)


def describe(app: type[App]) -> AppDescription:
    return AppDescription.of(app, "tomaat-whole", "1.2")


def test_it_says_what_the_class_says() -> None:
    described = describe(Whole)
    assert (described.name, described.title, described.plugin, described.version) == (
        "whole",
        "whole",
        "tomaat-whole",
        "1.2",
    )
    assert (described.modality, described.anatomy, described.task) == ("CT", "Liver", "Segmentation")
    assert described.description == "Everything an app can say.\n\nIn two paragraphs."
    assert described.card == {"licence": "MIT"}
    assert described.timeout == 30.0


def test_title_and_description_may_be_said_outright() -> None:
    described = describe(variant(title="The whole", description="Short."))
    assert (described.title, described.description) == ("The whole", "Short.")


def test_it_is_json() -> None:
    described = json.loads(json.dumps(describe(Whole).as_json()))
    assert described["inputs"][1] == {
        "type": "slider",
        "destination": "level",
        "text": "",
        "optional": False,
        "help": "",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
        "step": None,
        "units": "",
        "receives": "text",
        "required": False,
    }
    assert described["outputs"][0]["field"] == "mask"
    assert described["outputs"][0]["formats"][0] == "nii.gz"
    assert described["outputs"][0]["labels"]["1"]["name"] == "liver"


def test_another_process_makes_it_again_from_json(tmp_path: Path) -> None:
    weights = Weights(formats=("onnx",), bundled={"own": tmp_path / "own.onnx"}, default="own")
    described = describe(variant(weights=weights))
    sent = json.loads(json.dumps(described.as_data()))
    assert AppDescription.from_data(sent, find_plugins(installed=False).elements) == described


def test_another_process_refuses_a_kind_that_it_does_not_know() -> None:
    elements = find_plugins(installed=False).elements
    del elements["slider"]
    with pytest.raises(InvalidInterface, match="uses the element kind 'slider', which the host does not know"):
        AppDescription.from_data(describe(Whole).as_data(), elements)


def test_fiducials_are_an_input_or_an_output_by_where_they_stand() -> None:
    described = describe(Whole)
    assert isinstance(described.input("seeds"), FiducialsInput)
    assert isinstance(described.output("tips"), FiducialsOutput)


def test_preload_has_what_the_elements_import_too() -> None:
    preload = describe(Whole).preload
    assert preload[0] == "torch"
    assert "SimpleITK" in preload


def test_an_app_without_weights_says_so() -> None:
    described = describe(Whole)
    assert (described.weights, described.as_json()["weights"], described.input("weights")) == (None, None, None)


def test_an_app_with_weights_lets_each_call_choose() -> None:
    described = describe(variant(weights=Weights(formats=("onnx",), architecture="U-Net", default="best")))
    assert described.inputs[-1] == WeightsChoice("weights", text="Weights")
    assert len(described.inputs) == len(Whole.inputs) + 1
    assert described.as_json()["weights"] == {"formats": ["onnx"], "architecture": "U-Net", "default": "best"}


def test_the_choice_may_stand_where_the_author_wants_it() -> None:
    choice = WeightsChoice("weights", text="Which network")
    described = describe(variant(weights=Weights(), inputs=(choice, Volume("image"))))
    assert described.inputs == (choice, Volume("image"))


def test_bundled_weights_are_beside_the_app_s_module(tmp_path: Path) -> None:
    weights = Weights(bundled={"near": "files/a.pth", "far": tmp_path / "b.pth"})
    described = describe(variant(weights=weights, __module__=__name__))
    assert described.weights is not None
    assert described.weights.bundled == {"near": Path(__file__).parent / "files/a.pth", "far": tmp_path / "b.pth"}
    assert str(tmp_path) not in json.dumps(described.as_json())


@pytest.mark.parametrize("name", ["../a", "", "a b", "-a"])
def test_bundled_weights_need_names(name: str) -> None:
    with pytest.raises(InvalidInterface, match="can't name weights"):
        Weights(bundled={name: "a.pth"})


def test_weights_need_a_format() -> None:
    with pytest.raises(InvalidInterface, match="at least one format"):
        Weights(formats=())


def test_an_output_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(NotFound, match=r"'whole' has no result 'mask'; it has labels, surface, tips"):
        describe(Whole).output("mask")


def test_an_input_that_is_not_there_is_none() -> None:
    assert describe(Whole).input("nothing") is None


@pytest.mark.parametrize("name", ["Brain", "a_b", "", "-a", "a-", "a b", "a/b", "ä", "a" * 65, 7, None, "a\n"])
def test_a_name_must_be_a_slug(name: Any) -> None:
    with pytest.raises(InvalidInterface, match="slug"):
        describe(variant(name=name))


@pytest.mark.parametrize("name", ["v1", "apps", "jobs", "docs", "predict", "interface", "responses", "healthz"])
def test_a_name_must_not_be_a_route_of_the_host(name: str) -> None:
    assert name in RESERVED
    with pytest.raises(InvalidInterface, match=f"'{name}'.*route"):
        describe(variant(name=name))


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"inputs": ()}, "no inputs"),
        ({"outputs": ()}, "no outputs"),
        ({"inputs": (Volume("image"), Checkbox("image", text="Twice"))}, "two inputs called 'image'"),
        ({"outputs": (PlainText("a"), VTKMesh("a"))}, "two outputs called 'a'"),
        ({"inputs": ("image",)}, "'image'.*no interface element"),
        ({"inputs": (PlainText("a"),)}, "can't stand in the inputs"),
        ({"outputs": (Volume("image"),)}, "can't stand in the outputs"),
        ({"outputs": (LabelVolume("labels", reference="other"),)}, "'labels' of 'whole' refers to no input: 'other'"),
        ({"infer": App.infer}, r"no infer\(\)"),
        ({"inputs": (WeightsChoice("weights"),)}, "declares none: set weights"),
        ({"inputs": (RadioButton("weights", options=["a"]),), "weights": Weights()}, "make it a WeightsChoice"),
        ({"weights": {"default": "a"}}, r"must be tomaat\.Weights"),
        ({"weights": Weights(bundled={"a": "a.pth"}), "__module__": "nowhere"}, "in no file"),
    ],
)
def test_an_interface_that_no_host_could_serve_is_refused(attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInterface, match=reason):
        describe(variant(**attributes))


@pytest.mark.parametrize("app", [7, "whole", Whole(), object])
def test_only_a_class_of_app_is_taken(app: Any) -> None:
    with pytest.raises(InvalidInterface, match=r"subclass of tomaat\.App"):
        describe(app)
