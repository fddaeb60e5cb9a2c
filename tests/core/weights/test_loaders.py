"""The same network from every kind of file gives the same labels; what is not that network is refused in words."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from exported import ABOVE_50, write_onnx, write_torchscript
from tomaat import App, Weights
from tomaat.errors import WeightsMismatch
from tomaat.weights.loader import WeightsLoader

Loaders = Mapping[str, WeightsLoader]
Files = Mapping[str, Path]
FORMAT = {"legacy": "pth"}


class Bodiless(App):
    """Takes networks, and has none."""

    name = "bodiless"
    weights = Weights()


@pytest.fixture(scope="module")
def batch() -> Any:
    return np.random.default_rng(0).normal(size=(2, 1, 24, 16, 20)).astype(np.float32)


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Any], Path]:
    """Write whatever ``torch.save`` takes."""

    def save_object(content: Any) -> Path:
        import torch

        torch.save(content, tmp_path / "saved.pth")
        return tmp_path / "saved.pth"

    return save_object


@pytest.mark.parametrize("kind", ["pth", "legacy", "safetensors", "ts", "onnx"])
def test_every_format_gives_the_same_labels(
    loaders: Loaders, files: Files, tiny: App, module: Any, batch: Any, kind: str
) -> None:
    import torch

    with torch.inference_mode():
        expected = module(torch.from_numpy(batch)).numpy()
    network = loaders[FORMAT.get(kind, kind)].load(files[kind], tiny, "cpu")
    scores = network(batch)
    assert (scores.shape, scores.dtype, network.device) == ((2, 2, 24, 16, 20), np.float32, "cpu")
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert (scores.argmax(1) == expected.argmax(1)).all()
    assert len(np.unique(scores.argmax(1))) == 2


@pytest.mark.parametrize("kind", ["pth", "safetensors", "ts"])
def test_a_torch_network_is_ready_for_inference(loaders: Loaders, files: Files, tiny: App, kind: str) -> None:
    network = loaders[kind].load(files[kind], tiny, "cpu")
    assert not network.module.training  # type: ignore[attr-defined]
    assert not any(tensor.requires_grad for tensor in network.module.parameters())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tensors: {"state_dict": tensors, "epoch": 7},
        lambda tensors: {"model_state_dict": tensors, "optimizer": {"lr": 0.1}},
        lambda tensors: {"model": tensors},
        lambda tensors: {f"module.{name}": tensor for name, tensor in tensors.items()},
        lambda tensors: {"state_dict": {f"net.inner.{name}": tensor for name, tensor in tensors.items()}},
        lambda tensors: {name: tensor for name, tensor in tensors.items() if "num_batches" not in name},
        lambda tensors: {
            name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()
        },
    ],
    ids=["state_dict", "model_state_dict", "model", "parallel", "wrapped", "old batch norms", "half"],
)
def test_a_checkpoint_of_a_training_framework_is_unwrapped(
    loaders: Loaders, tiny: App, module: Any, batch: Any, save: Callable[[Any], Path], wrap: Callable[[Any], Any]
) -> None:
    import torch

    network = loaders["pth"].load(save(wrap(module.state_dict())), tiny, "cpu")
    with torch.inference_mode():
        expected = module(torch.from_numpy(batch)).numpy()
    np.testing.assert_allclose(network(batch), expected, atol=1e-2)


def test_tensors_that_do_not_fit_are_named(
    loaders: Loaders, tiny: App, module: Any, save: Callable[[Any], Path]
) -> None:
    import torch

    tensors = dict(module.state_dict())
    first, second, *_, last = [name for name in tensors if name.endswith("weight")]
    del tensors[first]
    tensors[second] = torch.zeros(3, 5)
    tensors |= {f"extra.{number}": torch.zeros(1) for number in range(17)}
    with pytest.raises(WeightsMismatch) as refused:
        loaders["pth"].load(save(tensors), tiny, "cpu")
    sentence = refused.value.detail
    assert sentence.startswith("These weights do not fit the network of 'tiny' (MONAI UNet, 4 and 8 channels): ")
    assert f"1 tensor is missing ({first})" in sentence
    assert "17 are unexpected (extra.0, extra.1, extra.2, extra.3, extra.4 and 12 more)" in sentence
    shape = " x ".join(map(str, module.state_dict()[second].shape))
    assert f"1 has another shape ({second} is 3 x 5 and not {shape})" in sentence
    assert last not in sentence


def test_another_network_is_refused(loaders: Loaders, tiny: App, save: Callable[[Any], Path]) -> None:
    import torch

    with pytest.raises(WeightsMismatch, match=r"tensors are missing .*2 are unexpected \(weight, bias\)"):
        loaders["pth"].load(save(torch.nn.Conv3d(1, 2, 1).state_dict()), tiny, "cpu")


class Trap:
    """Runs code when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("old", [False, True])
def test_a_file_that_would_run_code_is_not_read(loaders: Loaders, tiny: App, tmp_path: Path, old: bool) -> None:
    import torch

    path = tmp_path / "trap.pth"
    torch.save({"state_dict": {}, "more": Trap(tmp_path / "sprung")}, path, _use_new_zipfile_serialization=not old)
    with pytest.raises(WeightsMismatch, match=r"could run code.*torch\.save\(model\.state_dict\(\)"):
        loaders["pth"].load(path, tiny, "cpu")
    assert not (tmp_path / "sprung").exists()


def test_a_whole_module_is_refused(loaders: Loaders, tiny: App, module: Any, save: Callable[[Any], Path]) -> None:
    with pytest.raises(WeightsMismatch, match="state dict alone"):
        loaders["pth"].load(save(module), tiny, "cpu")


@pytest.mark.parametrize("content", [{}, {"epoch": 3}, [1, 2], {1: 2}, 7, {"state_dict": {"a": 1}}])
def test_what_is_no_state_dict_is_refused(
    loaders: Loaders, tiny: App, save: Callable[[Any], Path], content: Any
) -> None:
    with pytest.raises(WeightsMismatch, match="A state dict was expected"):
        loaders["pth"].load(save(content), tiny, "cpu")


@pytest.mark.parametrize("kind", ["pth", "legacy", "safetensors", "ts", "onnx"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.98])
def test_a_file_that_is_cut_off_is_refused(
    loaders: Loaders, files: Files, tiny: App, tmp_path: Path, kind: str, kept: float
) -> None:
    content = files[kind].read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(WeightsMismatch) as refused:
        loaders[FORMAT.get(kind, kind)].load(path, tiny, "cpu")
    assert "/" not in refused.value.detail


def test_a_plain_pickle_is_refused(loaders: Loaders, tiny: App, tmp_path: Path) -> None:
    path = tmp_path / "plain.pth"
    path.write_bytes(pickle.dumps({"weight": [1.0]}, protocol=2))
    with pytest.raises(WeightsMismatch):
        loaders["pth"].load(path, tiny, "cpu")


def test_an_app_without_a_network_takes_those_that_bring_theirs(loaders: Loaders, files: Files, tmp_path: Path) -> None:
    for kind in ("pth", "safetensors"):
        with pytest.raises(WeightsMismatch, match=r"'bodiless' has no network of its own.*TorchScript or ONNX"):
            loaders[kind].load(files[kind], Bodiless(), "cpu")
    scripted = loaders["ts"].load(write_torchscript(tmp_path / "a.ts", ABOVE_50), Bodiless(), "cpu")
    exchanged = loaders["onnx"].load(write_onnx(tmp_path / "a.onnx", ABOVE_50), Bodiless(), "cpu")
    image = np.float32([50, 51, 0, 100]).reshape(1, 1, 4, 1, 1)
    for network in (scripted, exchanged):
        assert network(image).argmax(1).ravel().tolist() == [0, 1, 0, 1]


def test_an_onnx_model_says_what_it_takes(loaders: Loaders, tmp_path: Path) -> None:
    free = loaders["onnx"].load(write_onnx(tmp_path / "a.onnx", ABOVE_50), Bodiless(), "cpu")
    assert (free.input, free.shape, free.window) == ("image", (None, 1, None, None, None), None)  # type: ignore[attr-defined]
    fixed = loaders["onnx"].load(write_onnx(tmp_path / "b.onnx", ABOVE_50, sides=(8, 9, 7)), Bodiless(), "cpu")
    assert fixed.window == (8, 9, 7)  # type: ignore[attr-defined]


def relu(path: Path, *inputs: tuple[int, list[Any]]) -> Path:
    """A model that has so many inputs, of these types and shapes."""
    given = [helper.make_tensor_value_info(f"x{n}", kind, shape) for n, (kind, shape) in enumerate(inputs)]
    output = helper.make_tensor_value_info("y", inputs[0][0], inputs[0][1])
    graph = helper.make_graph([helper.make_node("Abs", ["x0"], ["y"])], "g", given, [output])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def test_an_onnx_model_of_a_fixed_batch_takes_any_batch(loaders: Loaders, tmp_path: Path) -> None:
    images = np.linspace(-1, 1, 5 * 8, dtype=np.float32).reshape(5, 1, 2, 2, 2)
    for size in (1, 2, 4):
        path = relu(tmp_path / "a.onnx", (TensorProto.FLOAT, [size, 1, 2, 2, 2]))
        np.testing.assert_array_equal(loaders["onnx"].load(path, Bodiless(), "cpu")(images), np.abs(images))


@pytest.mark.parametrize("kind", [TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_an_onnx_model_gets_its_own_precision(loaders: Loaders, tmp_path: Path, kind: int) -> None:
    network = loaders["onnx"].load(relu(tmp_path / "a.onnx", (kind, [None, 1, "x"])), Bodiless(), "cpu")
    result = network(np.float32([[[-0.5, 2.0]]]))
    assert (result.dtype, result.tolist()) == (np.float32, [[[0.5, 2.0]]])


@pytest.mark.parametrize(
    "inputs", [[(TensorProto.FLOAT, [1]), (TensorProto.FLOAT, [1])], [(TensorProto.INT64, [1])]], ids=["two", "whole"]
)
def test_an_onnx_model_with_other_inputs_is_refused(loaders: Loaders, tmp_path: Path, inputs: Any) -> None:
    with pytest.raises(WeightsMismatch, match="one input, of real numbers, was expected; it has x0"):
        loaders["onnx"].load(relu(tmp_path / "a.onnx", *inputs), Bodiless(), "cpu")


@pytest.mark.parametrize("place", ["graph", "constant"])
def test_an_onnx_model_that_names_other_files_is_refused(loaders: Loaders, tmp_path: Path, place: str) -> None:
    model = onnx.load(str(write_onnx(tmp_path / "a.onnx", ABOVE_50)))
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    if place == "constant":
        model.graph.node.insert(0, helper.make_node("Constant", [], [tensor.name], value=tensor))
        del model.graph.initializer[0]
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(WeightsMismatch, match=r"in another file.*external_data=False"):
        loaders["onnx"].load(tmp_path / "a.onnx", Bodiless(), "cpu")


def test_an_onnx_model_with_unknown_operators_is_refused_quietly(
    loaders: Loaders, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Imagined", ["x"], ["x2"])], "g", [value], [value])
    onnx.save(helper.make_model(graph, ir_version=8), str(tmp_path / "a.onnx"))
    with pytest.raises(WeightsMismatch, match="onnxruntime can't run this model"):
        loaders["onnx"].load(tmp_path / "a.onnx", Bodiless(), "cpu")
    assert capfd.readouterr().err == ""


def test_a_network_for_a_gpu_runs_on_the_processor_where_onnxruntime_has_none(
    loaders: Loaders, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """So that no result claims a device that it was not computed on."""
    import onnxruntime

    network = loaders["onnx"].load(write_onnx(tmp_path / "a.onnx", ABOVE_50), Bodiless(), "cuda:0")
    used = network.session.get_providers()[0]  # type: ignore[attr-defined]
    assert network.device == ("cuda:0" if used == "CUDAExecutionProvider" else "cpu")
    assert used in onnxruntime.get_available_providers()
    assert capfd.readouterr().out == ""
