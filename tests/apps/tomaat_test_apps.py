"""Apps that the tests need: each does one thing, and some of them do it badly on purpose. Found as a real plugin."""

from __future__ import annotations

import ctypes
import os
import time

from tomaat import (
    App,
    Checkbox,
    Context,
    Data,
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
    hookimpl,
)


class Echo(App):
    """Says what it was told: no image, no network, no wait."""

    name = "echo"
    holds_device = False
    inputs = (
        Slider("number", minimum=0, maximum=10, default=1),
        Checkbox("flag", text="Shout", default=False),
        RadioButton("word", text="Which word", options=("one", "two"), default="one"),
    )
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        answer = f"{data['word']} {data['number']:g}"
        return {"answer": answer.upper() if data["flag"] else answer}


class Positive(App):
    """Marks every voxel above zero, and counts them."""

    name = "positive"
    modality, anatomy, task = "any", "any", "Segmentation"
    holds_device = False
    inputs = (Volume("image"),)
    outputs = (LabelVolume("labels", field="mask", labels={1: "positive"}),)

    def infer(self, data: Data, context: Context) -> Data:
        return {"mask": data["image"] > 0}


class Everything(App):
    """Takes every kind of element and gives every kind of result; two volumes in one interface."""

    name = "everything"
    holds_device = False
    inputs = (
        Volume("fixed"),
        Volume("moving", optional=True),
        Slider("level", minimum=-10, maximum=10, default=0),
        Checkbox("flag", text="Flag", default=True),
        RadioButton("choice", text="Choice", options=("a", "b"), default="a"),
        Fiducials("points", optional=True),
        Transform("transform", optional=True),
    )
    outputs = (
        LabelVolume("labels", labels={1: {"name": "bright", "color": "#00ff00"}}),
        VTKMesh("surface"),
        PlainText("report"),
        Fiducials("marks"),
        TransformGrid("grid"),
        TransformBSpline("spline"),
        TransformLinear("linear"),
    )

    def infer(self, data: Data, context: Context) -> Data:
        import numpy as np
        import SimpleITK as sitk

        fixed = data["fixed"]
        labels = fixed > data["level"]
        points = data["points"] if data["points"] is not None else np.zeros((0, 3))
        linear = data["transform"] or sitk.TranslationTransform(3, (1.0, 2.0, 3.0))
        affine = sitk.AffineTransform(3)
        affine.SetTranslation(linear.TransformPoint((0.0, 0.0, 0.0)))
        field = sitk.TransformToDisplacementField(
            affine, sitk.sitkVectorFloat64, (4, 4, 4), (0, 0, 0), (10, 10, 10), np.eye(3).ravel().tolist()
        )
        spline = sitk.BSplineTransformInitializer(fixed, [2, 2, 2])
        spline.SetParameters([0.5] * spline.GetNumberOfParameters())
        return {
            "labels": labels,
            "surface": labels,
            "report": f"{data['choice']} {data['flag']} {len(points)} points, moving: {data['moving'] is not None}",
            "marks": points + 1.0,
            "grid": sitk.DisplacementFieldTransform(field),
            "spline": spline,
            "linear": affine,
        }


class Sleeper(App):
    """Takes its time, says so, and stops when it is asked."""

    name = "sleeper"
    inputs = (Slider("seconds", minimum=0, maximum=60, default=1),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        begun = time.monotonic()
        while (elapsed := time.monotonic() - begun) < data["seconds"]:
            context.progress(elapsed / data["seconds"], f"slept {elapsed:.1f} s")
            time.sleep(0.02)
        return {"answer": f"slept as process {os.getpid()}"}


class Stubborn(App):
    """Sits in one long C call and hears nothing."""

    name = "stubborn"
    holds_device = False
    timeout = 30.0
    inputs = (Slider("seconds", minimum=0, maximum=60, default=1),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        ctypes.CDLL(None).sleep(int(data["seconds"]))
        return {"answer": f"was process {os.getpid()}"}


class Faulty(App):
    """Fails in the way that it is asked to."""

    name = "faulty"
    holds_device = False
    inputs = (
        RadioButton("how", text="How", options=("fine", "exception", "exit", "segfault", "nothing", "grid", "noise")),
        Volume("image", optional=True),
    )
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        match data["how"]:
            case "exception":
                raise RuntimeError("secret of /a/patient/folder")
            case "exit":
                os._exit(3)
            case "segfault":
                ctypes.string_at(0)
            case "nothing":
                return {}
        return {"answer": f"fine as process {os.getpid()}"}


class Shifted(App):
    """Gives a label volume on another grid than its input's."""

    name = "shifted"
    holds_device = False
    inputs = (Volume("image"),)
    outputs = (LabelVolume("labels", labels={1: "moved"}), PlainText("note"))

    def infer(self, data: Data, context: Context) -> Data:
        labels = data["image"] > 0
        labels.SetOrigin([value + 1.0 for value in labels.GetOrigin()])
        return {"labels": labels, "note": "moved by 1 mm"}


class Unloadable(App):
    """Can't be loaded in a worker."""

    name = "unloadable"
    inputs = (Slider("number", minimum=0, maximum=1, default=0),)
    outputs = (PlainText("answer"),)

    def load(self, context: Context) -> None:
        raise FileNotFoundError("weights are not there")

    def infer(self, data: Data, context: Context) -> Data:
        return {"answer": "never"}


@hookimpl
def tomaat_apps(register):
    for app in (Echo, Positive, Everything, Sleeper, Stubborn, Faulty, Shifted, Unloadable):
        register(app)
