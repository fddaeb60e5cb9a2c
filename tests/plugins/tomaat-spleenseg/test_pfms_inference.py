"""pfms's inference, where pfms itself is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

import broken_files
import images
from calls import until
from hosts import RunningHost
from pfms_calls import INFERENCE, MODEL, infer, pfms_of, refused, send_model
from spleen import abdomen, dice
from tomaat.testing import oblique

StartHost = Callable[..., RunningHost]


def test_the_label_map_comes_as_a_file_of_its_own_kind(pfms: httpx.Client, tmp_path: Path) -> None:
    ct, truth = abdomen()
    answer = infer(pfms, images.file_of(ct))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="output.nii.gz"'
    path = tmp_path / "output.nii.gz"
    path.write_bytes(answer.content)
    assert dice(sitk.ReadImage(str(path)), truth) > 0.85
    assert set(np.unique(np.asarray(nibabel.load(path).dataobj))) == {0, 1}


def test_it_lies_on_an_oblique_ct_s_own_grid(pfms: httpx.Client, tmp_path: Path) -> None:
    sent, received = tmp_path / "ct.nii", tmp_path / "output.nii.gz"
    sent.write_bytes(images.file_of(oblique(), "ct.nii"))
    answer = pfms.post(INFERENCE.rstrip("/"), params={"modelID": MODEL}, files={"file": ("file", sent.read_bytes())})
    assert answer.status_code == 200, answer.text
    received.write_bytes(answer.content)
    ours, theirs = nibabel.load(received), nibabel.load(sent)
    assert ours.shape == theirs.shape
    assert ours.get_data_dtype() == np.uint8
    assert np.allclose(ours.affine, theirs.affine, rtol=0, atol=1e-5)  # float32, in millimetres


def test_nothing_of_a_patient_stays(pfms: httpx.Client, spleen_host: RunningHost) -> None:
    assert infer(pfms, images.file_of(abdomen()[0])).status_code == 200
    until(lambda: spleen_host.job_folders == [])


def test_the_host_answers_while_it_infers(pfms: httpx.Client, spleen_host: RunningHost) -> None:
    file = images.file_of(abdomen()[0])
    inferred: list[int] = []
    inferring = threading.Thread(target=lambda: inferred.append(infer(pfms, file).status_code))
    inferring.start()
    answers = 0
    with pfms_of(spleen_host) as other:
        while inferring.is_alive():
            assert other.get("/about/").status_code == 200
            answers += 1
    inferring.join()
    assert inferred == [200]
    assert answers > 1


def test_an_unknown_model_is_404(pfms: httpx.Client) -> None:
    refused(infer(pfms, images.file_of(images.ball()), modelID="nobody"), 404, "nobody", MODEL)


@pytest.mark.parametrize("name", ["../../x", "a/b", ".", "", "x" * 101])
def test_a_path_is_no_model(pfms: httpx.Client, name: str) -> None:
    refused(infer(pfms, images.file_of(images.ball()), modelID=name), 400, "letters, digits")


def test_the_model_must_be_named(pfms: httpx.Client) -> None:
    refused(pfms.post(INFERENCE, files={"file": b"x"}), 422, "modelID")


@pytest.mark.parametrize(
    "file",
    [
        broken_files.text_called_nifti,
        broken_files.truncated_gzip,
        broken_files.huge_nifti,
        broken_files.nan_spacing_nifti,
        broken_files.mha,
        bytes,
    ],
)
def test_what_is_no_nifti_is_400(pfms: httpx.Client, spleen_host: RunningHost, file: Callable[[], bytes]) -> None:
    refused(infer(pfms, file()), 400, "NIfTI volume (.nii or .nii.gz)", "'file'")
    until(lambda: spleen_host.job_folders == [])


def test_a_form_without_the_file_is_told_its_name(pfms: httpx.Client) -> None:
    answer = pfms.post(INFERENCE, params={"modelID": MODEL}, files={"image": images.file_of(images.ball())})
    refused(answer, 400, "'file'")


def test_a_full_queue_is_503(start_host: StartHost, spleen_weights: Path) -> None:
    host = start_host("[apps.spleen]\nqueue_limit = 0\n")
    with pfms_of(host) as client:
        send_model(client, spleen_weights.read_bytes(), modelID=MODEL)
        answer = infer(client, images.file_of(images.ball()))
    refused(answer, 503, "wait")
    assert int(answer.headers["retry-after"]) > 0


def test_too_large_a_volume_is_413(start_host: StartHost, spleen_weights: Path) -> None:
    host = start_host("max_upload = 1000\n")
    with pfms_of(host) as client:
        send_model(client, spleen_weights.read_bytes(), modelID=MODEL)
        refused(infer(client, bytes(5000)), 413, "1,000 bytes")
