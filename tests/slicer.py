"""The first TOMAAT's client, as the 3D Slicer extension TOMAAT-Slicer is: what it sends, and how it reads answers."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import SimpleITK as sitk
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor
from requests_toolbelt.adapters.fingerprint import FingerprintAdapter
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkIOLegacy import vtkPolyDataReader

Items = list[dict[str, str]]
Tree = dict[str, dict[str, dict[str, list[dict[str, Any]]]]]


class Extension:
    """The extension in one session of Slicer. It speaks HTTPS alone, to hosts whose certificates were trusted.

    :ivar fields: of all forms that it has sent: it keeps them from one app to the next.
    :ivar trusted: host and port by fingerprint.
    """

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.trusted: dict[str, tuple[str, int]] = {}

    def check(self, url: str) -> str:
        """``trusted``, ``unreachable``, or the fingerprint that a person is asked to trust.

        Whatever the app, it asks for ``/interface`` at the root, and minds no status.
        """
        parts = urlsplit(url)
        root = f"https://{parts.hostname}:{parts.port}/interface"
        try:
            self.get(root)
            return "trusted"
        except requests.RequestException:
            pass
        try:
            with warnings.catch_warnings(), session() as unsafe:
                warnings.simplefilter("ignore")  # this is what the extension does, and urllib3 warns of it
                unsafe.verify = False
                unsafe.get(root)
        except requests.RequestException:
            return "unreachable"
        return fingerprint(root)

    def trust(self, url: str) -> None:
        """Answer yes to the question."""
        parts = urlsplit(url)
        self.trusted[fingerprint(url)] = (str(parts.hostname), int(parts.port or 443))

    def get(self, url: str, **options: Any) -> requests.Response:
        with self._pinned(url) as pinned:
            return pinned.get(url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        with self._pinned(url) as pinned:
            return pinned.post(url, **options)

    def predict(self, url: str, fields: Mapping[str, Any]) -> Items:
        """Send a form and read the items, whatever the status."""
        self.fields.update(fields)
        self.fields["module_version"] = "Slicer-v2"
        monitor = MultipartEncoderMonitor(MultipartEncoder(self.fields))
        response = self.post(url, data=monitor, headers={"Content-Type": monitor.content_type})
        items: Items = response.json()
        return items

    def ask_again(self, url: str, item: Mapping[str, str]) -> Items:
        """What it does a second after a ``DelayedResponse`` of ``url``."""
        asked = url.replace("/predict", "/responses")
        response = self.post(asked, data={"request_id": item["request_id"]}, timeout=5.0)
        items: Items = response.json()
        return items

    def _pinned(self, url: str) -> requests.Session:
        found, parts = fingerprint(url), urlsplit(url)
        pinned = session()
        if self.trusted.get(found) == (parts.hostname, parts.port):
            pinned.verify = False
            pinned.mount(url, FingerprintAdapter(found))
        return pinned


def session() -> requests.Session:
    """A session that minds no settings of this machine: some of them decide about certificates."""
    made = requests.Session()
    made.trust_env = False
    return made


def fingerprint(url: str) -> str:
    """The fingerprint of a server's certificate, as the extension looks at it; empty if there is none to be had."""
    parts = urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with closing(context.wrap_socket(socket.socket(), server_hostname=parts.hostname)) as connection:
            connection.connect((parts.hostname, parts.port))
            digest = hashlib.sha256(connection.getpeercert(True) or b"").hexdigest().upper()
    except OSError:
        return ""
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def tree(listing: list[dict[str, Any]]) -> Tree:
    """What ``/discover`` lists, as the extension shows it: by modality, anatomy and task."""
    found: Tree = {}
    for service in listing:
        tasks = found.setdefault(service["modality"], {}).setdefault(service["anatomy"], {})
        tasks.setdefault(service["task"], []).append(service)
    return found


def post(url: str, fields: dict[str, Any]) -> requests.Response:
    """Send a form: plain fields with no file name, and one that tells the extension's version."""
    encoder = MultipartEncoder(fields={**fields, "module_version": "Slicer-v2"})
    return requests.post(url, data=encoder, headers={"Content-Type": encoder.content_type}, timeout=60)


def volume(image: sitk.Image, folder: Path) -> str:
    """An image as the extension sends it: a compressed MHA in base64 with line breaks."""
    path = folder / "sent.mha"
    sitk.WriteImage(image, str(path), True)
    return base64.encodebytes(path.read_bytes()).decode("ascii")


def sent_points(points: list[tuple[float, float, float]]) -> str:
    """Fiducials as the extension sends them, in RAS."""
    return ";".join(",".join(str(float(number)) for number in point) for point in points)


def sent_transform(sent: sitk.Transform, folder: Path, extension: str) -> str:
    """A transform as the extension sends it: what it is in a line, then base64."""
    path = folder / f"sent.{extension}"
    if extension == "nii.gz":
        size, origin, spacing = (5, 5, 5), (-20.0, -20.0, -20.0), (10.0, 10.0, 10.0)
        field = sitk.TransformToDisplacementField(sent, sitk.sitkVectorFloat64, size, origin, spacing)
        sitk.WriteImage(field, str(path))
    else:
        sitk.WriteTransform(sent, str(path))
    return f"{extension}\n" + base64.encodebytes(path.read_bytes()).decode("ascii")


def decode(item: dict[str, str], folder: Path, name: str) -> Path:
    """Write an item's content to a file."""
    path = folder / name
    path.write_bytes(base64.decodebytes(item["content"].encode("ascii")))
    return path


def labels(item: dict[str, str], folder: Path) -> sitk.Image:
    """The label volume of an item; the extension makes its file's name from the label."""
    return sitk.ReadImage(str(decode(item, folder, item["label"] + "_result.mha")))


def mesh(item: dict[str, str], folder: Path) -> tuple[vtkPolyData, str]:
    """The surface of an item, and the title line of its file."""
    path = decode(item, folder, "result.vtk")
    reader = vtkPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    return reader.GetOutput(), reader.GetHeader()


def transform(item: dict[str, str], folder: Path) -> sitk.Transform:
    """The transform of an item, by its type."""
    match item["type"]:
        case "TransformGrid":
            field = sitk.ReadImage(str(decode(item, folder, "grid.nii.gz")), sitk.sitkVectorFloat64)
            return sitk.DisplacementFieldTransform(field)
        case "TransformBSpline":
            return sitk.ReadTransform(str(decode(item, folder, "spline.h5")))
        case _:
            return sitk.ReadTransform(str(decode(item, folder, "linear.mat")))


def points(item: dict[str, str]) -> list[list[float]]:
    """The fiducials of an item, in RAS. The extension takes each row for three numbers, also where there is none."""
    return [[float(x), float(y), float(z)] for x, y, z in (row.split(",") for row in item["content"].split(";"))]
