"""One tiny network, as every format that there is a loader for."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tomaat import App, Context, Data, LabelVolume, Volume, Weights
from tomaat.plugins import find_plugins
from tomaat.weights.loader import WeightsLoader


class Tiny(App):
    """A small U-Net over the whole image, with whatever weights."""

    name = "tiny"
    inputs = (Volume("image"),)
    outputs = (LabelVolume("labels"),)
    weights = Weights(architecture="MONAI UNet, 4 and 8 channels")

    def network(self) -> Any:
        from monai.networks.nets import UNet

        return UNet(3, 1, 2, (4, 8), (2,), num_res_units=1, norm="batch")

    def infer(self, data: Data, context: Context) -> Data:
        from tomaat.image import Grid, from_ras_array, to_ras_array

        voxels, _ = to_ras_array(data["image"])
        scores = context.network(voxels[None, None].astype("float32") / 1000)[0]
        data["labels"] = from_ras_array(scores.argmax(0).astype("uint8"), Grid.of(data["image"]))
        return data


@pytest.fixture(scope="session")
def tiny() -> App:
    """The app that the network is of."""
    return Tiny()


@pytest.fixture(scope="session")
def loaders() -> Mapping[str, WeightsLoader]:
    """The built-in loaders, by format."""
    return find_plugins(installed=False).loaders


@pytest.fixture(scope="session")
def module(tiny: App) -> Any:
    """The network itself, with weights that are not those of any other."""
    import torch

    torch.manual_seed(3)
    network = tiny.network()
    for name, tensor in network.state_dict().items():
        if name.endswith(("running_mean", "running_var")):  # else folding them in would change nothing
            tensor.copy_(torch.rand_like(tensor) + 0.5)
    return network.eval()


@pytest.fixture(scope="session")
def files(module: Any, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The network's file in each format, and as torch wrote state dicts before 1.6 (``legacy``)."""
    import torch
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("weights")
    names = ("pth", "legacy", "safetensors", "ts", "onnx")
    paths = {name: folder / f"model.{name}" for name in names}
    torch.save(module.state_dict(), paths["pth"])
    torch.save(module.state_dict(), paths["legacy"], _use_new_zipfile_serialization=False)
    save_file(module.state_dict(), paths["safetensors"])
    example = torch.zeros(1, 1, 16, 16, 16)
    axes = {"image": {0: "n", 2: "x", 3: "y", 4: "z"}}
    with quiet():
        torch.jit.save(torch.jit.trace(module, example), paths["ts"])
        torch.onnx.export(
            module, (example,), paths["onnx"], dynamo=False, input_names=["image"], dynamic_axes=axes, opset_version=17
        )
    return paths


class quiet(warnings.catch_warnings):
    """Without torch's word that TorchScript and the older exporter are no longer what it would use."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.simplefilter("ignore")
        return entered


@pytest.fixture
def cpu_threads() -> Iterator[None]:
    """Whatever a test does to the number of torch's threads is undone."""
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
