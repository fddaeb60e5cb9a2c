"""What the first TOMAAT (its last state on GitHub) did for its threshold example, step by step, in today's Python.

It answered each request in a thread of Twisted's pool; here each request has a thread, too. Kinder than it was: no
Twisted and no Klein (``first_tomaat_klein.py`` has them); the form is split at its boundary; the field is not decoded
to text and encoded again before its base64 is decoded; the labels are int64, where its example made float64.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import SimpleITK as sitk


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer([{"type": "volume", "destination": "image"}])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = parse(body, self.headers["Content-Type"].partition("boundary=")[2])
        with tempfile.TemporaryDirectory() as folder:
            self._answer([predict(fields, Path(folder))])

    def _answer(self, content: list[dict[str, str]]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def parse(body: bytes, boundary: str) -> dict[str, bytes]:
    """A form's fields, all in memory."""
    fields = {}
    for part in body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = re.search(rb'name="([^"]+)"', head)
        fields[named[1].decode() if named else ""] = content.removesuffix(b"\r\n")
    return fields


def predict(fields: dict[str, bytes], folder: Path) -> dict[str, str]:
    """``parse_request``, the app's three functions, ``make_response``."""
    source = folder / "image.mha"
    source.write_bytes(base64.decodebytes(fields["image"]))
    image = sitk.ReadImage(str(source))
    voxels = sitk.GetArrayFromImage(image)
    dark, bright = float(voxels.min()), float(voxels.max())
    mask = voxels >= dark + float(fields["level"]) * (bright - dark)
    labels = sitk.GetImageFromArray(mask.astype(np.int64))
    labels.CopyInformation(image)
    target = folder / "labels.mha"
    writer = sitk.ImageFileWriter()
    writer.SetFileName(str(target))
    writer.SetUseCompression(True)
    writer.Execute(labels)
    return {"type": "LabelVolume", "content": base64.encodebytes(target.read_bytes()).decode("ascii"), "label": ""}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service)
    server.serve_forever()
