"""``GET /v1/apps``: what is served, as JSON."""

from __future__ import annotations

import httpx

from calls import predict, until
from hosts import RunningHost


def test_every_app_is_listed(lean: httpx.Client) -> None:
    apps = lean.get("/v1/apps").json()["apps"]
    names = [app["name"] for app in apps]
    assert names == sorted(names)
    assert {"echo", "everything", "sleeper"} <= set(names)


def test_an_app_is_shown_with_its_interface(lean: httpx.Client) -> None:
    app = lean.get("/v1/apps/everything").json()
    assert [element["type"] for element in app["inputs"]] == [
        "volume",
        "volume",
        "slider",
        "checkbox",
        "radiobutton",
        "fiducials",
        "transform",
    ]
    assert [(element["type"], element["name"]) for element in app["outputs"]] == [
        ("LabelVolume", "labels"),
        ("VTKMesh", "surface"),
        ("PlainText", "report"),
        ("Fiducials", "marks"),
        ("TransformGrid", "grid"),
        ("TransformBSpline", "spline"),
        ("TransformLinear", "linear"),
    ]
    assert app["outputs"][0]["labels"] == {"1": {"name": "bright", "color": "#00ff00"}}
    assert app["outputs"][0]["formats"][:3] == ["nii.gz", "mha", "nrrd"]
    assert (app["plugin"], app["version"], app["title"]) == ("tomaat_test_apps", "1.0", "everything")


def test_the_list_shows_what_a_single_app_shows(lean: httpx.Client) -> None:
    listed = {app["name"]: app for app in lean.get("/v1/apps").json()["apps"]}
    assert lean.get("/v1/apps/positive").json() == listed["positive"]


def test_an_app_becomes_warm_when_it_is_called(lean: httpx.Client) -> None:
    assert predict(lean, "echo").status_code == 200

    def shown() -> tuple[object, ...]:
        app = lean.get("/v1/apps/echo").json()
        return tuple(app[name] for name in ("state", "workers", "queue", "running"))

    until(lambda: shown() == ("warm", 1, 0, 0))


def test_an_unknown_app_is_answered_with_those_that_there_are(lean: httpx.Client, lean_host: RunningHost) -> None:
    for response in (lean.get("/v1/apps/nope"), predict(lean, "nope", a=1), predict(lean, "nope")):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert "echo" in response.json()["detail"]
    assert lean_host.job_folders == [] or lean.get("/v1/jobs").json()["jobs"]
