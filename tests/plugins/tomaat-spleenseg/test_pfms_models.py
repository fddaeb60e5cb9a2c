"""pfms's models are the app's weights: kept, replaced, and refused before anything of them stays."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from hosts import RunningHost
from pfms_calls import MODEL, MODELS, refused, send_model


def files(host: RunningHost) -> set[Path]:
    return {path for path in (host.home / "weights").rglob("*") if path.is_file()}


class Bomb:
    """What unpickling it would do: leave a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._path),)


def state_dict(change: Callable[[dict[str, Any]], object], weights: Path) -> bytes:
    """The trained weights, with something changed."""
    tensors = torch.load(weights, weights_only=True)
    change(tensors)
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


def test_a_model_is_kept_as_weights(pfms: httpx.Client, spleen_host: RunningHost, spleen_weights: Path) -> None:
    answer = send_model(pfms, spleen_weights.read_bytes(), modelID="kept_1")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "status": True,
        "message": "model kept_1 saved successfully",
        "location": "/v1/apps/spleen/weights/kept_1",
    }
    shown = httpx.get(f"{spleen_host.url}{answer.json()['location']}").json()
    assert (shown["id"], shown["format"], shown["size"]) == ("kept_1", "pth", spleen_weights.stat().st_size)


@pytest.mark.parametrize("url", [MODELS, MODELS.rstrip("/")])
def test_models_are_listed(pfms: httpx.Client, url: str) -> None:
    answer = pfms.get(url)
    assert answer.status_code == 200
    assert list(answer.json()) == ["models"]
    assert MODEL in answer.json()["models"]


@pytest.mark.parametrize("name", ["../../x", "../x", "/x", "a b", ""])
def test_a_path_names_no_model(pfms: httpx.Client, spleen_host: RunningHost, name: str) -> None:
    before = files(spleen_host)
    refused(send_model(pfms, b"x", modelID=name), 400, "letters, digits")
    assert files(spleen_host) == before


def test_the_model_must_be_named(pfms: httpx.Client) -> None:
    refused(send_model(pfms, b"x"), 422, "modelID")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tensors: tensors.pop("model.0.conv.unit0.conv.weight"), ("model.0.conv.unit0.conv.weight",)),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), ("extra",)),
        (lambda tensors: tensors.update({"model.0.residual.bias": torch.zeros(3)}), ("model.0.residual.bias", "3")),
    ],
)
def test_weights_of_another_network_are_422(
    pfms: httpx.Client, spleen_host: RunningHost, spleen_weights: Path, change: Any, words: tuple[str, ...]
) -> None:
    before = files(spleen_host)
    refused(send_model(pfms, state_dict(change, spleen_weights), modelID="other"), 422, *words)
    assert files(spleen_host) == before
    assert "other" not in pfms.get(MODELS).json()["models"]


def test_what_is_no_weights_file_is_422(pfms: httpx.Client) -> None:
    refused(send_model(pfms, b"Dear colleague, please find enclosed", modelID="letter"), 422, "PyTorch")


def test_an_upload_is_never_unpickled(pfms: httpx.Client, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"model.0.conv.unit0.conv.weight": Bomb(tmp_path / "unpickled")}, buffer)
    refused(send_model(pfms, buffer.getvalue(), modelID="bomb"), 422)
    assert not (tmp_path / "unpickled").exists()
