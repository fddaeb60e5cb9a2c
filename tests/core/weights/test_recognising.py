"""What a file is shows by its content, whatever its name; nothing that anybody sends is taken for what it is not."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import images
from exported import ABOVE_50, write_onnx
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.torch_file import TORCH_MAGIC

Loaders = Mapping[str, WeightsLoader]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def recognised(loaders: Loaders, path: Path) -> list[str]:
    return [name for name, loader in loaders.items() if loader.recognises(path)]


@pytest.mark.parametrize(
    ("kind", "format_"),
    [("pth", "pth"), ("legacy", "pth"), ("safetensors", "safetensors"), ("ts", "ts"), ("onnx", "onnx")],
)
def test_each_file_is_recognised_as_one_format(
    loaders: Loaders, files: Mapping[str, Path], tmp_path: Path, kind: str, format_: str
) -> None:
    renamed = tmp_path / "upload"
    renamed.write_bytes(files[kind].read_bytes())
    assert recognised(loaders, renamed) == [format_]


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"PK\x03\x04",
        b"PK\x03\x04" + b"\0" * 100,
        b"\x80\x02}q\x00.",
        b"{}",
        b'\x02\0\0\0\0\0\0\0"a"',
        b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",
        b"\x08\x08",
        b"a text\n" * 50,
        gzip.compress(b"a text", mtime=0),
        zipped("1.dcm", "2.dcm"),
        zipped("data.pkl"),
        zipped("a/b/data.pkl"),
        zipped("model/code/a.py"),
        images.file_of(images.ball()),
    ],
    ids=range(16),
)
def test_other_files_are_no_weights(loaders: Loaders, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "upload.pth"
    path.write_bytes(content)
    assert recognised(loaders, path) == []


@SLOW
@given(st.binary(max_size=400).filter(lambda content: TORCH_MAGIC not in content))
def test_random_bytes_are_no_weights(loaders: Loaders, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    assert recognised(loaders, path) == []


@SLOW
@given(data=st.data())
def test_damaged_files_raise_nothing(
    loaders: Loaders, files: Mapping[str, Path], tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(files[data.draw(st.sampled_from(sorted(files)))].read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "upload"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert len(recognised(loaders, path)) <= 1


def test_an_onnx_model_with_something_behind_it_is_none(loaders: Loaders, tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx", ABOVE_50)
    assert recognised(loaders, path) == ["onnx"]
    path.write_bytes(path.read_bytes() + b"\x7a\x00")  # field 15, which models do not have
    assert recognised(loaders, path) == []


def test_a_file_of_nothing_but_fields_is_given_up(loaders: Loaders, tmp_path: Path) -> None:
    path = tmp_path / "many"
    path.write_bytes(b"\x08\x08\x3a\x00\x42\x00" + b"\x72\x00" * 200_000)
    assert recognised(loaders, path) == []
