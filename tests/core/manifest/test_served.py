"""A network is served as its manifest describes it, beside the installed plugins, by a real host."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

from calls import predict, until
from exported import ABOVE_50, TWICE_THE_FIRST, save_state_dict, save_torchscript, write_onnx, write_torchscript
from hosts import RunningHost
from images import file_of, grid_of, read
from volumes import GRIDS, volume

BRIGHT = """
name = "bright"
title = "Bright"
modality = "CT"
orientation = "LPS"
window = [4, 4, 4]
[labels]
1 = { name = "bright", color = "#123456" }
[card]
licence = "MIT"
"""
FROM_BELOW = """
name = "from-below"
orientation = "SPL"
network = "networks/below.ts"
window = [5, 6, 7]
[labels]
1 = "below something bright"
"""
TWO_CHANNELS = """
name = "two-channels"
channels = ["t1", "flair"]
network = "networks/two.ts"
window = [4, 4, 4]
[labels]
1 = "some"
2 = "much"
"""
CONFIG = """
[networks.script]
manifest = "bright.toml"
file = "networks/bright.ts"
[networks.two-channels]
manifest = "two.toml"
[networks.broken]
manifest = "broken.toml"
[networks.lost]
manifest = "bright.toml"
file = "networks/lost.onnx"
[networks.from-below]
manifest = "below.toml"
[networks.four-classes]
manifest = "classes.toml"
file = "networks/bright.ts"
[networks.two-of-one]
manifest = "two.toml"
file = "networks/bright.onnx"
[networks.small-window]
manifest = "bright.toml"
file = "networks/fixed.onnx"
[networks.bare]
manifest = "bright.toml"
file = "networks/bare.pth"
[networks.short-lived]
manifest = "bright.toml"
file = "networks/bright.onnx"
[apps.short-lived]
idle_timeout = 0
[apps.broken]
max_workers = 2
"""


@pytest.fixture(scope="module")
def manifest_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    """A host with a network of the command line, and networks of its settings."""
    home = tmp_path_factory.mktemp("home")
    (home / "networks").mkdir()
    (home / "bright.toml").write_text(BRIGHT, encoding="utf-8")
    (home / "two.toml").write_text(TWO_CHANNELS, encoding="utf-8")
    write_onnx(home / "networks" / "fixed.onnx", ABOVE_50, sides=(8, 8, 8))
    save_state_dict(home / "networks" / "bare.pth")
    (home / "classes.toml").write_text("name = 'classes'\nclasses = 4\nwindow = [4, 4, 4]\n", encoding="utf-8")
    (home / "below.toml").write_text(FROM_BELOW, encoding="utf-8")
    (home / "broken.toml").write_text("name = 'broken'\nclasses = 2\nspacing = [1, 2]\n", encoding="utf-8")
    onnx = write_onnx(home / "networks" / "bright.onnx", ABOVE_50)
    write_torchscript(home / "networks" / "bright.ts", ABOVE_50)
    write_torchscript(home / "networks" / "two.ts", TWICE_THE_FIRST)
    save_torchscript(home / "networks" / "below.ts", looks_at_what_follows_on_the_first_axis())
    options = ("--onnx", str(onnx), "--manifest", str(home / "bright.toml"))
    running = RunningHost(home=home, path=lean_apps, config=CONFIG, options=options)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def client(manifest_host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=manifest_host.url, timeout=60) as client:
        yield client


def looks_at_what_follows_on_the_first_axis() -> Any:
    """Label 1 where the next voxel along the network's first axis is above 50."""
    import torch

    convolution = torch.nn.Conv3d(1, 2, (3, 1, 1), padding=(1, 0, 0))
    with torch.no_grad():
        convolution.weight.zero_()
        convolution.weight[1, 0, 2] = 1
        convolution.bias.copy_(torch.tensor([0.0, -50.5]))
    return convolution


def labels_of(client: httpx.Client, app: str, **volumes: sitk.Image) -> sitk.Image:
    files = {name: file_of(image, "image.mha") for name, image in volumes.items()}
    response = predict(client, app, accept="application/x-mha", **files)
    assert response.status_code == 200, response.text
    return read(response.content, "labels.mha")


def voxels(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image).astype(np.int64)


@pytest.mark.parametrize("app", ["bright", "script"])
@pytest.mark.parametrize("grid", GRIDS)
def test_labels_are_right_on_the_image_s_own_grid(client: httpx.Client, app: str, grid: str) -> None:
    image = volume(grid)
    labels = labels_of(client, app, image=image)
    assert np.array_equal(voxels(labels), voxels(image) > 50)
    assert grid_of(labels) == grid_of(image)


@pytest.mark.parametrize("grid", ["plain", "flipped"])
def test_the_network_s_axes_are_the_manifest_s(client: httpx.Client, grid: str) -> None:
    image = volume(grid)  # x and y may grow the other way, but z grows to the head
    bright = voxels(image) > 50
    above = np.concatenate([bright[1:], np.zeros_like(bright[:1])])
    assert np.array_equal(voxels(labels_of(client, "from-below", image=image)), above)


def test_each_channel_is_a_volume_in_the_manifest_s_order(client: httpx.Client) -> None:
    first, second = volume("oblique"), volume("oblique")
    second = sitk.GetImageFromArray(voxels(first)[::-1, ::-1, ::-1].astype(np.int16))
    second.CopyInformation(first)
    labels = voxels(labels_of(client, "two-channels", t1=first, flair=second))
    amount = 2 * voxels(first) - voxels(second)
    assert np.array_equal(labels, np.where(amount > 50, 2, np.where(amount > 10, 1, 0)))
    assert set(np.unique(labels)) == {0, 1, 2}


def test_a_channel_that_is_missing_is_named(client: httpx.Client) -> None:
    response = predict(client, "two-channels", t1=file_of(volume("plain")))
    assert (response.status_code, response.json()["field"]) == (422, "flair")


@pytest.mark.parametrize(
    ("app", "fields", "says"),
    [
        (
            "four-classes",
            ["image"],
            "gives an answer of the shape 2 x 4 x 4 x 4 (classes x X x Y x Z); 4 classes",
        ),
        (
            "two-of-one",
            ["t1", "flair"],
            "takes 1 x any x any x any, and the manifest's channels and window say 2 x",
        ),
        (
            "small-window",
            ["image"],
            "takes 1 x 8 x 8 x 8, and the manifest's channels and window say 1 x 4 x",
        ),
    ],
)
def test_a_network_that_is_not_the_manifest_s_is_not_used(
    client: httpx.Client, app: str, fields: list[str], says: str
) -> None:
    image = file_of(volume("plain"))
    response = predict(client, app, **dict.fromkeys(fields, image))
    assert (response.status_code, response.json()["code"]) == (422, "weights_mismatch")
    assert says in response.json()["detail"]


def test_the_report_has_each_label_s_volume(client: httpx.Client) -> None:
    image = volume("anisotropic")
    job = predict(client, "bright", accept="application/json", image=file_of(image)).json()
    millilitres = (voxels(image) > 50).sum() * 0.25 * 0.5 * 8 / 1000
    values = {result["name"]: result["value"] for result in job["results"]}
    assert values["report"] == f"bright: {millilitres:.1f} ml"
    assert list(values) == ["labels", "surface", "report"]


def test_the_interface_is_the_manifest_s(client: httpx.Client) -> None:
    app = client.get("/v1/apps/bright").json()
    assert (app["title"], app["modality"], app["plugin"], app["card"]) == (
        "Bright",
        "CT",
        "networks.bright",
        {"licence": "MIT"},
    )
    assert [element["destination"] for element in app["inputs"]] == ["image", "weights"]
    assert app["outputs"][0]["labels"] == {"1": {"name": "bright", "color": "#123456"}}
    two = client.get("/v1/apps/two-channels").json()
    assert [element["destination"] for element in two["inputs"]] == ["t1", "flair", "weights"]


def test_a_result_tells_of_manifest_and_network(client: httpx.Client, manifest_host: RunningHost) -> None:
    job = predict(client, "bright", accept="application/json", image=file_of(volume("plain"))).json()
    manifest = hashlib.sha256((manifest_host.home / "bright.toml").read_bytes()).hexdigest()
    network = hashlib.sha256((manifest_host.home / "networks" / "bright.onnx").read_bytes()).hexdigest()
    assert job["provenance"]["plugin"] == f"networks.bright {manifest[:12]}"
    assert network in job["provenance"]["weights"]


def test_a_new_worker_knows_the_app_too(client: httpx.Client) -> None:
    image = volume("plain")
    for _ in range(2):
        assert np.array_equal(voxels(labels_of(client, "short-lived", image=image)), voxels(image) > 50)
        until(lambda: client.get("/v1/apps/short-lived").json()["workers"] == 0)


def test_another_network_can_be_uploaded_and_chosen(client: httpx.Client, tmp_path: Path) -> None:
    above_80 = write_onnx(tmp_path / "other.onnx", [ABOVE_50[0], ((1.0,), -80.5)])
    uploaded = client.put("/v1/apps/bright/weights/above-80", content=above_80.read_bytes())
    assert uploaded.status_code == 201, uploaded.text
    image = volume("plain")
    response = predict(client, "bright", accept="application/gzip", image=file_of(image), weights="above-80")
    assert np.array_equal(voxels(read(response.content, "labels.nii.gz")), voxels(image) > 80)
    assert client.delete("/v1/apps/bright/weights/above-80").status_code == 204


def test_an_upload_that_is_not_for_the_manifest_is_refused(client: httpx.Client, tmp_path: Path) -> None:
    other = write_onnx(tmp_path / "other.onnx", TWICE_THE_FIRST)
    refused = client.put("/v1/apps/bright/weights/other", content=other.read_bytes())
    assert (refused.status_code, refused.json()["code"]) == (422, "weights_mismatch")
    script = write_torchscript(tmp_path / "other.ts", ABOVE_50)
    refused = client.put("/v1/apps/bright/weights/other", content=script.read_bytes())
    assert (refused.status_code, refused.json()["code"]) == (422, "weights_mismatch")


def test_a_broken_manifest_is_shown_and_the_others_are_served(client: httpx.Client) -> None:
    listed = client.get("/v1/apps").json()
    assert {"bright", "script", "two-channels"} <= {app["name"] for app in listed["apps"]}
    reasons = {broken["plugin"]: broken["reason"] for broken in listed["broken"]}
    assert reasons == {
        "networks.broken": (
            "broken.toml: spacing is [1, 2]; it must be three lengths in millimetres, such as [1.5, 1.5, 2.0]."
        ),
        "networks.bare": (
            "'bare.pth' is a state dict: tensors without a network. Export the network itself, with torch.onnx.export "
            "or torch.jit.script; or write a plugin for it (tomaat new NAME)."
        ),
        "networks.lost": "There is no network 'lost.onnx' for bright.toml.",
    }
    page = client.get("/").text
    assert "networks.broken" in page
    assert "three lengths in millimetres" in page


def test_the_host_has_loaded_no_networks(client: httpx.Client, manifest_host: RunningHost) -> None:
    labels_of(client, "bright", image=volume("plain"))
    loaded = Path(f"/proc/{manifest_host.process.pid}/maps").read_text(encoding="utf-8")
    assert [library for library in ("libtorch", "onnxruntime", "SimpleITK") if library in loaded] == []
