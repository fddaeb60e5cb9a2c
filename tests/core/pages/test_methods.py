"""The methods paragraph: what was done with which app, weights and parameters, as one can print it."""

from __future__ import annotations

import re
from hashlib import sha256

import httpx

import images
from calls import ended, running, submit
from number_weights import number, put
from tomaat._version import __version__


def paragraph(client: httpx.Client, job_id: str) -> str:
    answer = client.get(f"/jobs/{job_id}/methods")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8"), answer.text
    assert answer.text == " ".join(answer.text.split())
    return answer.text


def test_a_segmentation_with_a_level(http: httpx.Client) -> None:
    content = images.file_of(images.ball())
    done = ended(http, submit(http, "threshold", image=content, level="0.30"))
    told = paragraph(http, done["id"])
    digest = sha256(content).hexdigest()[:12]
    expected = (
        r'Images were processed with "Threshold" \(app threshold; plugin threshold [^;]+; task: segmentation\) on '
        rf"TOMAAT {re.escape(__version__)} on \d{{1,2}} [A-Z][a-z]+ \d{{4}}\. Results were computed on a processor\. "
        r"Parameters that were set: level = 0\.30\. Other parameters had their defaults: largest = no\. "
        rf"The SHA-256 of the input \(image\) is {digest}…\. Reference: Otsu 1979, .+\. Licence: Apache-2\.0\."
    )
    assert re.fullmatch(expected, told), told
    http.delete(f"/v1/jobs/{done['id']}")


def test_weights_and_what_differs_from_a_default(lean: httpx.Client) -> None:
    weights = put(lean, "methods", number(3)).json()
    done = ended(lean, submit(lean, "numbers", weights="methods"))
    assert f'weights were "methods" (SHA-256: {weights["sha256"][:12]}…). ' in paragraph(lean, done["id"])
    lean.delete("/v1/apps/numbers/weights/methods")
    done = ended(lean, submit(lean, "everything", fixed=images.file_of(images.ball()), level="2", choice="a", flag="0"))
    told = paragraph(lean, done["id"])
    assert "Parameters that were set: level = 2 (default 0) and flag = no (default yes). Other parameters had" in told
    assert "defaults: choice = a" in told
    assert "no points" in told


def test_a_job_without_results_has_none(lean: httpx.Client) -> None:
    failed = ended(lean, submit(lean, "faulty", how="exception"))
    assert lean.get(f"/jobs/{failed['id']}/methods").status_code == 500
    waiting = submit(lean, "sleeper", seconds=30)
    running(lean, waiting)
    assert lean.get(f"/jobs/{waiting}/methods").status_code == 409
    lean.delete(f"/v1/jobs/{waiting}")
    assert lean.get("/jobs/01AAAAAAAAAAAAAAAAAAAAAAAA/methods").status_code == 404
