"""Nothing of an image, a file's name or a form's text stays in the log, the metrics, the audit log or the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import SimpleITK as sitk

import images
from calls import ended, submit
from hosts import RunningHost
from wire import Wire

StartHost = Callable[..., RunningHost]

MARK = "xq7mustermannx"
NAME = f"{MARK}^Erika"
WHERE = [f"/{app}" for app in ("positive/predict", "v1/apps/positive/predict", "v1/apps/positive/jobs")]
WHERE += [where.replace("positive", "everything") for where in WHERE]


def dicom(folder: Path) -> bytes:
    """A slice whose header tells whose it is."""
    image = sitk.Cast(images.ball()[:, :, 5:6], sitk.sitkInt16)
    image.SetMetaData("0010|0010", NAME)
    image.SetMetaData("0010|0020", MARK)
    path = folder / "slice.dcm"
    sitk.WriteImage(image, str(path))
    return path.read_bytes()


def files(folder: Path) -> dict[str, bytes]:
    """Good and broken images that say the mark."""
    nifti = images.file_of(images.ball(), "image.nii", compressed=False)
    described = nifti[:148] + MARK.encode().ljust(80, b"\0") + nifti[228:]
    image = images.ball()
    image.SetMetaData("patient", NAME)
    nrrd = images.file_of(image, "image.nrrd")
    return {
        f"{MARK}.nii": described,
        f"{MARK}.nrrd": nrrd,
        f"{NAME}.dcm": dicom(folder),
        "cut.nii": described[:500],
        "cut.dcm": dicom(folder)[:900],
        "cut.nrrd": nrrd[:150],
        "none": MARK.encode() * 40,
        "keys.mha": b"ObjectType = Image\nPatient = " + NAME.encode() + b"\nElementDataFile = LOCAL\n",
        "zip.zip": b"PK\x03\x04" + MARK.encode() * 10,
        f"../../{MARK}": described,
    }


def send_files(http: httpx.Client, folder: Path) -> None:
    for path in WHERE:
        field = "fixed" if "everything" in path else "image"
        for name, content in files(folder).items():
            http.post(path, files={field: (name, content, f"image/{MARK}")})
            http.post(path, files={field: (name, content), MARK: (name, content)})


def send_texts(http: httpx.Client) -> None:
    for path in ("/v1/apps/{}/predict", "/v1/apps/{}/jobs", "/{}/predict"):
        for app, texts in (
            ("echo", {"number": MARK}),
            ("echo", {"number": "1", "word": MARK}),
            ("echo", {"number": "1", MARK: MARK}),
            ("talker", {"points": MARK}),
            (MARK, {"number": "1"}),
        ):
            http.post(path.format(app), files={name: (None, text) for name, text in texts.items()})
        http.post(path.format("echo"), json={"patient": NAME})
        http.post(path.format("echo"), content=MARK, headers={"Content-Type": f"multipart/form-data; boundary={MARK}"})
        http.post(path.format("echo"), data={"number": NAME})
    http.post("/echo/responses", data={"request_id": MARK})
    http.post("/echo/responses", files={"request_id": (None, MARK)})


def send_heads(http: httpx.Client) -> None:
    headers = dict.fromkeys(("User-Agent", "Accept", "X-Request-Id", "Referer", "X-Patient", "Cookie", "From"), NAME)
    for path in (
        f"/{MARK}",
        f"/v1/jobs/{MARK}",
        f"/v1/apps/{MARK}",
        f"/v1/apps/echo/weights/{MARK}",
        f"/{MARK}/interface",
    ):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            http.request(method, path, params={"patient": NAME, MARK: "1"}, headers=headers)
    for query in ({"device": MARK}, {"format.labels": MARK}, {f"format.{MARK}": "mha"}):
        http.post("/v1/apps/positive/predict", params=query, files={"image": (MARK, b"none")})
    for query in ({"state": MARK}, {"limit": MARK}, {"app": MARK}):
        http.get("/v1/jobs", params=query)
    http.put(f"/v1/apps/positive/weights/{MARK}", content=MARK)


def send_nonsense(host: RunningHost) -> None:
    for line in (f"GET /{MARK} HTTP/9.9", f"{MARK} / HTTP/1.1", MARK, f"GET /?{MARK} HTTP/1.1\r\n{MARK}"):
        with Wire(host) as wire:
            wire.send(f"{line}\r\n\r\n".encode())
            wire.answer()


def fail(http: httpx.Client) -> None:
    """Have an app say what it was sent, in all ways that it can."""
    kept = [submit(http, "talker", points="4.0625,5,6", fail=fail) for fail in ("true", "false")]
    for job in kept:
        ended(http, job)


@pytest.fixture
def used(start_lean: StartHost, tmp_path: Path) -> RunningHost:
    """A host that was sent the mark in every way, and has purged its jobs."""
    host = start_lean(options=("--log-format", "json"))
    with httpx.Client(base_url=host.url, timeout=60) as http:
        send_files(http, tmp_path)
        send_texts(http)
        send_heads(http)
        fail(http)
        send_nonsense(host)
        for job in http.get("/v1/jobs", params={"limit": 1000}).json()["jobs"]:
            ended(http, job["id"])
        assert all((host.home / "jobs" / name / "inputs").exists() is False for name in host.job_folders)
        (tmp_path / "metrics").write_text(http.get("/metrics").text, encoding="utf-8")
        assert http.delete("/v1/jobs").json()["removed"] > 0
    host.stop()
    return host


def test_nothing_of_it_stays(used: RunningHost, tmp_path: Path) -> None:
    assert used.job_folders == []
    for path in (path for path in used.home.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert MARK.encode() not in content, f"{path.name}: {_around(content, MARK)}"
        assert b"4.0625" not in content, f"{path.name}: {_around(content, '4.0625')}"
    assert MARK not in (tmp_path / "metrics").read_text(encoding="utf-8")
    assert all(json.loads(line) for line in used.log.splitlines())
    audit = subprocess.run(
        [sys.executable, "-m", "tomaat", "audit", "export"],
        env=os.environ | {"TOMAAT_HOME": str(used.home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "job.accepted" in audit
    assert MARK not in audit


def _around(content: bytes, mark: str) -> str:
    at = content.index(mark.encode())
    return repr(content[max(0, at - 200) : at + 100])
