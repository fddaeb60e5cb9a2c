"""Real networks in the store of a real host: uploaded in every format, they give the same labels."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from hosts import RunningHost, install
from tomaat import App, Client
from tomaat.errors import WeightsMismatch
from tomaat.image import same_grid
from tomaat.testing import head

PLUGIN = """
from typing import Any
from tomaat import App, Context, Data, LabelVolume, Volume, Weights, hookimpl

{app}

@hookimpl
def tomaat_apps(register):
    register(Tiny)
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, tiny: App) -> Iterator[Client]:
    """A client of a host that serves the tiny network's app."""
    folder = tmp_path_factory.mktemp("plugin")
    install(folder, "tomaat_tiny", PLUGIN.format(app=inspect.getsource(type(tiny))))
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=folder)
    running.start()
    with Client(running.url) as client:
        yield client
    running.stop()


def test_every_format_gives_the_same_labels(client: Client, files: Mapping[str, Path]) -> None:
    image = head((32, 48, 32), (6.0, 4.0, 6.0))
    formats = {client.push_weights("tiny", path, name).id: path.suffix[1:] for name, path in files.items()}
    assert sorted(formats) == sorted(weights.id for weights in client.weights("tiny"))
    found = {}
    for name in formats:
        job = client.predict("tiny", image=image, weights=name, formats={"labels": "mha"})
        assert same_grid(job.image("labels"), image)
        assert job.provenance["weights_id"] == name
        found[name] = sitk.GetArrayFromImage(job.image("labels"))
    assert 0 < np.count_nonzero(found["pth"]) < found["pth"].size
    assert all(np.array_equal(labels, found["pth"]) for labels in found.values())


def test_another_network_is_refused_tensor_by_tensor(client: Client, tiny: App, tmp_path: Path) -> None:
    import torch

    tensors = tiny.network().state_dict()
    name, first = next(iter(tensors.items()))
    tensors[name] = torch.zeros(2, *first.shape[1:])
    tensors["extra.weight"] = torch.zeros(1)
    del tensors[list(tensors)[3]]
    torch.save(tensors, tmp_path / "other.pth")
    before = client.weights("tiny")
    with pytest.raises(WeightsMismatch) as caught:
        client.push_weights("tiny", tmp_path / "other.pth")
    for word in ("missing", "unexpected", "extra.weight", name, "2 x"):
        assert word in caught.value.detail
    assert client.weights("tiny") == before


def test_a_pickle_that_would_run_code_does_not(client: Client, tmp_path: Path) -> None:
    import torch

    trace = tmp_path / "ran"

    class Evil:
        def __reduce__(self) -> Any:
            return Path.touch, (trace,)

    torch.save({"weight": Evil()}, tmp_path / "evil.pth")
    (tmp_path / "evil2.pth").write_bytes(pickle.dumps(Evil(), protocol=2))
    for name in ("evil.pth", "evil2.pth"):
        with pytest.raises(WeightsMismatch):
            client.push_weights("tiny", tmp_path / name)
    assert not trace.exists()
