"""What is not loaded: heavy libraries cost seconds and hundreds of megabytes, so only workers load them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import images
from calls import predict
from hosts import RunningHost

HEAVY = {"torch", "monai", "vtk", "vtkmodules", "SimpleITK", "onnxruntime", "numpy"}
SERVER = {"sanic", "sqlalchemy", "httpx"}


def loaded_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after ``code``."""
    script = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    return set(done.stdout.split())


def test_the_author_s_api_loads_nothing_heavy() -> None:
    assert loaded_after("import tomaat") & (HEAVY | SERVER) == set()


def test_the_whole_author_s_api_loads_nothing_heavy() -> None:
    names = "App, Context, LabelVolume, Slider, Volume, hookimpl"
    assert loaded_after(f"from tomaat import {names}") & (HEAVY | SERVER) == set()


def test_the_host_loads_no_imaging_and_no_networks() -> None:
    assert loaded_after("import tomaat.host.serve") & HEAVY == set()


def test_reading_the_installed_plugins_loads_nothing_heavy() -> None:
    code = "from tomaat.plugins import find_plugins\nassert 'brain' in find_plugins().apps"
    assert loaded_after(code) & (HEAVY | SERVER) == set()


@pytest.mark.parametrize("library", ["libtorch", "SimpleITK", "vtkCommonCore"])
def test_a_host_that_has_answered_has_not_loaded(host: RunningHost, http: httpx.Client, library: str) -> None:
    response = predict(http, "positive", image=images.file_of(images.ball()))
    assert response.status_code == 200, response.text
    assert library not in Path(f"/proc/{host.process.pid}/maps").read_text(encoding="utf-8")
