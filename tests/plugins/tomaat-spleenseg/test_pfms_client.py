"""pfms's own client, unchanged and in an environment of its own, against a real host."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from hosts import RunningHost
from spleen import abdomen, dice

Rpc = Callable[..., str]


@pytest.fixture
def rpc(python_of_the_client: Path, spleen_host: RunningHost, tmp_path: Path) -> Rpc:
    """Run ``spleenseg.comms.rpc``; returns what it prints."""
    command = [str(python_of_the_client), "-m", "spleenseg.comms.rpc", "--pfms", f"{spleen_host.url}/api/v1/"]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("axes", ["LPS", "PIR"])
def test_a_model_is_sent_and_a_ct_comes_back_as_its_label_map(
    rpc: Rpc, spleen_weights: Path, tmp_path: Path, axes: str
) -> None:
    ct, truth = (sitk.DICOMOrient(image, axes) for image in abdomen())
    sitk.WriteImage(ct, str(tmp_path / "ct.nii.gz"))
    rpc("--do", "sendmodel", "--pthModel", str(spleen_weights), "--modelID", "sent-by-its-client")

    said = rpc("--do", "infer", "--NIfTIfile", "ct.nii.gz", "--modelID", "sent-by-its-client", "--outputdir", ".")
    assert "Inferred NIfTI saved to output.nii.gz" in said

    labels = sitk.ReadImage(str(tmp_path / "output.nii.gz"))
    assert dice(labels, truth) > 0.85
    sent, received = (nibabel.load(tmp_path / name) for name in ("ct.nii.gz", "output.nii.gz"))
    assert received.shape == sent.shape
    assert received.get_data_dtype() == np.uint8
    assert np.allclose(received.affine, sent.affine, rtol=0, atol=1e-5)  # float32, in millimetres


def test_it_is_told_what_is_wrong(rpc: Rpc, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear colleague", encoding="utf-8")
    said = rpc("--do", "infer", "--NIfTIfile", "letter.txt", "--modelID", "nobody-sent-it", "--outputdir", ".")
    assert said.startswith("Error: 404 - ")
    assert not (tmp_path / "output.nii.gz").exists()
