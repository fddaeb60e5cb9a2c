"""Names that numpy had when scripts were written for the first TOMAAT: ``np.float`` in its own examples, say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np


def _in1d(values: Any, others: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    return np.isin(np.ravel(values), others, assume_unique=assume_unique, invert=invert)


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
        "unicode": str,
        "unicode_": np.str_,
        "string_": np.bytes_,
        "bool8": np.bool_,
        "cfloat": np.complex128,
        "longfloat": np.longdouble,
        "infty": np.inf,
        "Infinity": np.inf,
        "PINF": np.inf,
        "NINF": -np.inf,
        "cumproduct": np.cumprod,
        "round_": np.round,
        "mat": np.asmatrix,
        "asscalar": np.ndarray.item,
        "in1d": _in1d,
    }
)
"""What each of them stood for. numpy took them out in 1.23, 1.24, 2.0 and 2.4."""


def restore_numpy_names() -> None:
    """Give numpy those back that this version lacks; one that it has is left as it is."""
    for name, meaning in GONE.items():
        vars(np).setdefault(name, meaning)
