"""What a caller may pass for an input, as what goes over the wire: text, or an open file."""

from __future__ import annotations

import dataclasses
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, cast

from tomaat.client.series import zip_series
from tomaat.client.views import Input
from tomaat.elements.element import InputElement
from tomaat.errors import InvalidInput


def as_text(element: Input, value: Any) -> str:
    """``value`` as a form field's text, checked as the host would check it where this version knows the element.

    A number, a truth value, a text, points as n x 3 numbers in LPS millimetres, or a :class:`~pathlib.Path` of a file
    that holds the text. Raises :class:`~tomaat.errors.InvalidInput`.
    """
    text = _text(element, value)
    known = _element(element.json)
    if known is not None:
        known.check(text)
    return text


def as_file(element: Input, value: Any, stack: ExitStack) -> BinaryIO:
    """``value`` as an open file, which ``stack`` closes.

    A path, a folder of DICOM files, bytes, a binary file, or a SimpleITK image or transform. Raises
    :class:`~tomaat.errors.InvalidInput`.
    """
    if isinstance(value, (str, Path)):
        return _opened(element, Path(value).expanduser(), stack)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return io.BytesIO(value)
    if hasattr(value, "read") and not isinstance(value, io.TextIOBase):
        return cast(BinaryIO, value)
    if (written := _written(value, stack)) is not None:
        return written
    if hasattr(value, "__array__"):
        raise InvalidInput("An array has no spacing, origin and direction: pass a SimpleITK.Image.", field=element.name)
    raise InvalidInput(
        f"{element.name!r} takes a path, bytes, a binary file or a SimpleITK image, not {type(value).__name__}.",
        field=element.name,
    )


def _text(element: Input, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Path):
        return _read(element, value)
    if hasattr(value, "tolist"):
        value = value.tolist()  # numpy's scalars and arrays, without numpy
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    try:
        return ";".join(",".join(repr(float(number)) for number in point) for point in value)
    except TypeError:
        raise InvalidInput(
            f"{element.name!r} takes a text, a number or points, not {type(value).__name__}.", field=element.name
        ) from None


def _read(element: Input, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The file {path} can't be read as text: {_cause(error)}.", field=element.name) from error


def _opened(element: Input, path: Path, stack: ExitStack) -> BinaryIO:
    try:
        if not path.is_dir():
            return stack.enter_context(path.open("rb"))
        archive = _scratch(stack) / "series.zip"
        zip_series(path, archive, element.name)
        return stack.enter_context(archive.open("rb"))
    except OSError as error:
        raise InvalidInput(f"{path} can't be read: {_cause(error)}.", field=element.name) from error


def _scratch(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tomaat-")))


def _written(value: Any, stack: ExitStack) -> BinaryIO | None:
    """A SimpleITK object as an open file. Whoever passes one has imported SimpleITK already."""
    sitk = sys.modules.get("SimpleITK")
    if sitk is None or not isinstance(value, (sitk.Image, sitk.Transform)):
        return None
    folder = _scratch(stack)
    if isinstance(value, sitk.Image):
        path = folder / "image.mha"
        sitk.WriteImage(value, str(path))
    else:
        path = folder / "transform.h5"
        sitk.WriteTransform(value, str(path))
    return stack.enter_context(path.open("rb"))


def _element(json: Mapping[str, Any]) -> InputElement | None:
    """The element that the host's JSON describes, or ``None`` if a plugin or a later version made it."""
    kinds = {kind.kind: kind for kind in _subclasses(InputElement) if hasattr(kind, "kind")}
    kind = kinds.get(str(json.get("type")))
    if kind is None:
        return None
    fields = {field.name for field in dataclasses.fields(kind)}
    try:
        return kind.from_json({key: value for key, value in json.items() if key in fields})
    except (TypeError, ValueError):
        return None


def _subclasses(kind: type[InputElement]) -> Iterator[type[InputElement]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
