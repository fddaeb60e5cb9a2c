"""Geometry of volumes: grids, and the one place that converts between LPS and RAS.

SimpleITK, DICOM, points, meshes and transforms are in LPS millimetres: +x to the patient's left, +y to the back, +z
to the head. nibabel, MONAI and the tensors that networks see are in RAS. A SimpleITK image is indexed x, y, z and its
numpy array z, y, x; the arrays and tensors here are x, y, z, as nibabel's are. Reading and writing files is in
:mod:`tomaat.image_files.reading` and :mod:`tomaat.image_files.writing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from tomaat.errors import InvalidOutput
from tomaat.image_files.limits import Space

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]
Affine = NDArray[np.float64]
Vector = tuple[float, float, float]
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""The same matrix leads back."""
ROUNDING = 1e-6
"""Of a voxel: how far grids may be apart that only differ by how they were computed."""
INTERPOLATORS = {"nearest": sitk.sitkNearestNeighbor, "linear": sitk.sitkLinear}


@dataclass(frozen=True)
class Grid:
    """Where the voxels of a 3-D image are; two grids are equal only if each bit of each number is.

    :param size: voxels along x, y, z.
    :param spacing: millimetres between them.
    :param origin: the first voxel's centre, in LPS millimetres.
    :param direction: a 3 x 3 matrix, row by row; its columns are the axes' unit vectors in LPS.
    """

    size: tuple[int, int, int]
    spacing: Vector
    origin: Vector
    direction: tuple[float, ...]

    @classmethod
    def of(cls, image: sitk.Image) -> Self:
        """The grid of an image."""
        return cls(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())

    @property
    def affine(self) -> Affine:
        """The 4 x 4 matrix that takes indices x, y, z to LPS millimetres."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.reshape(self.direction, (3, 3)) * self.spacing
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def ras_affine(self) -> Affine:
        """The 4 x 4 matrix that takes indices x, y, z to RAS millimetres: nibabel's and MONAI's affine."""
        return LPS_TO_RAS @ self.affine

    def matches(self, other: Grid, tolerance: float = ROUNDING) -> bool:
        """Whether it has the same size, and no corner lies farther from the other's than ``tolerance`` voxels."""
        if self.size != other.size:
            return False
        corners = np.array([(x, y, z, 1) for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64)
        corners[:, :3] *= np.array(self.size) - 1.0
        apart = np.linalg.norm(corners @ (self.affine - other.affine).T, axis=1).max()
        # The axes are compared one by one, too: a single slice has no second corner along its normal
        steps = np.abs(self.affine - other.affine)[:3, :3].max()
        return bool(max(apart, steps) <= tolerance * min(other.spacing))

    def stamp(self, image: sitk.Image) -> None:
        """Give ``image``, which has this size, exactly this spacing, origin and direction."""
        image.SetSpacing(self.spacing)
        image.SetOrigin(self.origin)
        image.SetDirection(self.direction)

    def __str__(self) -> str:
        numbers = [", ".join(f"{number:.6g}" for number in row) for row in (self.spacing, self.origin, self.direction)]
        size = " x ".join(map(str, self.size))
        return f"{size} voxels, spacing {numbers[0]}, origin {numbers[1]}, direction {numbers[2]}"


def is_volume(value: Any) -> bool:
    """Whether ``value`` is a 3-D SimpleITK image."""
    return isinstance(value, sitk.Image) and value.GetDimension() == 3


def same_grid(first: sitk.Image, second: sitk.Image) -> bool:
    """Whether two volumes have the same grid, but for rounding."""
    return Grid.of(first).matches(Grid.of(second))


def require_same_grid(image: Any, grid: Grid, name: str = "the input") -> None:
    """Raise :class:`InvalidOutput` unless ``image`` is a volume on ``grid``.

    :param name: what the error calls the owner of ``grid``.
    """
    if not is_volume(image):
        raise InvalidOutput(f"must be a 3-D SimpleITK image, not {type(image).__name__}.")
    if not Grid.of(image).matches(grid):
        raise InvalidOutput(f"must have the grid of {name!r} ({grid}), but has another ({Grid.of(image)}).")


def to_ras_array(image: sitk.Image) -> tuple[Array, Affine]:
    """A volume's voxels, and where they are.

    :returns: an array indexed x, y, z, a copy with the image's pixel type; and the 4 x 4 matrix that takes indices to
        RAS millimetres. The voxels stay in their stored order: use :func:`orient` first to have x grow to the right.
    """
    return sitk.GetArrayFromImage(image).transpose(2, 1, 0), Grid.of(image).ras_affine


def from_ras_array(array: Array, where: Affine | Grid) -> sitk.Image:
    """A volume from voxels indexed x, y, z.

    :param array: three axes; ``bool`` becomes ``uint8``.
    :param where: the 4 x 4 matrix from indices to RAS millimetres; or the grid that the volume shall have exactly,
        which is the better choice wherever there is one, for a matrix is rounded on the way.

    Raises :class:`ValueError` for another shape, and for a matrix whose axes are not at right angles.
    """
    array = np.asarray(array)
    if array.ndim != 3:
        raise ValueError(f"An array x, y, z was expected, not {array.ndim} axes.")
    grid = where if isinstance(where, Grid) else _grid_of(where, array.shape)
    if array.shape != grid.size:
        raise ValueError(f"The array has {array.shape} voxels and the grid {grid.size}.")
    voxels = np.ascontiguousarray(array.transpose(2, 1, 0))
    image = sitk.GetImageFromArray(voxels.view(np.uint8) if array.dtype == np.bool_ else voxels)
    grid.stamp(image)
    return image


def to_tensor(image: sitk.Image, dtype: Any = None) -> tuple[torch.Tensor, Affine]:
    """:func:`to_ras_array` as a tensor x, y, z of ``dtype`` (``torch.float32`` when not given)."""
    import torch

    array, affine = to_ras_array(image)
    if array.dtype in (np.uint16, np.uint32, np.uint64):  # torch can do next to nothing with these
        array = array.astype(np.int64 if array.dtype != np.uint16 else np.int32)
    return torch.from_numpy(array).to(dtype or torch.float32), affine


def from_tensor(tensor: torch.Tensor, where: Affine | Grid) -> sitk.Image:
    """:func:`from_ras_array` from a tensor x, y, z on any device."""
    import torch

    tensor = tensor.detach().cpu()
    if tensor.dtype in (torch.bfloat16, torch.float16):  # SimpleITK has neither
        tensor = tensor.float()
    return from_ras_array(tensor.numpy(), where)


def orient(image: sitk.Image, axes: str = "RAS") -> sitk.Image:
    """The same volume with its voxels in another order, so that x, y, z grow towards ``axes``.

    :param axes: nibabel's code: ``RAS`` grows to the right, the front and the head. (ITK's filter and Slicer name the
        same thing alike in ITK 5.4, though older ITK named the side that an axis comes from.)

    Axes are flipped and swapped, nothing is interpolated: an oblique volume stays oblique.
    """
    oriented: sitk.Image = sitk.DICOMOrient(image, axes)
    return oriented


def to_grid(image: sitk.Image, grid: Grid, interpolation: Literal["nearest", "linear"] = "linear") -> sitk.Image:
    """``image`` resampled to ``grid``, with its pixel type; 0 outside of it.

    :param interpolation: ``nearest`` for labels.
    """
    resample = sitk.ResampleImageFilter()
    resample.SetSize(grid.size)
    resample.SetOutputSpacing(grid.spacing)
    resample.SetOutputOrigin(grid.origin)
    resample.SetOutputDirection(grid.direction)
    resample.SetInterpolator(INTERPOLATORS[interpolation])
    resampled: sitk.Image = resample.Execute(image)
    return resampled


def flip_to_lps(vectors: Array, space: Space) -> Array:
    """Vectors, the last axis of length 3, turned from ``space`` to LPS."""
    signs = {"LPS": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0), "LAS": (1.0, -1.0, 1.0)}[space]
    return np.asarray(vectors * np.array(signs))


def _grid_of(ras_affine: Affine, shape: tuple[int, ...]) -> Grid:
    affine = LPS_TO_RAS @ np.asarray(ras_affine, dtype=np.float64)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    direction = affine[:3, :3] / spacing
    if not np.allclose(direction.T @ direction, np.eye(3), atol=1e-4):
        raise ValueError("The matrix has axes that are not at right angles; no SimpleITK image can have them.")
    x, y, z = shape
    sx, sy, sz = spacing.tolist()
    ox, oy, oz = affine[:3, 3].tolist()
    return Grid((x, y, z), (sx, sy, sz), (ox, oy, oz), tuple(direction.ravel().tolist()))
