"""Files are recognised by content, and refused by their first bytes."""

from __future__ import annotations

import gzip
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from tomaat.errors import InvalidInput
from tomaat.image_files.header import ImageFormat, check_header, recognise
from tomaat.image_files.limits import Limits
from tomaat.image_files.reading import read_volume
from volumes import volume

MHA = """ObjectType = Image
NDims = 3
BinaryData = True
BinaryDataByteOrderMSB = False
CompressedData = False
TransformMatrix = 1 0 0 0 1 0 0 0 1
Offset = 0 0 0
ElementSpacing = 1 1 1
DimSize = 2 2 2
ElementType = MET_UCHAR
ElementDataFile = LOCAL
"""
NRRD = """NRRD0004
type: uchar
dimension: 3
space: left-posterior-superior
sizes: 2 2 2
space directions: (1,0,0) (0,1,0) (0,0,1)
encoding: raw
space origin: (0,0,0)

"""


def stored(folder: Path, extension: str, compressed: bool = True) -> Path:
    path = folder / f"image.{extension}"
    sitk.WriteImage(volume("oblique"), str(path), compressed)
    return path


def refusal(folder: Path, content: bytes | str, limits: Limits | None = None) -> str:
    path = folder / "upload"
    path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
    with pytest.raises(InvalidInput) as refused:
        check_header(path, "image", limits)
    assert refused.value.field == "image"
    assert str(folder) not in refused.value.detail
    return refused.value.detail


def patched(content: bytes, offset: int, code: str, *values: float) -> bytes:
    changed = bytearray(content)
    struct.pack_into(f"<{code}", changed, offset, *values)
    return bytes(changed)


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("extension", "format_"),
    [
        ("nii", ImageFormat.NIFTI),
        ("nii.gz", ImageFormat.NIFTI_GZ),
        ("mha", ImageFormat.MHA),
        ("nrrd", ImageFormat.NRRD),
    ],
)
def test_formats_are_recognised_whatever_the_name(tmp_path: Path, extension: str, format_: ImageFormat) -> None:
    path = stored(tmp_path, extension, extension != "nii").rename(tmp_path / "upload.txt")
    assert recognise(path) is format_
    check_header(path, "image")


def test_handwritten_headers_are_taken(tmp_path: Path) -> None:
    for header in (MHA, NRRD, NRRD.replace("\n", "\r\n"), MHA.replace("\n", "\r\n")):
        path = tmp_path / "upload"
        path.write_bytes(header.encode() + bytes(8))
        check_header(path)
        assert read_volume(path, tmp_path).GetSize() == (2, 2, 2)


def test_an_mha_may_bring_along_what_another_format_s_header_had(tmp_path: Path) -> None:
    image = sitk.ReadImage(str(stored(tmp_path, "nii")))
    image.SetMetaData("0008|0060", "CT")
    sitk.WriteImage(image, str(tmp_path / "image.mha"))
    assert {b"dim[0] = 3", b"0008|0060 = CT"} <= set((tmp_path / "image.mha").read_bytes().splitlines())
    check_header(tmp_path / "image.mha")
    read = read_volume(tmp_path / "image.mha", tmp_path)
    assert (sitk.GetArrayViewFromImage(read) == sitk.GetArrayViewFromImage(image)).all()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        gzip.compress(b"hello", mtime=0),
        b"\x1f\x8b\x08",
        b"\x1f\x8b",
        b"\x89PNG\r\n\x1a\n",
        b"PK\3\4",
        bytes(400),
    ],
)
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    refusal(tmp_path, content)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    assert "empty" in refusal(tmp_path, b"")


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "other.raw", "LIST", "LIST 2D", "image%03d.raw 1 9 1", "../x", "", "LOCAL x"]
)
def test_mha_that_names_a_file_is_refused(tmp_path: Path, name: str) -> None:
    assert "another file" in refusal(tmp_path, MHA.replace("LOCAL", name) + "\0" * 8)


@pytest.mark.parametrize(
    "change",
    [
        ("ElementDataFile = LOCAL", "elementdatafile = /etc/passwd\nElementDataFile = LOCAL"),
        ("ElementDataFile = LOCAL", "ElementDataFile : /etc/passwd"),
        ("DimSize = 2 2 2", "DimSize = 10000 10000 10000"),
        ("DimSize = 2 2 2", "DimSize = 2 2 2\nDimSize = 2 2 9"),
        ("DimSize = 2 2 2", "dimsize = 2 2 1\nDimSize = 2 2 2"),
        ("DimSize = 2 2 2", "DimSize = 2 2 9"),
        ("DimSize = 2 2 2", "DimSize = -2 -2 2"),
        ("DimSize = 2 2 2", "DimSize = 0 2 2"),
        ("DimSize = 2 2 2", "DimSize = 2 2"),
        ("DimSize = 2 2 2", "DimSize = 2 2 1e999"),
        ("DimSize = 2 2 2", "DimSize = 2 2 nan"),
        ("NDims = 3", "NDims = 2"),
        ("NDims = 3", "NDims = 1000000000"),
        ("ElementSpacing = 1 1 1", "ElementSpacing = 1 1 nan"),
        ("ElementSpacing = 1 1 1", "ElementSpacing = 1 0 1"),
        ("ElementSpacing = 1 1 1", "ElementSpacing = 1 -1 1"),
        ("ElementSpacing = 1 1 1", "ElementSpacing = 1 inf 1"),
        ("Offset = 0 0 0", "Offset = 0 nan 0"),
        ("Offset = 0 0 0", "Offset = 0 0 0\nPosition = 1 1 1"),
        ("TransformMatrix = 1 0 0 0 1 0 0 0 1", "TransformMatrix = 1 0 0 0 1 0 0 0 nan"),
        ("TransformMatrix = 1 0 0 0 1 0 0 0 1", "TransformMatrix = 1 0 0 1 0 0 0 0 1"),
        ("BinaryData = True", "BinaryData = False"),
        ("BinaryData = True", "BinaryData = True\nHeaderSize = 7"),
        ("BinaryData = True", "BinaryData = True\nElementNumberOfChannels = 3"),
        ("CompressedData = False", "CompressedData = True\nCompressedDataSize = 999"),
        ("CompressedData = False", "CompressedData = True\nCompressedDataSize = -1"),
        ("MET_UCHAR", "MET_STRING"),
        ("MET_UCHAR", "MET_UCHAR_ARRAY"),
    ],
)
def test_mha_headers_that_lie_are_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    assert change[0] in MHA
    refusal(tmp_path, MHA.replace(*change) + "\0" * 8)


@pytest.mark.parametrize(
    "change",
    [
        ("encoding", "data file: /etc/passwd\nencoding"),
        ("encoding", "datafile: /etc/passwd\nencoding"),
        ("encoding", "Data File: LIST\nencoding"),
        ("encoding", "DATAFILE: x%d.raw 1 2 1\nencoding"),
        ("encoding", "data  file: /etc/passwd\nencoding"),
        ("encoding", "byte skip: 4\nencoding"),
        ("encoding", "lineskip: 1\nencoding"),
        ("encoding: raw", "encoding: bzip2"),
        ("encoding: raw", "encoding: hex"),
        ("encoding: raw", "encoding: raw\nEncoding: gzip"),
        ("sizes: 2 2 2", "sizes: 2 2 -2"),
        ("sizes: 2 2 2", "sizes: 10000 10000 10000"),
        ("sizes: 2 2 2", "sizes: 99999999999999999999999999 2 2"),
        ("dimension: 3\n", "dimension: 4\n"),
        ("uchar", "block"),
        ("uchar", "short"),
        ("(0,0,1)", "(0,0,nan)"),
        ("(0,0,1)", "(0,0,0)"),
        ("(0,0,1)", "(0,1,1)"),
        ("(0,0,1)", "(0,0,1"),
        ("(0,0,0)", "(0,inf,0)"),
        ("(0,0,0)", "(0,0)"),
        ("space directions: (1,0,0) (0,1,0) (0,0,1)", "spacings: 1 nan 1"),
        ("space directions: (1,0,0) (0,1,0) (0,0,1)", "spacings: 1 -1 1"),
        ("encoding", "kinds: vector domain domain\nencoding"),
        ("\n\n", "\n"),
    ],
)
def test_nrrd_headers_that_lie_are_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    assert change[0] in NRRD
    refusal(tmp_path, NRRD.replace(*change) + "\0" * 8)


@pytest.mark.parametrize(
    ("offset", "code", "values"),
    [
        (40, "8h", (3, 10000, 10000, 10000, 1, 1, 1, 1)),
        (40, "8h", (3, 7, 6, -5, 1, 1, 1, 1)),
        (40, "8h", (3, 7, 6, 0, 1, 1, 1, 1)),
        (40, "8h", (2, 7, 6, 1, 1, 1, 1, 1)),
        (40, "8h", (4, 7, 6, 1, 5, 1, 1, 1)),
        (40, "8h", (5, 7, 2, 1, 1, 3, 1, 1)),
        (40, "8h", (0, 7, 6, 5, 1, 1, 1, 1)),
        (40, "8h", (99, 7, 6, 5, 1, 1, 1, 1)),
        (70, "h", (128,)),
        (70, "h", (32,)),
        (76, "4f", (1, 1, float("nan"), 1)),
        (76, "4f", (1, 1, 0, 1)),
        (76, "4f", (1, 1, -1, 1)),
        (76, "4f", (1, 1, float("inf"), 1)),
        (108, "f", (1e30,)),
        (108, "f", (float("nan"),)),
        (108, "f", (0,)),
        (112, "2f", (float("inf"), 0)),
        (256, "f", (float("nan"),)),
        (268, "f", (float("inf"),)),
        (280, "f", (float("nan"),)),
        (292, "f", (float("nan"),)),
        (344, "4s", (b"ni1\0",)),
        (344, "4s", (b"\0\0\0\0",)),
    ],
)
def test_nifti_headers_that_lie_are_refused(tmp_path: Path, offset: int, code: str, values: tuple[float, ...]) -> None:
    content = patched(stored(tmp_path, "nii", compressed=False).read_bytes(), offset, code, *values)
    refusal(tmp_path, content)
    if code != "4s" or values[0] != b"\0\0\0\0":
        refusal(tmp_path, gzip.compress(content))


def test_a_claim_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    content = stored(tmp_path, "nii", compressed=False).read_bytes()
    assert "claims" in refusal(tmp_path, gzip.compress(patched(content, 40, "8h", 3, 10000, 10000, 10000, 1, 1, 1, 1)))
    assert "cut off" in refusal(tmp_path, gzip.compress(patched(content, 40, "8h", 3, 1000, 1000, 1000, 1, 1, 1, 1)))
    assert "at most 9" in refusal(tmp_path, content, Limits(voxels=9))
    assert "the most" in refusal(tmp_path, content, Limits(bytes=9))


@pytest.mark.parametrize("name", ["../evil.dcm", "a/../../evil.dcm", "/etc/cron.d/x", "C:\\x.dcm", "..\\evil.dcm"])
def test_zips_that_point_outside_are_refused(tmp_path: Path, name: str) -> None:
    refusal(tmp_path, zipped(tmp_path / "z", {name: bytes(128) + b"DICM"}).read_bytes())


def test_zips_with_links_bombs_or_no_dicom_are_refused(tmp_path: Path) -> None:
    assert "no DICOM" in refusal(tmp_path, zipped(tmp_path / "a", {"a.txt": b"hello"}).read_bytes())
    assert "no DICOM" in refusal(tmp_path, zipped(tmp_path / "b", {}).read_bytes())
    bomb = zipped(tmp_path / "c", {"a.dcm": bytes(128) + b"DICM" + bytes(10_000_000)}).read_bytes()
    assert "implausibly" in refusal(tmp_path, bomb)
    many = zipped(tmp_path / "d", {f"{number}.dcm": bytes(128) + b"DICM" for number in range(20)}).read_bytes()
    assert "entries" in refusal(tmp_path, many, Limits(files=10))
    assert "bytes" in refusal(tmp_path, many, Limits(bytes=100))
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "e", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in refusal(tmp_path, (tmp_path / "e").read_bytes())
    locked = bytearray(zipped(tmp_path / "f", {"a.dcm": bytes(128) + b"DICM"}).read_bytes())
    locked[locked.index(b"PK\1\2") + 8] |= 1
    assert "encrypted" in refusal(tmp_path, bytes(locked))


SEEDS: dict[str, bytes] = {}


def seed(extension: str) -> bytes:
    if extension not in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            SEEDS[extension] = stored(Path(folder), extension, extension not in {"nii", "mha"}).read_bytes()
    return SEEDS[extension]


@settings(max_examples=150, deadline=None)
@given(
    extension=st.sampled_from(["nii", "nii.gz", "mha", "nrrd"]),
    changes=st.lists(st.tuples(st.integers(0, 700), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
    cut=st.integers(0, 3000),
)
def test_any_damage_gives_an_image_or_a_refusal(extension: str, changes: list[tuple[int, bytes]], cut: int) -> None:
    content = bytearray(seed(extension))
    for offset, replacement in changes:
        content[offset : offset + len(replacement)] = replacement
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content[: len(content) - cut] if cut < 500 else content)
        try:
            check_header(path, "image")
            image = read_volume(path, Path(folder), "image")
        except InvalidInput as error:
            assert error.field == "image"
            return
        assert image.GetDimension() == 3
        assert image.GetNumberOfPixels() <= 2 * 10**6


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=600), st.sampled_from([b"", b"NRRD0004\n", b"ObjectType = Image\n", b"\x5c\x01\0\0", b"PK\3\4"])
)
def test_any_bytes_give_a_verdict(content: bytes, start: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(start + content)
        with pytest.raises(InvalidInput):
            check_header(path)
