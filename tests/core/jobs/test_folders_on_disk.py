"""What jobs leave on disk, and for how long."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable

import httpx

import images
from calls import ended, predict, send, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


def rows(host: RunningHost) -> set[str]:
    """The ids in the host's database."""
    with sqlite3.connect(host.home / "tomaat.db") as connection:
        return {row[0] for row in connection.execute("select id from jobs").fetchall()}


def test_results_go_when_their_time_is_over(start_lean: StartHost) -> None:
    host = start_lean("retention = 1.0")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        job = ended(client, submit(client, "echo"))
        assert host.job_folders == [job["id"]]
        assert client.get(job["results"][0]["href"]).text == "one 1"
        until(lambda: client.get(f"/v1/jobs/{job['id']}").status_code == 404)
        until(lambda: host.job_folders == [])
        assert rows(host) == set()


def test_images_go_as_soon_as_the_job_is_over(lean: httpx.Client, lean_host: RunningHost) -> None:
    image = images.file_of(images.ball())
    good = ended(lean, submit(lean, "positive", image=image))
    bad = ended(lean, submit(lean, "faulty", how="exception", image=image))
    assert (good["state"], bad["state"]) == ("succeeded", "failed")
    folder = lean_host.home / "jobs" / good["id"]
    until(lambda: {path.name for path in folder.iterdir()} == {"log", "results"})
    assert [path.name for path in (folder / "results").iterdir()] == ["labels.nii.gz"]
    until(lambda: not any((lean_host.home / "jobs" / bad["id"]).rglob("*image*")))


def test_nothing_stays_when_the_client_that_waited_has_its_file(lean: httpx.Client, lean_host: RunningHost) -> None:
    before, known = lean_host.job_folders, rows(lean_host)
    for accept in ("text/plain", "multipart/mixed"):
        assert send(lean, "/v1/apps/echo/predict", accept=accept, number=1).status_code == 200
    assert predict(lean, "faulty", how="exception").status_code == 500
    assert send(lean, "/echo/predict", number=1).status_code == 200
    until(lambda: lean_host.job_folders == before and rows(lean_host) == known)


def test_cut_off_uploads_are_removed_at_the_next_start(start_lean: StartHost) -> None:
    host = start_lean()
    port = int(host.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as line:
        head = b"POST /v1/apps/positive/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
        part = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        line.sendall(head + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + part + bytes(3_000_000))
        until(lambda: any((host.home / "jobs").rglob("image")))
        host.kill()
    assert host.job_folders != []
    host.start()
    until(lambda: host.job_folders == [], seconds=3)


def test_the_data_folder_is_for_its_user_alone(lean: httpx.Client, lean_host: RunningHost) -> None:
    ended(lean, submit(lean, "echo"))
    home = lean_host.home
    for folder in (home / "jobs", *(home / "jobs").iterdir(), home / "workers"):
        assert folder.stat().st_mode & 0o077 == 0, folder
