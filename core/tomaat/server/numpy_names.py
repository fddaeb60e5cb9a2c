"""Names that numpy had when scripts were written for the first TOMAAT: ``np.float`` in its own examples, say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

GONE: Mapping[str, Any] = MappingProxyType(
    {
        "bool": bool,
        "complex": complex,
        "float": float,
        "int": int,
        "object": object,
        "str": str,
        "float_": np.float64,
        "complex_": np.complex128,
        "Inf": np.inf,
        "NaN": np.nan,
        "product": np.prod,
        "alltrue": np.all,
        "sometrue": np.any,
    }
)
"""What each of them stood for. numpy took them out in 1.24 and 2.0."""


def restore_numpy_names() -> None:
    """Give numpy those back that this version lacks; one that it has is left as it is."""
    for name, meaning in GONE.items():
        vars(np).setdefault(name, meaning)
