"""TOMAAT-Slicer against a host, over HTTPS: first contact, every element, delayed results, what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

import images
import slicer
from calls import until
from hosts import RunningHost, install
from slicer import Extension, Items

CONFIG = """
tls = true
[apps.sleeper]
delayed = true
[apps.everything]
queue_limit = 1
"""
PREDICTOR = """
from tomaat import App, PlainText, Slider, hookimpl

class Predictor(App):
    name = "predictor"
    inputs = (Slider("level", minimum=0, maximum=1),)
    outputs = (PlainText("answer"),)
    def infer(self, data, context):
        return {"answer": "predicted"}

@hookimpl
def tomaat_apps(register):
    register(Predictor)
"""
StartHost = Callable[..., RunningHost]


@pytest.fixture
def extension(lean_host: RunningHost) -> Extension:
    """The extension, once the person has trusted the host."""
    made = Extension()
    made.trust(lean_host.url)
    return made


def form_of(extension: Extension, base: str, folder: Path) -> dict[str, str]:
    """A form filled in as the extension does it: each element of the interface by its type, in that order."""
    filled: dict[str, Callable[[dict[str, Any]], str]] = {
        "volume": lambda element: slicer.volume(images.ball(), folder),
        "slider": lambda element: str((element["maximum"] - element["minimum"]) / 2.0),
        "checkbox": lambda element: str(False),
        "radiobutton": lambda element: element["options"][0],
        "fiducials": lambda element: slicer.sent_points([(1.0, 2.0, 3.0), (-4.5, 0.0, 60.0)]),
        "transform": lambda element: slicer.sent_transform(sitk.AffineTransform(3), folder, "h5"),
    }
    interface = extension.get(f"{base}/interface", timeout=5.0).json()
    return {element["destination"]: filled[element["type"]](element) for element in interface}


def of_type(items: Items, kind: str) -> dict[str, str]:
    (found,) = (item for item in items if item["type"] == kind)
    return found


def test_the_first_contact_shows_the_fingerprint_that_the_host_printed(lean_host: RunningHost) -> None:
    extension, url = Extension(), f"{lean_host.url}/everything/predict"
    assert extension.check(url) == lean_host.fingerprint
    extension.trust(url)
    assert extension.check(url) == "trusted"


def test_a_host_that_speaks_http_is_unreachable_and_goes_on(default_host: RunningHost) -> None:
    begun = time.monotonic()
    assert Extension().check(default_host.url.replace("http:", "https:")) == "unreachable"
    assert time.monotonic() - begun < 30  # Slicer stands still meanwhile, and a request may take a minute to come
    assert slicer.post(f"{default_host.url}/echo/predict", {"number": "1"}).status_code == 200


def test_another_host_s_certificate_is_not_trusted_for_it(
    extension: Extension, start_lean: StartHost, lean_host: RunningHost
) -> None:
    other = start_lean(options=("--tls",))
    assert extension.check(other.url) == other.fingerprint != lean_host.fingerprint


def test_every_element_goes_there_and_comes_back(extension: Extension, lean_host: RunningHost, tmp_path: Path) -> None:
    base = f"{lean_host.url}/everything"
    items = extension.predict(f"{base}/predict", form_of(extension, base, tmp_path))
    ball = images.ball()
    assert images.grid_of(slicer.labels(of_type(items, "LabelVolume"), tmp_path)) == images.grid_of(ball)
    surface, title = slicer.mesh(of_type(items, "VTKMesh"), tmp_path)
    assert surface.GetNumberOfPolys() > 20
    assert "SPACE=LPS" in title
    assert of_type(items, "PlainText")["content"] == "a False 2 points, moving: True"
    np.testing.assert_allclose(slicer.points(of_type(items, "Fiducials")), [[0.0, 1.0, 4.0], [-5.5, -1.0, 61.0]])
    for kind in ("TransformGrid", "TransformLinear"):
        moved = slicer.transform(of_type(items, kind), tmp_path)
        np.testing.assert_allclose(moved.TransformPoint((5.0, 5.0, 5.0)), (5.0, 5.0, 5.0), atol=1e-6)
    inside = ball.TransformContinuousIndexToPhysicalPoint((6.0, 5.0, 4.0))
    spline = slicer.transform(of_type(items, "TransformBSpline"), tmp_path)
    np.testing.assert_allclose(spline.TransformPoint(inside), np.add(inside, 0.5), atol=1e-5)


def test_fields_that_are_left_from_another_app_do_no_harm(
    extension: Extension, lean_host: RunningHost, tmp_path: Path
) -> None:
    base = f"{lean_host.url}/everything"
    extension.predict(f"{base}/predict", form_of(extension, base, tmp_path))
    items = extension.predict(f"{lean_host.url}/echo/predict", {"number": "2.0", "flag": "True", "word": "two"})
    assert set(extension.fields) > {"fixed", "points", "transform", "number", "module_version"}
    assert items == [{"type": "PlainText", "content": "TWO 2", "label": "answer"}]


@pytest.mark.parametrize("text", ["0.0", "1e-05", "10.0", "9.99999999999"])
def test_a_slider_is_sent_as_python_writes_numbers(extension: Extension, lean_host: RunningHost, text: str) -> None:
    (item,) = extension.predict(f"{lean_host.url}/echo/predict", {"number": text, "flag": "False", "word": "one"})
    assert item["content"] == f"one {float(text):g}"


def test_delayed_results_are_asked_for_until_they_are_there(extension: Extension, lean_host: RunningHost) -> None:
    url = f"{lean_host.url}/sleeper/predict"
    begun = time.monotonic()
    (first,) = extension.predict(url, {"seconds": "0.5"})
    assert first["type"] == "DelayedResponse"
    items = until(lambda: (again := extension.ask_again(url, first))[0]["type"] != "DelayedResponse" and again)
    assert time.monotonic() - begun >= 0.5
    assert items[0]["content"].startswith("slept")


def test_a_delayed_app_may_have_predict_in_its_name(start_host: StartHost, no_plugins: Path) -> None:
    install(no_plugins, "tomaat_predictor", PREDICTOR)
    host = start_host("tls = true\n[apps.predictor]\ndelayed = true", path=no_plugins)
    extension, url = Extension(), f"{host.url}/predictor/predict"
    extension.trust(url)
    (first,) = extension.predict(url, {"level": "0.5"})
    items = until(lambda: (again := extension.ask_again(url, first))[0]["type"] != "DelayedResponse" and again)
    assert items == [{"type": "PlainText", "content": "predicted", "label": "answer"}]


def test_an_error_is_an_item_that_the_extension_shows(extension: Extension, lean_host: RunningHost) -> None:
    (item,) = extension.predict(f"{lean_host.url}/echo/predict", {"number": "99"})
    assert (item["type"], item["label"]) == ("PlainText", "Error!")
    assert item["content"] == "'number' must be a number from 0 to 10."
    (item,) = extension.ask_again(f"{lean_host.url}/sleeper/predict", {"request_id": "none"})
    assert item["label"] == "Error!"


def test_a_refusal_arrives_though_a_large_volume_is_still_on_its_way(
    extension: Extension, lean_host: RunningHost
) -> None:
    fields = {"fixed": "QUJD" * (8 * 2**20), "level": "0.0"}  # 32 MB of base64 that are no volume
    (item,) = extension.predict(f"{lean_host.url}/everything/predict", fields)
    assert item["label"] == "Error!"
    assert "'fixed'" in item["content"]
