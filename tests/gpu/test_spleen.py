"""The spleen network on a GPU: the labels of the processor, also where the GPU has too little memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import SimpleITK as sitk

from calls import ended, send
from hosts import RunningHost
from spleen import abdomen, dice

StartGpuHost = Callable[[str], RunningHost]
MIB = 2**20
FP32 = "[apps.spleen-labels]\narithmetic = 'fp32'\n"
UPLOAD = "/v1/apps/spleen-labels/weights/synthetic"


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic CT, as a file."""
    path = tmp_path_factory.mktemp("ct") / "ct.nrrd"
    sitk.WriteImage(abdomen()[0], str(path))
    return path


@pytest.fixture
def segment(ct: Path, spleen_weights: Path, tmp_path: Path) -> Callable[..., tuple[sitk.Image, dict[str, Any]]]:
    """Segment it with a host; returns the labels, and the job."""

    def run(url: str, device: str = "") -> tuple[sitk.Image, dict[str, Any]]:
        with httpx.Client(base_url=url, timeout=300) as client:
            client.put(
                "/v1/apps/spleen-labels/weights/synthetic", content=spleen_weights.read_bytes()
            ).raise_for_status()
            path = f"/v1/apps/spleen-labels/jobs?device={device}" if device else "/v1/apps/spleen-labels/jobs"
            sent = send(client, path, image=ct.read_bytes())
            job = ended(client, sent.raise_for_status().json()["id"], 300)
            assert job["state"] == "succeeded", job["error"]
            answer = client.get(f"/v1/jobs/{job['id']}/results/labels.nrrd").raise_for_status()
        labels = tmp_path / f"{job['id']}.nrrd"
        labels.write_bytes(answer.content)
        return sitk.ReadImage(str(labels)), job

    return run


Segment = Callable[..., tuple[sitk.Image, dict[str, Any]]]


def test_it_finds_the_spleen_in_a_faster_arithmetic(gpu_host: RunningHost, segment: Segment) -> None:
    labels, job = segment(gpu_host.url)
    assert job["provenance"]["device"] == "cuda:0"
    assert job["provenance"]["inference"]["blended"] == "cuda:0"
    assert dice(labels, abdomen()[1]) > 0.8
    again, second = segment(gpu_host.url)
    assert second["provenance"]["arithmetic"] == "bf16", second["provenance"]["inference"]["why"]
    assert dice(again, labels) > 0.995


def test_in_fp32_the_gpu_gives_the_labels_of_the_processor(start_gpu_host: StartGpuHost, segment: Segment) -> None:
    host = start_gpu_host(FP32)
    on_gpu, job = segment(host.url)
    on_cpu, other = segment(host.url, device="cpu")
    assert (job["provenance"]["device"], other["provenance"]["device"]) == ("cuda:0", "cpu")
    assert {job["provenance"]["arithmetic"], other["provenance"]["arithmetic"]} == {"fp32"}
    assert dice(on_gpu, on_cpu) > 0.9999


@pytest.mark.parametrize("tensors", [64, 200])
def test_with_too_little_memory_the_smaller_plan_gives_the_same(
    start_gpu_host: StartGpuHost, segment: Segment, tensors: int
) -> None:
    """A window of 160 x 160 x 160 needs some 400 MiB, a probe of 96 x 96 x 96 a quarter of that."""
    expected, _ = segment(start_gpu_host(FP32).url)
    host = start_gpu_host(FP32 + f'[devices."cuda:0"]\nmemory = {(768 + tensors) * MIB}\n')
    labels, job = segment(host.url)

    assert job["provenance"]["memory"] == {"tries": 3, "alone": True, "smaller_plan": True}
    assert job["provenance"]["inference"]["plan"] == "smaller"
    assert job["provenance"]["inference"]["windows_on_the_processor"] > 0
    assert dice(labels, expected) > 0.9999
    again, _ = segment(host.url)
    assert dice(again, expected) > 0.9999
