"""The client against a real host, and against what is none."""

from __future__ import annotations

import io
import socket
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from tomaat import AsyncClient, Client
from tomaat.client import Job
from tomaat.client.series import zip_series
from tomaat.errors import Busy, ConnectionFailed, InvalidInput, NotAcceptable, NotFound, TooLarge

SPACING = (1.0, 1.5, 2.5)


def ball() -> sitk.Image:
    """A bright ball in the dark, on an oblique, anisotropic grid."""
    z, y, x = np.indices((20, 24, 28))
    inside = (x - 14) ** 2 + (y - 12) ** 2 + (z - 10) ** 2 < 64
    image = sitk.GetImageFromArray((inside * 900 + 20).astype(np.int16))
    image.SetSpacing(SPACING)
    image.SetOrigin((-12.5, 33.0, 7.25))
    image.SetDirection((0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    return image


@pytest.fixture
def path(tmp_path: Path) -> Path:
    sitk.WriteImage(ball(), str(tmp_path / "ball.nii.gz"))
    return tmp_path / "ball.nii.gz"


@pytest.fixture
def client(host: Any) -> Iterator[Client]:
    with Client(host.url) as client:
        yield client


def test_predict_to_a_file(client: Client, path: Path, tmp_path: Path) -> None:
    uploaded: list[tuple[int, int]] = []
    seen: list[Job] = []
    result = client.predict(
        "threshold",
        image=path,
        level=0.5,
        largest=True,
        formats={"labels": "nii.gz"},
        on_upload=lambda sent, total: uploaded.append((sent, total)),
        on_progress=seen.append,
    )
    saved = result.save("labels", tmp_path / "labels.nii.gz")
    labels, image = sitk.ReadImage(str(saved)), sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(labels) > 0, sitk.GetArrayFromImage(image) > 500)
    assert labels.GetSize() == image.GetSize()
    assert np.allclose(labels.GetDirection(), image.GetDirection())
    assert "ml" in result.text("report")
    assert uploaded[-1] == (path.stat().st_size, path.stat().st_size)
    assert seen[-1].state == "succeeded"
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("extension", ["nii.gz", "mha", "nrrd"])
def test_the_file_name_chooses_the_format(client: Client, path: Path, tmp_path: Path, extension: str) -> None:
    result = client.predict("threshold", image=path)
    saved = result.save("labels", tmp_path / f"labels.{extension}")
    assert sitk.ReadImage(str(saved)).GetSize() == ball().GetSize()


def test_a_result_is_saved_into_a_folder_by_its_name(client: Client, path: Path, tmp_path: Path) -> None:
    saved = client.predict("threshold", image=path, formats={"labels": "mha"}).save("labels", tmp_path)
    assert saved == tmp_path / "labels.mha"
    assert saved.stat().st_mode & 0o444


def test_inputs_of_every_kind_give_the_same_labels(client: Client, path: Path) -> None:
    kinds = [str(path), path, path.read_bytes(), io.BytesIO(path.read_bytes()), ball()]
    arrays = [
        sitk.GetArrayFromImage(client.predict("threshold", image=kind, level=0.5).image("labels")) for kind in kinds
    ]
    assert all(np.array_equal(array, arrays[0]) for array in arrays)


def test_submit_and_watch(client: Client, path: Path) -> None:
    job = client.submit("threshold", {"image": path}, level=np.float64(0.25))
    *_, last = client.watch(job)
    assert last.id == job.id
    assert last.check().results.keys() >= {"labels", "report"}
    assert last.timings["infer"] >= 0
    assert last.refresh().state == "succeeded"
    assert job.id in [listed.id for listed in client.jobs(app="threshold", state="succeeded")]
    last.cancel()
    with pytest.raises(NotFound):
        client.job(job.id)


def test_interface(client: Client) -> None:
    app = client.app("threshold")
    assert [(element.name, element.required) for element in app.interface.inputs] == [
        ("image", True),
        ("level", False),
        ("largest", False),
    ]
    assert client.interface("threshold") == app.interface
    assert "nii.gz" in app.interface.output("labels").formats
    assert "threshold" in [app.name for app in client.apps()]
    assert client.broken() == []


async def test_async_predict(host: Any, path: Path, tmp_path: Path) -> None:
    async with AsyncClient(host.url) as client:
        seen = []
        result = await client.predict("threshold", image=path, level=0.5, on_progress=seen.append)
        saved = await result.save("labels", tmp_path / "labels.mha")
        assert sitk.ReadImage(str(saved)).GetSize() == ball().GetSize()
        assert "ml" in await result.text("report")
        assert (await result.image("labels")).GetSize() == ball().GetSize()
        assert seen[-1].state == "succeeded"
        assert result.id in [job.id for job in await client.jobs(limit=5)]
        await result.cancel()
        with pytest.raises(NotFound):
            await client.job(result.id)


async def test_async_errors_are_the_same(host: Any, path: Path) -> None:
    async with AsyncClient(host.url) as client:
        with pytest.raises(NotFound, match="nothing"):
            await client.predict("nothing", image=path)
        with pytest.raises(InvalidInput) as caught:
            await client.predict("threshold", image=path, level=2)
        assert caught.value.field == "level"


def test_an_unknown_app_is_named_with_those_there_are(client: Client, path: Path) -> None:
    with pytest.raises(NotFound, match="threshold"):
        client.predict("treshold", image=path)


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"level": 0.5}, "image"),
        ({"image": "image", "level": "bright"}, "level"),
        ({"image": "image", "level": 7}, "level"),
        ({"image": "image", "largest": "perhaps"}, "largest"),
        ({"image": "image", "lvel": 0.5}, "lvel"),
        ({"image": "no such file"}, "image"),
        ({"image": 5}, "image"),
        ({"image": np.zeros((3, 3, 3))}, "image"),
        ({"image": "image", "level": object()}, "level"),
    ],
)
def test_a_wrong_input_names_its_field(client: Client, path: Path, inputs: dict[str, Any], field: str) -> None:
    given = {name: path if isinstance(value, str) and value == "image" else value for name, value in inputs.items()}
    with pytest.raises(InvalidInput) as caught:
        client.submit("threshold", given)
    assert caught.value.field == field
    assert field in caught.value.detail or "array" in caught.value.detail or "file" in caught.value.detail


def test_what_only_the_host_can_tell_comes_back_as_the_same_error(client: Client) -> None:
    with pytest.raises(InvalidInput) as caught:
        client.predict("threshold", image=b"this is a text, whatever its name says")
    assert caught.value.field == "image"


def test_a_format_that_there_is_not_is_refused_before_the_upload(client: Client, path: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAcceptable, match=r"nii\.gz"):
        client.submit("threshold", image=path, formats={"labels": "png"})
    result = client.predict("threshold", image=path)
    with pytest.raises(NotAcceptable, match=r"nii\.gz"):
        result.save("labels", tmp_path / "labels.png")
    with pytest.raises(NotFound, match="report"):
        result.save("lables", tmp_path / "labels.mha")


def test_a_failed_download_leaves_what_was_there(client: Client, path: Path, tmp_path: Path) -> None:
    result = client.predict("threshold", image=path)
    target = tmp_path / "labels.mha"
    target.write_text("older")
    result.cancel()
    with pytest.raises(NotFound):
        result.save("labels", target)
    assert target.read_text(encoding="utf-8") == "older"
    assert not list(tmp_path.glob(".*.part"))


def test_no_host_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with (
            Client(f"127.0.0.1:{port}") as client,
            pytest.raises(ConnectionFailed, match=rf"http://127\.0\.0\.1:{port}.*tomaat serve"),
        ):
            client.apps()


@pytest.mark.parametrize("url", ["ftp://gpu1", "http://", "", "http://[::1"])
def test_no_address(url: str) -> None:
    with pytest.raises(ConnectionFailed, match="address"):
        Client(url)


class Answers:
    """A web server that answers every request alike."""

    status, content_type, body, headers = 200, "text/html", b"<h1>It works!</h1>", dict[str, str]()


@pytest.fixture
def web_server() -> Iterator[tuple[str, Answers]]:
    """The URL of a web server that is no TOMAAT host, and what it answers."""
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers.status)
            self.send_header("Content-Type", answers.content_type)
            self.send_header("Content-Length", str(len(answers.body)))
            for name, value in answers.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answers.body)

        def log_message(self, format: str, *args: object) -> None:
            """Keeps quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "content_type", "body", "error", "words"),
    [
        (200, "text/html", b"<h1>It works!</h1>", ConnectionFailed, "no TOMAAT host"),
        (404, "text/html", b"not here", ConnectionFailed, "no TOMAAT host"),
        (301, "text/html", b"", ConnectionFailed, "no TOMAAT host"),
        (200, "application/json", b"[1, 2]", ConnectionFailed, "no TOMAAT host"),
        (200, "application/json", b"{truncated", ConnectionFailed, "no TOMAAT host"),
        (200, "application/json", b'{"other": "service"}', ConnectionFailed, "same version"),
        (502, "text/html", b"bad gateway", ConnectionFailed, "can't reach the host"),
        (401, "text/html", b"who are you", ConnectionFailed, "refuses access"),
        (413, "text/html", b"too large", TooLarge, "limit"),
        (503, "application/problem+json", b'{"code": "busy", "detail": "Later."}', Busy, "Later"),
    ],
)
def test_what_is_no_host_is_said(
    web_server: tuple[str, Answers], status: int, content_type: str, body: bytes, error: type[Exception], words: str
) -> None:
    url, answers = web_server
    answers.status, answers.content_type, answers.body, answers.headers = status, content_type, body, {}
    with Client(url) as client, pytest.raises(error, match=words):
        client.apps()


def test_busy_says_when_to_come_back(web_server: tuple[str, Answers]) -> None:
    url, answers = web_server
    answers.status, answers.content_type = 503, "application/problem+json"
    answers.body, answers.headers = b'{"code": "busy", "detail": "Later."}', {"Retry-After": "17"}
    with Client(url) as client, pytest.raises(Busy) as caught:
        client.apps()
    assert caught.value.retry_after == 17


def test_a_folder_of_dicom_files_becomes_a_zip_without_their_names(tmp_path: Path) -> None:
    series = tmp_path / "Doe^Jane" / "CT"
    series.mkdir(parents=True)
    for number in range(3):
        (series / f"Doe_{number}").write_bytes(b"\0" * 128 + b"DICM" + bytes([number]))
    (series / "notes.txt").write_text("no slice")
    zip_series(tmp_path / "Doe^Jane", tmp_path / "series.zip", "image")
    with zipfile.ZipFile(tmp_path / "series.zip") as archive:
        assert archive.namelist() == ["000001.dcm", "000002.dcm", "000003.dcm"]
        assert archive.read("000003.dcm")[-1] == 2


def test_a_folder_without_dicom_files_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no DICOM files"):
        client.submit("threshold", image=tmp_path)


def test_the_client_loads_nothing_heavy() -> None:
    code = (
        "import sys, tomaat.client; print(*{'sanic', 'numpy', 'SimpleITK', 'torch', 'sqlalchemy'} & set(sys.modules))"
    )
    assert (
        run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True).stdout.strip()
        == ""
    )
