"""Whatever is in a manifest, it is taken, or refused with a sentence."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomaat.errors import ManifestError
from tomaat.manifest.keys import CARD, INTENSITY, KEYS
from tomaat.manifest.manifest import Manifest

SCALARS = (
    st.text(max_size=8)
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.dates()
    | st.sampled_from(["liver", "image", "RAS", "gaussian", "#e6194b", math.inf])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
INTENSITIES = st.dictionaries(st.sampled_from([*INTENSITY]), VALUES | st.just([0, 1]) | st.just(True), max_size=3)
LABELS = st.dictionaries(
    st.integers(0, 9).map(str) | st.text(max_size=6),
    VALUES | st.fixed_dictionaries({"name": VALUES}, optional={"color": VALUES}),
    max_size=4,
)
MANIFESTS = st.fixed_dictionaries(
    {},
    optional={
        **{key: VALUES | st.just(read.default) for key, read in KEYS.items()},
        "name": VALUES | st.just("liver"),
        "intensity": VALUES | INTENSITIES,
        "labels": VALUES | LABELS,
        "card": VALUES | st.dictionaries(st.sampled_from([*CARD]), VALUES, max_size=3),
    },
)


@given(MANIFESTS | st.dictionaries(st.text(max_size=6) | st.sampled_from([*KEYS]), VALUES, max_size=6))
def test_whatever_is_in_it_a_manifest_is_taken_or_refused(table: dict[str, Any]) -> None:
    try:
        taken = Manifest.of(table, "app.toml")
    except ManifestError as error:
        assert error.detail.startswith("app.toml")
        assert len(error.detail) < 1000
    else:
        assert taken.plan.classes > max(taken.labels, default=0) or taken.plan.classes == 1


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_a_file_holds_it_is_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    with pytest.raises(ManifestError):
        Manifest.read(file)
