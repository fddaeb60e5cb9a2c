"""``TomaatApp`` in the process that made it."""

from __future__ import annotations

import subprocess
import sys
from threading import Lock
from typing import Any

import numpy as np
import pytest

from tomaat.server import TomaatApp, TomaatService
from tomaat.server.numpy_names import GONE


def test_the_three_functions_run_one_after_the_other() -> None:
    app = TomaatApp(
        preprocess_fun=lambda data: data["n"][0],
        inference_fun=lambda number: (number, number * 10),
        postprocess_fun=lambda pair: {"sum": [sum(pair)]},
    )
    assert app({"n": [3]}) == {"sum": [33]}


def test_the_lock_is_held_for_the_inference_alone() -> None:
    lock = Lock()
    held = []

    def note(data: Any) -> Any:
        held.append(lock.locked())
        return data

    TomaatApp(note, note, note)({}, gpu_lock=lock)
    assert held == [False, True, False]


def test_the_lock_is_given_back_after_a_failure() -> None:
    lock = Lock()
    app = TomaatApp(lambda data: data, lambda data: data["missing"], lambda data: data)
    with pytest.raises(KeyError):
        app({}, lock)
    assert not lock.locked()


def test_a_service_can_be_made_and_its_app_called_without_serving() -> None:
    app = TomaatApp(lambda data: data, lambda data: data, lambda data: data)
    service = TomaatService({"name": "x", "port": 1}, app, [], [])
    assert service.app({"a": 1}) == {"a": 1}
    assert (service.config["name"], service.input_interface, service.output_interface) == ("x", [], [])


def test_announcing_needs_a_key() -> None:
    service = TomaatService({"name": "x", "port": 1}, lambda data: data, [], [])
    with pytest.raises(ValueError, match="api_key"):
        service.start_service_announcement()


def test_numpy_has_its_old_names_and_keeps_its_new_ones() -> None:
    assert np.ones(2).astype(np.float).dtype == np.float64  # type: ignore[attr-defined]
    assert set(GONE) <= set(vars(np))
    assert np.in1d([[1, 2], [3, 4]], [2, 3], invert=True).tolist() == [True, False, False, True]  # type: ignore[attr-defined]
    assert np.asscalar(np.array([7])) == 7  # type: ignore[attr-defined]
    code = "import numpy; new = numpy.bool; import tomaat.server; assert numpy.bool is new"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_it_loads_what_scripts_import_anyway() -> None:
    heavy = "{'torch', 'vtk', 'vtkmodules', 'SimpleITK', 'onnxruntime', 'sanic', 'sqlalchemy', 'httpx'}"
    for module in ("tomaat.server", "tomaat.scripts", "tomaat.frameworks.pytorch", "tomaat.frameworks.onnx"):
        code = f"import sys, {module}; assert not {heavy} & set(sys.modules), sys.modules.keys()"
        subprocess.run([sys.executable, "-c", code], check=True)
    code = "import sys, tomaat.scripts; assert 'numpy' not in sys.modules"  # a host imports it with a wrapped script
    subprocess.run([sys.executable, "-c", code], check=True)
