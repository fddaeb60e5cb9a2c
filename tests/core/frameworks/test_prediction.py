"""Networks as the inference of old apps."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tomaat.errors import InvalidOutput, WeightsMismatch
from tomaat.frameworks.onnx import Prediction as OnnxPrediction
from tomaat.frameworks.pytorch import Prediction
from tomaat.server import TomaatApp

NUMBERS = np.arange(1, 11, dtype=np.float32)


class Adding(torch.nn.Module):
    """Adds 1 to 10, with dropout that a network in training would have."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = torch.nn.Dropout()

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = self.dropout(input) + torch.arange(1, 11, dtype=torch.float32)
        return added


class Two(torch.nn.Module):
    """The sum and the difference of two inputs, in double precision."""

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (left + right).double(), left - right


@pytest.fixture
def script_file(tmp_path: Path) -> Path:
    path = tmp_path / "adding.pt"
    torch.jit.script(Adding()).save(str(path))
    return path


@pytest.fixture
def pickle_file(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    torch.save(Adding(), path)
    return path


def write_onnx(folder: Path) -> Path:
    path = folder / "two.onnx"
    torch.onnx.export(
        Two(),
        (torch.zeros(2), torch.zeros(2)),
        str(path),
        input_names=["left", "right"],
        output_names=["sum", "difference"],
        dynamo=False,
    )
    return path


def write_torchscript(folder: Path) -> Path:
    path = folder / "two.pt"
    torch.jit.script(Two()).save(str(path))
    return path


def test_torchscript_needs_no_trust(script_file: Path) -> None:
    predict = Prediction(str(script_file), input_arg_names=["input"], input_fields=["in"], output_fields=["out"])
    with pytest.warns(UserWarning, match="no GPU here"):
        data = predict({"in": NUMBERS, "other": "kept"})
    assert np.array_equal(data["out"], NUMBERS * 2)
    assert data["out"].dtype == np.float32
    assert data["other"] == "kept"


def test_it_is_the_inference_of_an_app(script_file: Path) -> None:
    def read(data: dict[str, Any]) -> dict[str, Any]:
        data["in"] = np.asarray(data["in"], np.float32)
        return data

    predict = Prediction(script_file, ["input"], ["in"], ["out"], with_gpu=False)
    app = TomaatApp(read, predict, lambda data: {"out": [data["out"] / 2]})
    assert np.array_equal(app({"in": [1] * 10})["out"][0], (NUMBERS + 1) / 2)


def test_a_script_may_set_up_the_network_or_call_it_itself(script_file: Path) -> None:
    predict = Prediction(script_file, ["input"], ["in"], ["out"], with_gpu=False)
    network = predict.model.train()
    assert np.array_equal(predict({"in": NUMBERS})["out"], NUMBERS * 2)
    assert predict.model is network
    assert not network.training


def test_a_pickled_model_is_refused_with_what_to_add(pickle_file: Path) -> None:
    with pytest.raises(WeightsMismatch, match=r"runs whatever code it brings.*Prediction\(\.\.\., allow_pickle=True\)"):
        Prediction(pickle_file, ["input"], ["in"], ["out"])


def test_a_pickled_model_is_read_with_a_warning_when_the_script_says_so(pickle_file: Path) -> None:
    predict = Prediction(pickle_file, ["input"], ["in"], ["out"], with_gpu=False, allow_pickle=True)
    with pytest.warns(UserWarning, match=r"model\.pt is a pickled model"):
        data = predict({"in": NUMBERS})
    assert np.array_equal(data["out"], NUMBERS * 2)


def test_nothing_is_run_of_a_file_that_was_not_allowed(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            return (Path.touch, (tmp_path / "trap",))

    torch.save(Trap(), tmp_path / "trap.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Trap()))
    for name in ("trap.pt", "plain.pt"):
        with pytest.raises(WeightsMismatch):
            Prediction(tmp_path / name, ["input"], ["in"], ["out"])
    assert not (tmp_path / "trap").exists()


@pytest.mark.filterwarnings("ignore:.*pickled model")
def test_a_state_dict_is_no_network(tmp_path: Path) -> None:
    torch.save(OrderedDict(weight=torch.zeros(2)), tmp_path / "weights.pt")
    predict = Prediction(tmp_path / "weights.pt", ["input"], ["in"], ["out"], with_gpu=False, allow_pickle=True)
    with pytest.raises(WeightsMismatch, match="holds no network: OrderedDict"):
        predict({"in": NUMBERS})


@pytest.mark.parametrize(("kind", "write"), [(Prediction, write_torchscript), (OnnxPrediction, write_onnx)])
def test_several_inputs_and_outputs_by_name(tmp_path: Path, kind: Any, write: Callable[[Path], Path]) -> None:
    path = write(tmp_path)
    left, right = np.array([1.0, 2.0], np.float32), np.array([10.0, 20.0], np.float32)
    predict = kind(path, ["right", "left"], ["b", "a"], ["sum", "difference"], with_gpu=False)
    data = predict({"a": left, "b": right})
    assert data["sum"].tolist() == [11, 22]
    assert data["difference"].tolist() == [-9, -18]
    assert (data["sum"].dtype, data["difference"].dtype) == (np.float32, np.float32)
    with pytest.raises(InvalidOutput, match="2 outputs, and output_fields has 1"):
        kind(path, ["right", "left"], ["b", "a"], ["sum"], with_gpu=False)({"a": left, "b": right})


def test_onnx_takes_arrays_of_any_precision_and_no_unknown_input(tmp_path: Path) -> None:
    path = write_onnx(tmp_path)
    predict = OnnxPrediction(path, ["left", "right"], ["a", "b"], ["sum", "difference"])
    with pytest.warns(UserWarning, match="no GPU here"):
        assert predict({"a": np.arange(2), "b": [5, 6]})["sum"].tolist() == [5, 7]
    with pytest.raises(WeightsMismatch, match="no input 'x'; its inputs are 'left', 'right'"):
        OnnxPrediction(path, ["x"], ["a"], ["sum"], with_gpu=False).load()


def test_onnxruntime_tells_nobody_what_it_is_used_for(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom tomaat.frameworks.onnx import Prediction\n"
        "Prediction(sys.argv[1], ['left'], ['a'], ['sum', 'difference'], with_gpu=False).load()"
    )
    (home := tmp_path / "home").mkdir()
    asked = {key: value for key, value in os.environ.items() if key not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
    own = {"HOME": str(home), "TMPDIR": str(home)}
    subprocess.run([sys.executable, "-c", code, write_onnx(tmp_path)], env=asked | own, check=True)
    assert list(home.iterdir()) == []  # it keeps a device's id and what it has not sent yet


def test_files_of_another_kind_are_refused_at_once(tmp_path: Path, script_file: Path) -> None:
    (tmp_path / "text.txt").write_text("hello", encoding="utf-8")
    for kind, path in ((Prediction, tmp_path / "text.txt"), (OnnxPrediction, script_file)):
        with pytest.raises(WeightsMismatch, match="holds no network"):
            kind(path, [], [], [])
    with pytest.raises(FileNotFoundError, match=r"There is no network in missing\.pt"):
        Prediction("missing.pt", [], [], [])
    with pytest.raises(ValueError, match="1 input_arg_names need as many input_fields, not 2"):
        Prediction(script_file, ["input"], ["a", "b"], ["out"])


def test_making_one_imports_no_framework(script_file: Path) -> None:
    code = (
        "import sys\nfrom tomaat.frameworks.pytorch import Prediction\n"
        f"Prediction({str(script_file)!r}, ['input'], ['in'], ['out'])\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
