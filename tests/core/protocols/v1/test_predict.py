"""``POST /v1/apps/{app}/predict``: send, wait, and take the results as the Accept header says."""

from __future__ import annotations

import email
import gzip
import json
import re
from email.message import Message

import httpx
import numpy as np
import pytest

import images
from calls import predict, send, until
from hosts import RunningHost


def parts_of(response: httpx.Response) -> dict[str, Message]:
    """The parts of a multipart answer, by the name of their disposition."""
    head = f"Content-Type: {response.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + response.content)
    assert message.is_multipart()
    assert message.defects == []
    return {str(part.get_param("name", header="content-disposition")): part for part in message.get_payload()}


def test_json_is_what_a_client_without_a_wish_gets(lean: httpx.Client) -> None:
    response = predict(lean, "echo", number=3, flag="True", word="two")
    assert response.headers["content-type"] == "application/json"
    job = response.json()
    assert (job["app"], job["state"], job["error"], job["position"]) == ("echo", "succeeded", None, None)
    assert job["progress"]["fraction"] == 1.0
    (result,) = job["results"]
    assert (result["name"], result["type"], result["value"]) == ("answer", "PlainText", "TWO 3")
    assert lean.get(result["href"]).text == "TWO 3"


def test_defaults_stand_in_for_what_is_left_out(lean: httpx.Client) -> None:
    assert predict(lean, "echo").json()["results"][0]["value"] == "one 1"


def test_times_are_rfc_3339_and_timings_are_seconds(lean: httpx.Client) -> None:
    job = predict(lean, "echo").json()
    for key in ("created", "started", "finished", "expires"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", job[key])
    assert {"queue", "start", "decode", "preprocess", "infer", "postprocess", "encode"} <= set(job["timings"])
    assert all(seconds >= 0 for seconds in job["timings"].values())


def test_stages_are_in_the_server_timing_header(lean: httpx.Client) -> None:
    for accept in ("application/json", "text/plain", "multipart/mixed"):
        response = send(lean, "/v1/apps/echo/predict", accept=accept, number=1)
        assert re.search(r"infer;dur=[\d.]+", response.headers["server-timing"])


def test_the_provenance_says_where_a_result_comes_from(lean: httpx.Client) -> None:
    import hashlib

    content = images.file_of(images.ball())
    provenance = predict(lean, "faulty", how="fine", image=content).json()["provenance"]
    assert provenance["inputs"] == {"image": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    assert provenance["parameters"] == {"how": "fine"}
    assert provenance["app"] == "faulty"
    assert provenance["plugin"] == "tomaat_test_apps 1.0"
    assert provenance["device"] == "cpu"
    assert provenance["software"]["tomaat"]


def test_one_file_s_own_type_gets_that_file(lean: httpx.Client) -> None:
    response = send(lean, "/v1/apps/echo/predict", accept="text/plain", number=2)
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["content-disposition"] == 'attachment; filename="answer.txt"'
    assert response.text == "one 2"


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("application/gzip", "labels.nii.gz"),
        ("application/x-mha", "labels.mha"),
        ("application/x-nrrd", "labels.nrrd"),
        ("application/x-nifti", "labels.nii"),
    ],
)
def test_the_type_chooses_the_format(lean: httpx.Client, media_type: str, name: str) -> None:
    ball = images.ball()
    response = send(lean, "/v1/apps/positive/predict", accept=media_type, image=images.file_of(ball, "a.mha"))
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    labels = images.read(response.content, name)
    assert labels.GetPixelIDTypeAsString() == "8-bit unsigned integer"
    assert labels.GetSize() == ball.GetSize()


def test_a_result_that_nobody_asked_for_is_not_made(lean: httpx.Client) -> None:
    image = images.file_of(images.ball(), "a.mha")

    assert send(lean, "/v1/apps/shifted/predict", image=image).json()["code"] == "invalid_output"
    assert send(lean, "/v1/apps/shifted/predict", accept="text/plain", image=image).text == "moved by 1 mm"


def test_all_results_come_in_one_multipart_answer(lean: httpx.Client) -> None:
    ball = images.ball()
    content = images.file_of(ball)
    response = send(lean, "/v1/apps/everything/predict", accept="multipart/mixed", fixed=content, points="1,2,3")
    assert response.status_code == 200, response.text
    parts = parts_of(response)
    assert list(parts) == ["job", "labels", "surface", "report", "marks", "grid", "spline", "linear"]
    job = json.loads(parts["job"].get_payload(decode=True))
    assert job["state"] == "succeeded"
    assert [result["name"] for result in job["results"]] == list(parts)[1:]
    assert parts["report"].get_payload(decode=True) == b"a True 1 points, moving: False"
    labels = parts["labels"]
    assert (labels.get_content_type(), labels.get_filename()) == ("application/gzip", "labels.nii.gz")
    assert gzip.decompress(labels.get_payload(decode=True))[344:348] in (b"n+1\0", b"\0\0\0\0", b"\x01\0\0\0")
    result = images.read(labels.get_payload(decode=True), "labels.nii.gz")
    for mine, theirs in zip(images.grid_of(result), images.grid_of(images.read(content, "a.nii.gz")), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)


def test_a_format_in_the_query_is_what_the_part_holds(lean: httpx.Client) -> None:
    path = "/v1/apps/positive/predict?format.labels=nrrd"
    response = send(lean, path, accept="multipart/mixed", image=images.file_of(images.ball()))
    part = parts_of(response)["labels"]
    assert (part.get_filename(), part.get_content_type()) == ("labels.nrrd", "application/x-nrrd")
    assert part.get_payload(decode=True).startswith(b"NRRD")


def test_the_better_liked_type_wins(lean: httpx.Client) -> None:
    accept = "application/json;q=0.1, text/plain"
    assert send(lean, "/v1/apps/echo/predict", accept=accept, number=2).text == "one 2"


def test_an_accept_header_that_nothing_meets_is_refused_before_the_upload(
    lean: httpx.Client, lean_host: RunningHost
) -> None:
    before = lean_host.job_folders
    response = send(lean, "/v1/apps/echo/predict", accept="image/png", number=2)
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
    assert "text/plain" in response.json()["detail"]
    assert set(lean_host.job_folders) <= set(before)  # those of the tests before are still being removed


@pytest.mark.parametrize(("query", "status"), [("format.labels=dcm", 406), ("format.mask=nii.gz", 404)])
def test_a_format_that_there_is_not_is_refused(lean: httpx.Client, query: str, status: int) -> None:
    response = send(lean, f"/v1/apps/positive/predict?{query}", image=images.file_of(images.ball()))
    assert response.status_code == status
    assert "labels" in response.json()["detail"]


def test_an_optional_file_left_empty_is_left_out(lean: httpx.Client) -> None:
    response = predict(lean, "everything", fixed=images.file_of(images.ball()), moving=b"", level="")
    assert response.status_code == 200, response.text
    assert response.json()["results"][2]["value"].endswith("moving: False")


def test_two_volumes_of_one_call_are_kept_apart(lean: httpx.Client) -> None:
    fixed, moving = images.file_of(images.ball()), images.file_of(images.ball((8, 8, 8)), "a.nrrd")
    response = predict(lean, "everything", fixed=fixed, moving=moving)
    assert response.json()["results"][2]["value"].endswith("moving: True")


def test_a_file_s_answer_leaves_nothing_on_the_host(lean: httpx.Client, lean_host: RunningHost) -> None:
    before = lean_host.job_folders
    send(lean, "/v1/apps/echo/predict", accept="text/plain", number=2)
    until(lambda: lean_host.job_folders == before)
