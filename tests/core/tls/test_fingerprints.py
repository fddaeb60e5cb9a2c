"""How a fingerprint may be written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomaat.errors import ConnectionFailed
from tomaat.tls.fingerprints import fingerprint_of, parse_fingerprint

SHOWN = fingerprint_of(b"certificate")


WRITTEN = [
    SHOWN,
    SHOWN.lower(),
    SHOWN.replace(":", ""),
    SHOWN.replace(":", " "),
    f" {SHOWN}\n",
    f"sha256 Fingerprint={SHOWN}",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_fingerprint_is_taken_as_people_copy_it(text: str) -> None:
    assert parse_fingerprint(text) == SHOWN
    assert len(SHOWN) == 95


@pytest.mark.parametrize("text", ["", "AA:BB", f"{SHOWN}0", SHOWN[:-1], f"G{SHOWN[1:]}", f"{SHOWN}é"])
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(ConnectionFailed, match="no SHA-256 fingerprint"):
        parse_fingerprint(text)


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        assert len(parse_fingerprint(text)) == 95
    except ConnectionFailed as error:
        assert "no SHA-256 fingerprint" in error.detail
