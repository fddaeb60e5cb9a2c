"""Requests that are nearly right: what a fuzzer sends to a host, and what it may never be answered."""

from __future__ import annotations

import base64
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import broken_files
import images
from hosts import RunningHost
from volumes import volume

PATIENCE = 60.0
"""Seconds that an answer may take; the machine may be busy with other tests."""


@dataclass
class Fuzzer:
    """Sends what is malformed and counts it.

    :ivar random: whether each run sends something else; else all runs send the same.
    :ivar sent: how many requests there were.
    :ivar statuses: how often each status was answered; 0 stands for a connection that was closed without one.
    """

    host: RunningHost
    random: bool = False
    sent: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.host.url, timeout=PATIENCE)

    def judge(self, status: int, what: object) -> None:
        """Count an answer. Fails at a server error that is not 503."""
        self.sent += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        assert status < 500 or status == 503, f"{status} for {what}\n{self.host.log[-4000:]}"

    def each(self, count: int, send: Callable[..., None], **strategies: st.SearchStrategy[Any]) -> None:
        """Call ``send`` with so many examples."""
        limits = settings(
            max_examples=max(count, 1),
            deadline=None,
            database=None,
            derandomize=not self.random,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        limits(given(**strategies)(send))()

    def post(self, path: str, **request: Any) -> None:
        """Post, and judge the answer. What httpx itself refuses to send is passed over."""
        try:
            answer = self.client.post(path, **request)
        except (httpx.InvalidURL, UnicodeError):
            return
        self.judge(answer.status_code, f"POST {path}: {answer.text[:300]}")

    def raw(self, content: bytes) -> None:
        """Send bytes that need not be HTTP, and read what comes until the host has answered or hung up."""
        where = self.host.url.removeprefix("http://").split(":")
        with socket.create_connection((where[0], int(where[1])), timeout=PATIENCE) as line:
            try:
                line.sendall(content)
                line.shutdown(socket.SHUT_WR)
                head = line.recv(2**16)
            except ConnectionError:
                head = b""
        status = head.split(b" ", 2)[1][:3] if head.startswith(b"HTTP/1.1 ") else b"0"
        self.judge(int(status), content[:300])


@cache
def good_images() -> tuple[bytes, ...]:
    """Real files of every format that is taken."""
    names = ("a.nii", "a.nii.gz", "a.mha", "a.nrrd")
    oblique = volume("oblique")
    return (*(images.file_of(oblique, name, compressed=name != "a.nii") for name in names), _series())


def _series() -> bytes:
    """A zip of a DICOM series, written by ITK slice by slice."""
    whole = images.ball((8, 8, 4))
    with tempfile.TemporaryDirectory() as folder:
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        found = {}
        for number in range(whole.GetDepth()):
            slice_ = whole[:, :, number]
            position = whole.TransformIndexToPhysicalPoint((0, 0, number))
            for tag, value in (
                ("0008|0060", "CT"),
                ("0020|000e", "1.2.826.0.1.3680043.2.1125.1"),
                ("0020|0013", str(number)),
                ("0020|0032", "\\".join(f"{value:.6f}" for value in position)),
                ("0020|0037", "\\".join(f"{whole.GetDirection()[i]:.6f}" for i in (0, 3, 6, 1, 4, 7))),
            ):
                slice_.SetMetaData(tag, value)
            path = Path(folder) / f"{number}.dcm"
            writer.SetFileName(str(path))
            writer.Execute(slice_)
            found[path.name] = path.read_bytes()
    return broken_files.zip_of(**found)


@st.composite
def damaged_images(draw: st.DrawFn) -> bytes:
    """A real file in which some bytes are others, most of them near its beginning, or which is cut off."""
    content = bytearray(draw(st.sampled_from(good_images())))
    where = st.one_of(st.integers(0, min(400, len(content) - 1)), st.integers(0, len(content) - 1))
    for position in draw(st.lists(where, min_size=1, max_size=6)):
        content[position] = draw(st.integers(0, 255))
    end = draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    return bytes(content[:end]) + draw(st.binary(max_size=8))


def names() -> st.SearchStrategy[str]:
    """Names as a part of a form may have them, and as it had better not."""
    tricks = ("image", "number", "../../x", "/etc/passwd", "im\0age", "", "weights", "é" * 200, "a\r\nb")
    return st.one_of(st.sampled_from(tricks), st.text(max_size=30))


def texts() -> st.SearchStrategy[str]:
    """Values of text fields."""
    tricks = ("nan", "1e999", "-0", "True", "a", "1,2,3", "[1,2,3]", "\0", "../x", "{}", "1;2;3", "0" * 5000)
    return st.one_of(st.sampled_from(tricks), st.text(max_size=200), st.floats().map(str))


def forms() -> st.SearchStrategy[bytes]:
    """Bodies of multipart/form-data with the boundary ``b``, whole or damaged."""
    head = st.sampled_from(
        (
            b'Content-Disposition: form-data; name="number"',
            b'Content-Disposition: form-data; name="image"; filename="x"',
            b"Content-Disposition: form-data",
            b"Content-Disposition: attachment; name=number",
            b"",
            b"X: " + b"y" * 9000,
        )
    )
    part = st.tuples(head, st.binary(max_size=40)).map(lambda pair: b"--b\r\n%s\r\n\r\n%s\r\n" % pair)
    whole = st.lists(part, max_size=5).map(b"".join)
    return st.tuples(whole, st.sampled_from((b"--b--\r\n", b"--b--", b"--b", b"", b"\0"))).map(b"".join)


def requests(paths: Sequence[str]) -> st.SearchStrategy[bytes]:
    """Bytes that are nearly a request of HTTP/1.1."""
    method = st.sampled_from((b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"PRI", b"\0", b"get"))
    path = st.one_of(st.sampled_from([path.encode() for path in paths]), st.binary(max_size=40))
    version = st.sampled_from((b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b""))
    line = st.sampled_from(
        (
            b"Host: a",
            b"Host:",
            b"Content-Length: -1",
            b"Content-Length: 99999999999999999999",
            b"Content-Length: x",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Content-Encoding: gzip",
            b"Content-Type: multipart/form-data; boundary=b",
            b"Content-Type: multipart/form-data; boundary=",
            b"Content-Type: multipart/form-data; boundary=" + b"b" * 300,
            b"Expect: 100-continue",
            b"Expect: 200-ok",
            b"Upgrade: websocket",
            b"Range: bytes=9-1",
            b"Accept: ,;q=x",
            b"Authorization: Bearer \xff",
            b"Authorization: Basic",
            b"X-API-Key: \xff",
            b"Idempotency-Key: \xff",
            b"X-Request-Id: \xff",
            b"no colon",
            b": no name",
            b"A" * 300 + b": b",
        )
    )
    lines = st.lists(line, max_size=5)
    body = st.one_of(st.binary(max_size=60), forms(), st.just(b"ffffffffff\r\n"), st.just(b"-1\r\n\r\n"))
    return st.tuples(method, path, version, lines, body).map(
        lambda parts: (
            b"%s %s %s\r\n%s\r\n%s"
            % (parts[0], parts[1], parts[2], b"".join(line + b"\r\n" for line in parts[3]), parts[4])
        )
    )


def as_old_clients_send(content: bytes) -> bytes:
    """Base64 in lines, as the extension for 3D Slicer has it."""
    return base64.encodebytes(content)
