"""Uploads that no app must see: what people send by mistake, and what they send on purpose."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import numpy as np
import SimpleITK as sitk

import images

SECRET = "/etc/passwd"


def truncated_gzip() -> bytes:
    noise = sitk.GetImageFromArray(np.random.default_rng(0).integers(0, 1000, (30, 30, 30)).astype(np.int16))
    whole = images.file_of(noise)
    return whole[: len(whole) // 2]


def text_called_nifti() -> bytes:
    return b"Dear colleague, please find enclosed the scan of yesterday.\n" * 20


def huge_nifti() -> bytes:
    """A header that claims 10^12 voxels."""
    header = bytearray(gzip.decompress(images.file_of(images.ball()))[:352])
    struct.pack_into("<8h", header, 40, 3, 10000, 10000, 10000, 1, 1, 1, 1)
    return gzip.compress(bytes(header) + bytes(1000))


def huge_mha() -> bytes:
    return mha(DimSize="10000 10000 10000")


def huge_nrrd() -> bytes:
    return nrrd(sizes="10000 10000 10000")


def mha(data: bytes = bytes(64), **changes: str) -> bytes:
    """A small MHA file with some keys changed."""
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "CompressedData": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "0 0 0",
        "ElementSpacing": "1 1 1",
        "DimSize": "4 4 4",
        "ElementType": "MET_UCHAR",
        "ElementDataFile": "LOCAL",
    } | changes
    return "".join(f"{key} = {value}\n" for key, value in fields.items()).encode() + data


def nrrd(data: bytes = bytes(64), **changes: str) -> bytes:
    """A small NRRD file with some keys changed."""
    fields = {
        "type": "uchar",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "4 4 4",
        "space directions": "(1,0,0) (0,1,0) (0,0,1)",
        "encoding": "raw",
        "space origin": "(0,0,0)",
    } | {key.replace("_", " "): value for key, value in changes.items()}
    return b"NRRD0004\n" + "".join(f"{key}: {value}\n" for key, value in fields.items()).encode() + b"\n" + data


def nifti_pair() -> bytes:
    """The header of a NIfTI pair: its voxels are in another file."""
    header = bytearray(gzip.decompress(images.file_of(images.ball()))[:352])
    header[344:348] = b"ni1\0"
    return bytes(header)


def flat() -> bytes:
    return images.file_of(sitk.Image([8, 8], sitk.sitkInt16), "a.mha")


def flat_nifti() -> bytes:
    return images.file_of(sitk.Image([8, 8], sitk.sitkInt16))


def four_dimensions() -> bytes:
    return images.file_of(sitk.Image([4, 4, 4, 3], sitk.sitkInt16))


def four_dimensions_nrrd() -> bytes:
    return images.file_of(sitk.Image([4, 4, 4, 3], sitk.sitkInt16), "a.nrrd")


def colours() -> bytes:
    return images.file_of(sitk.Image([4, 4, 4], sitk.sitkVectorUInt8, 3), "a.nrrd")


def nan_spacing_nifti() -> bytes:
    whole = bytearray(gzip.decompress(images.file_of(images.ball())))
    struct.pack_into("<f", whole, 80, float("nan"))
    return bytes(whole)


def zip_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def zip_with_dots() -> bytes:
    return zip_of(**{"../../escaped.dcm": bytes(128) + b"DICM" + bytes(100)})


VOLUMES: dict[str, Callable[[], bytes]] = {
    "an empty file": bytes,
    "a truncated gzip": truncated_gzip,
    "a gzip of a text": lambda: gzip.compress(text_called_nifti()),
    "a text called .nii.gz": text_called_nifti,
    "10^12 voxels in NIfTI": huge_nifti,
    "10^12 voxels in MHA": huge_mha,
    "10^12 voxels in NRRD": huge_nrrd,
    "an MHA that names another file": lambda: mha(ElementDataFile=SECRET),
    "an MHA that names a list of files": lambda: mha(b"/etc/passwd\n", ElementDataFile="LIST"),
    "an MHA that names a pattern": lambda: mha(ElementDataFile="/etc/pass%s 1 1 1"),
    "an MHD that names its raw file": lambda: mha(b"", ElementDataFile="image.raw"),
    "a NRRD that names another file": lambda: nrrd(data_file=SECRET),
    "a NRRD that names a list of files": lambda: nrrd(data_file="LIST"),
    "a NIfTI pair": nifti_pair,
    "an MHA without its voxels": lambda: mha(b""),
    "a 2-D MHA": flat,
    "a 2-D NIfTI": flat_nifti,
    "a 4-D NIfTI": four_dimensions,
    "a 4-D NRRD": four_dimensions_nrrd,
    "a colour image": colours,
    "NaN spacing in NIfTI": nan_spacing_nifti,
    "NaN spacing in MHA": lambda: mha(ElementSpacing="1 nan 1"),
    "NaN spacing in NRRD": lambda: nrrd(space_directions="(1,0,0) (0,nan,0) (0,0,1)"),
    "zero spacing in MHA": lambda: mha(ElementSpacing="1 0 1"),
    "a zip with ../ names": zip_with_dots,
    "a zip of no DICOM": lambda: zip_of(readme=b"hello"),
    "a zip of nothing": zip_of,
    "a truncated zip": lambda: zip_with_dots()[:60],
}
"""What is wrong, and the bytes."""
