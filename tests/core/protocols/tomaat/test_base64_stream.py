"""Base64 that is decoded while it arrives: however it is cut, the bytes are the same."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomaat.errors import InvalidInput
from tomaat.protocols.tomaat.base64_stream import Base64Decoder, TransformDecoder, VolumeDecoder, is_base64

ENCODERS: list[Callable[[bytes], bytes]] = [
    base64.b64encode,
    base64.encodebytes,
    lambda content: base64.encodebytes(content).replace(b"\n", b"\r\n"),
    lambda content: base64.b64encode(content).rstrip(b"="),
    lambda content: base64.b64encode(content) + b"\r\n",
]

contents = st.binary(max_size=600)
cuts = st.lists(st.integers(0, 900), max_size=12)
encoders = st.sampled_from(ENCODERS)


def pieces(text: bytes, at: list[int]) -> Iterator[bytes]:
    """``text``, cut at these places; some pieces are empty."""
    places = [0, *sorted(at), len(text)]
    for begin, end in pairwise(places):
        yield text[begin:end]


def decoded(decoder: Base64Decoder | VolumeDecoder | TransformDecoder, text: bytes, at: list[int]) -> bytes:
    return b"".join(decoder.feed(piece) for piece in pieces(text, at)) + decoder.end()


@given(contents, encoders, cuts)
def test_any_cut_gives_the_same_bytes(content: bytes, encode: Callable[[bytes], bytes], at: list[int]) -> None:
    assert decoded(Base64Decoder("image"), encode(content), at) == content


@given(contents, encoders, cuts)
def test_a_volume_in_base64_is_recognised(content: bytes, encode: Callable[[bytes], bytes], at: list[int]) -> None:
    assert decoded(VolumeDecoder("image"), encode(content), at) == content


@given(st.sampled_from([b"\x1f\x8b", b"ObjectType = Image\n", b"\x5c\x01\0\0", b"PK\x03\x04"]), contents, cuts)
def test_a_raw_volume_is_left_as_it_is(start: bytes, content: bytes, at: list[int]) -> None:
    raw = start + content
    assert decoded(VolumeDecoder("image"), raw, [cut + len(start) for cut in at]) == raw


def test_a_raw_nrrd_is_left_as_it_is() -> None:
    raw = b"NRRD0004\ntype: short\ndimension: 3\n\n" + bytes(100)
    assert decoded(VolumeDecoder("image"), raw, [50]) == raw


@given(st.sampled_from([b"nii.gz", b"h5", b"mat"]), st.sampled_from([b"\n", b"\r\n"]), contents, encoders, cuts)
def test_a_transform_s_first_line_is_taken_off(
    kind: bytes, newline: bytes, content: bytes, encode: Callable[[bytes], bytes], at: list[int]
) -> None:
    assert decoded(TransformDecoder("t"), kind + newline + encode(content), at) == content


@given(st.binary(min_size=1, max_size=300), cuts)
def test_a_raw_transform_is_left_as_it_is(content: bytes, at: list[int]) -> None:
    raw = b"\x89HDF\r\n\x1a\n" + content
    assert decoded(TransformDecoder("t"), raw, at) == raw


@given(st.binary(max_size=300), cuts)
def test_what_is_no_base64_is_refused_with_its_field(content: bytes, at: list[int]) -> None:
    text = b"AAAA" + content
    bare = text.translate(None, b"\r\n\t ")
    try:
        expected = base64.b64decode(bare, validate=True)
    except ValueError:
        expected = None
    if bare.endswith(b"=") and len(bare.rstrip(b"=")) % 4 == 0:
        expected = None  # Python passes over padding behind a text that is whole; RFC 4648 has none there
    try:
        assert decoded(Base64Decoder("image"), text, at) == expected or expected is None
    except InvalidInput as error:
        assert expected is None
        assert error.field == "image"


@pytest.mark.parametrize("text", [b"AAAA!AAA", b"AA==AAAA", b"A", b"AAAA====", b"A=A="])
def test_damaged_base64_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidInput, match="'image'"):
        decoded(Base64Decoder("image"), text, [])


@pytest.mark.parametrize("head", [b"\x1f\x8b\x08", b"ObjectType = Image", b"NRRD0005\ntype: short", b"PK\x03\x04"])
def test_no_image_format_begins_like_base64(head: bytes) -> None:
    assert not is_base64(head)
