"""``tomaat new --from`` and ``tomaat serve --manifest``: from a network's file to a served app, without code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

from calls import predict
from exported import ABOVE_50, write_onnx, write_torchscript
from hosts import RunningHost
from images import file_of, read
from tomaat.cli.network import with_network
from tomaat.settings import NetworkSettings, Settings
from volumes import volume


def tomaat(folder: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in ``folder``, with the plugins in ``path``."""
    environment = os.environ | {"PYTHONPATH": str(path), "TOMAAT_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "tomaat", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=60, cwd=folder, env=environment
    )


@pytest.mark.parametrize("kind", ["onnx", "ts"])
def test_what_new_writes_can_be_served_as_it_is(tmp_path: Path, lean_apps: Path, kind: str) -> None:
    write = write_onnx if kind == "onnx" else write_torchscript
    write(tmp_path / f"my-net.{kind}", ABOVE_50)
    done = tomaat(tmp_path, lean_apps, "new", "--from", f"my-net.{kind}")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [f"my-net.toml describes my-net.{kind}. Read it through, then:", "  tomaat serve --manifest my-net.toml"],
    ), done.stderr
    options = ("--manifest", str(tmp_path / "my-net.toml"))
    host = RunningHost(home=tmp_path / "home", path=lean_apps, options=options)
    host.start()
    try:
        image = volume("oblique")
        with httpx.Client(base_url=host.url, timeout=60) as client:
            response = predict(client, "my-net", accept="application/gzip", image=file_of(image))
        assert response.status_code == 200, response.text
        labels = sitk.GetArrayFromImage(read(response.content, "labels.nii.gz"))
        assert np.array_equal(labels, sitk.GetArrayFromImage(image) > 50)
    finally:
        host.kill()


def test_new_takes_a_name_and_a_place(tmp_path: Path, lean_apps: Path) -> None:
    write_onnx(tmp_path / "model.onnx", ABOVE_50)
    done = tomaat(tmp_path, lean_apps, "new", "--from", "model.onnx", "--name", "liver", "--output", "apps/a.toml")
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "apps" / "a.toml").read_text(encoding="utf-8")
    assert 'name = "liver"\nnetwork = "../model.onnx"' in written
    again = tomaat(tmp_path, lean_apps, "new", "--from", "model.onnx", "--output", "apps/a.toml")
    assert (again.returncode, again.stderr) == (
        1,
        "Error: a.toml is there already; write to another file with --output.\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("new",),
        ("new", "liver", "--from", "model.onnx"),
        ("new", "liver", "--name", "liver"),
        ("new", "--output", "a.toml"),
    ],
)
def test_new_makes_one_thing_at_a_time(tmp_path: Path, lean_apps: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "model.onnx").touch()
    done = tomaat(tmp_path, lean_apps, *arguments)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    """A folder with networks and manifests, right and wrong."""
    write_onnx(tmp_path / "model.onnx", ABOVE_50)
    write_torchscript(tmp_path / "model.ts", ABOVE_50)
    manifests = {
        "app": 'name = "liver"\nclasses = 2\n',
        "wrong": 'name = "liver"\nclasses = 2\nchanels = ["a"]\n',
        "lost": 'name = "liver"\nclasses = 2\nnetwork = "lost.onnx"\n',
        "taken": 'name = "echo"\nclasses = 2\nnetwork = "model.onnx"\n',
    }
    for name, text in manifests.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_command_line_is_stronger_than_the_settings(networks: Path) -> None:
    manifest, onnx = networks / "app.toml", networks / "model.onnx"
    others = {name: NetworkSettings(networks / "taken.toml") for name in ("liver", "spleen")}
    settings, required = with_network(Settings(networks=others), manifest, onnx, None)
    assert settings.networks == others | {"liver": NetworkSettings(manifest, onnx)}
    assert required == ("liver",)
    assert with_network(settings, None, None, None) == (settings, ())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("--onnx model.onnx", 2, "write one with `tomaat new --from model.onnx`, then add --manifest."),
        ("--onnx model.onnx --torchscript model.ts --manifest app.toml", 2, "give --onnx or --torchscript, not both."),
        ("--onnx model.ts --manifest app.toml", 2, "model.ts is TorchScript: name it with --torchscript."),
        ("--torchscript model.onnx --manifest app.toml", 2, "model.onnx is ONNX: name it with --onnx."),
        (
            "--manifest app.toml",
            1,
            'app.toml names no network: write network = "model.onnx", or name its file with --onnx',
        ),
        ("--manifest lost.toml", 1, "There is no network 'lost.onnx' for lost.toml."),
        (
            "--manifest wrong.toml --onnx model.onnx",
            1,
            "wrong.toml has an unknown key 'chanels'; there is: name, title,",
        ),
        ("--manifest model.onnx", 1, "'model.onnx' is no "),
        ("--manifest app.toml --onnx app.toml", 1, "'app.toml' is damaged, cut off, or neither ONNX nor TorchScript."),
        ("--manifest taken.toml", 1, "'networks.echo' registers the app 'echo', which 'tomaat_test_apps' has already."),
    ],
)
def test_serve_says_what_is_wrong_and_does_not_start(
    networks: Path, lean_apps: Path, arguments: str, code: int, says: str
) -> None:
    done = tomaat(networks, lean_apps, "serve", "--port", "0", *arguments.split())
    assert done.returncode == code
    message = " ".join(done.stderr.split("Error: ")[1].split())
    assert says in message
    assert "Traceback" not in done.stderr.split("Error: ")[1]
    assert str(networks) not in message
