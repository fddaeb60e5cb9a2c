"""What there is to know of an ONNX file without a library that reads them: pure Python, trusting nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tomaat.weights.protobuf import MESSAGE, VARINT, Malformed, fields, mapped

IR_VERSION, MODEL_VERSION, GRAPH, OPSET_IMPORT, FUNCTION = 1, 5, 7, 8, 25
MODEL: Mapping[int, int] = MappingProxyType(
    dict.fromkeys((2, 3, 4, 6, GRAPH, OPSET_IMPORT, 14, 20, FUNCTION, 26), MESSAGE)
    | dict.fromkeys((IR_VERSION, MODEL_VERSION), VARINT)
)
"""The fields of ``ModelProto``, and how each is encoded."""
MOST_FIELDS = 100_000
"""A real model has a few, and one for each function; a file of nothing but fields shall not keep a thread busy."""
WITHIN: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "model": {GRAPH: "graph", FUNCTION: "function"},
        "graph": {1: "node", 5: "tensor", 15: "sparse tensor"},
        "function": {7: "node"},
        "node": {5: "attribute"},
        "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse tensor", 23: "sparse tensor"},
        "sparse tensor": {1: "tensor", 2: "tensor"},
        "tensor": {},
    }
)
"""Which fields of which message may hold tensors."""
DATA_LOCATION, EXTERNAL = 14, 1


def is_onnx(path: Path) -> bool:
    """Whether it is an ONNX model from its first byte to its last: version, graph, operator sets, nothing foreign."""
    found: set[int] = set()
    try:
        with mapped(path) as content:
            for count, field in enumerate(fields(content)):
                if MODEL.get(field.number) != field.encoding or count > MOST_FIELDS:
                    return False
                found.add(field.number)
    except Malformed:
        return False
    return {IR_VERSION, GRAPH, OPSET_IMPORT} <= found


def has_external_tensors(path: Path) -> bool:
    """Whether a tensor lies in another file, whose name anybody may have written. Raises :class:`Malformed`."""
    with mapped(path) as content:
        found = [("model", 0, len(content))]
        while found:
            message, start, end = found.pop()
            for field in fields(content, start, end):
                if message == "tensor" and (field.number, field.value) == (DATA_LOCATION, EXTERNAL):
                    return True
                if field.encoding == MESSAGE and field.number in WITHIN[message]:
                    found.append((WITHIN[message][field.number], field.start, field.end))
    return False
