"""Read a volume that anybody may have sent.

No library parses the upload's header: :mod:`tomaat.image_files.header` does, strictly. The voxels are unpacked here,
because ITK passes over a cut off NIfTI and a damaged compressed MHA without a word, and returns an image of garbage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from isal import isal_zlib
from numpy.typing import NDArray

from tomaat.errors import InvalidInput
from tomaat.image import flip_to_lps
from tomaat.image_files.archive import unpack_archive
from tomaat.image_files.dicom import read_series
from tomaat.image_files.header import ImageFormat, about, read_header, recognise
from tomaat.image_files.limits import Limits, Placement, StoredVolume

CHUNK = 2**22
SPARE = 2**16
"""Bytes that may follow the voxels: padding, a line end."""


def read_volume(path: Path, scratch: Path, field: str | None = None, limits: Limits | None = None) -> sitk.Image:
    """A 3-D image with the file's pixel type (``float32`` where the file scales its intensities), in LPS millimetres.

    :param path: NIfTI, MHA, NRRD or a zip of one DICOM series; its name does not matter.
    :param scratch: an empty folder, for what has to be unpacked.
    :param field: the input's name, for errors.

    Raises :class:`InvalidInput` for whatever is no whole volume.
    """
    limits = limits or Limits()
    try:
        if recognise(path) is ImageFormat.DICOM_ZIP:
            with quiet():
                return read_series(unpack_archive(path, scratch, limits), limits)
        return read_stored(path, read_header(path, limits), scratch)
    except InvalidInput as error:
        raise about(error, field) from None


def read_field(path: Path, scratch: Path, field: str | None = None, limits: Limits | None = None) -> sitk.Image:
    """A displacement field from a 5-D NIfTI: three ``float64`` LPS millimetres per voxel.

    Raises :class:`InvalidInput`.
    """
    try:
        volume = read_header(path, limits or Limits(), vectors=True)
        field_image: sitk.Image = sitk.Cast(read_stored(path, volume, scratch), sitk.sitkVectorFloat64)
        return field_image
    except InvalidInput as error:
        raise about(error, field) from None


def read_stored(path: Path, volume: StoredVolume, scratch: Path) -> sitk.Image:
    """The image that a checked header describes. Raises :class:`InvalidInput` with half a sentence."""
    voxels = _voxels(path, volume)
    x, y, z = volume.size
    stored = np.dtype(volume.pixel).newbyteorder(">" if volume.big_endian else "<")
    array = voxels.view(stored).reshape(z, y, x) if volume.components == 1 else _vectors(voxels.view(stored), volume)
    array = array.astype(volume.pixel, copy=False)
    if isinstance(volume.placement, bytes) and array.dtype.kind == "f" and not np.isfinite(array).all():
        array = np.where(np.isfinite(array), array, 0)  # as ITK's NIfTI reader does; SPM marks the outside with NaN
    if (volume.slope, volume.intercept) != (1.0, 0.0):
        array = array.astype(np.float64 if volume.pixel == "f8" else np.float32)
        array *= volume.slope
        array += volume.intercept
    image = sitk.GetImageFromArray(array, isVector=volume.components > 1)
    _place(image, volume, scratch)
    return image


@contextmanager
def quiet() -> Iterator[None]:
    """ITK's warnings about odd files are nothing that the log of a host should fill with."""
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)


def _place(image: sitk.Image, volume: StoredVolume, scratch: Path) -> None:
    """Set spacing, origin and direction."""
    placement = volume.placement
    if isinstance(placement, Placement):
        axes = np.reshape(placement.direction, (3, 3)).T
        image.SetSpacing(placement.spacing)
        image.SetOrigin(flip_to_lps(np.array(placement.origin), placement.space).tolist())
        image.SetDirection(flip_to_lps(axes, placement.space).T.ravel().tolist())
        return
    geometry = scratch / "geometry.nii"
    geometry.write_bytes(placement)
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NiftiImageIO")
    reader.SetFileName(str(geometry))
    try:
        with quiet():
            reader.ReadImageInformation()  # of the header only
        image.SetSpacing(reader.GetSpacing()[:3])
        image.SetOrigin(reader.GetOrigin()[:3])
        image.SetDirection(reader.GetDirection())
    except RuntimeError:
        raise InvalidInput("its voxel axes must be at right angles to each other; resample it first.") from None
    finally:
        geometry.unlink()


def _vectors(voxels: NDArray[Any], volume: StoredVolume) -> NDArray[Any]:
    x, y, z = volume.size
    vectors = np.moveaxis(voxels.reshape(volume.components, z, y, x), 0, -1)
    return flip_to_lps(vectors, volume.space).astype(volume.pixel)


def _voxels(path: Path, volume: StoredVolume) -> NDArray[np.uint8]:
    """The voxels' bytes, as stored."""
    if volume.compression == "none":
        # A map, so that the one copy is the one into the image
        return np.memmap(path, np.uint8, "r", volume.offset, (volume.voxel_bytes,))
    whole = volume.compression == "file"
    skipped = volume.offset if whole else 0
    room = np.empty(volume.voxel_bytes, np.uint8)
    filled = 0
    surplus = 0
    for piece in _inflated(path, replace(volume, offset=0) if whole else volume):
        if skipped:
            cut = min(skipped, len(piece))
            skipped -= cut
            piece = piece[cut:]
        taken = min(len(piece), room.size - filled)
        room[filled : filled + taken] = np.frombuffer(piece, np.uint8, taken)
        filled += taken
        surplus += len(piece) - taken
        if surplus > SPARE:
            raise InvalidInput("it holds more voxels than its header says.")
    if filled < room.size:
        raise InvalidInput(f"it is cut off: it holds {filled:,} of {room.size:,} bytes of voxels.")
    return room


def _inflated(path: Path, volume: StoredVolume) -> Iterator[memoryview]:
    """What is compressed from ``volume.offset`` on, in pieces, to its checksum. Raises :class:`InvalidInput`."""
    left = volume.stored_bytes if volume.stored_bytes is not None else path.stat().st_size - volume.offset
    try:
        with path.open("rb") as file:
            file.seek(volume.offset)
            inflate = isal_zlib.decompressobj(wbits=47)  # zlib's or gzip's wrapping, as MetaIO takes both
            pending = b""
            while True:
                if not pending:
                    pending = file.read(min(CHUNK, left))
                    left -= len(pending)
                if not pending and inflate.eof:
                    return
                if inflate.eof:
                    if pending.count(0) == len(pending):  # tapes and block devices pad
                        pending = b""
                        continue
                    if pending[:1] != b"\x1f":
                        return
                    inflate = isal_zlib.decompressobj(wbits=47)  # one gzip after the other is a gzip
                piece = inflate.decompress(pending, CHUNK)
                if not piece and not pending and not inflate.eof:
                    raise InvalidInput("it is cut off: its compressed data end too early.")
                pending = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
                yield memoryview(piece)
    except isal_zlib.error:  # type: ignore[misc]  # a class, whatever its stub says
        raise InvalidInput("its compressed data are damaged.") from None
