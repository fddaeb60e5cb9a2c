"""The first TOMAAT's client, as the 3D Slicer extension TOMAAT-Slicer is: what it sends, and how it reads answers."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import requests
import SimpleITK as sitk
from requests_toolbelt import MultipartEncoder
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkIOLegacy import vtkPolyDataReader


def post(url: str, fields: dict[str, Any]) -> requests.Response:
    """Send a form: plain fields with no file name, and one that tells the extension's version."""
    encoder = MultipartEncoder(fields={**fields, "module_version": "Slicer-v2"})
    return requests.post(url, data=encoder, headers={"Content-Type": encoder.content_type}, timeout=60)


def volume(image: sitk.Image, folder: Path) -> str:
    """An image as the extension sends it: a compressed MHA in base64 with line breaks."""
    path = folder / "sent.mha"
    sitk.WriteImage(image, str(path), True)
    return base64.encodebytes(path.read_bytes()).decode("ascii")


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
    """The fiducials of an item, in RAS."""
    return [[float(number) for number in point.split(",")] for point in item["content"].split(";") if point]
