"""Volumes come in as they were stored and go out on the grid that they came on."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from tomaat.errors import InvalidInput, InvalidOutput
from tomaat.image import (
    Grid,
    from_ras_array,
    from_tensor,
    is_volume,
    orient,
    require_same_grid,
    same_grid,
    to_grid,
    to_ras_array,
    to_tensor,
)
from tomaat.image_files.reading import read_field, read_volume
from tomaat.image_files.writing import convert_labels, write_labels
from volumes import GRIDS, volume

EXTENSIONS = ("nii", "nii.gz", "mha", "nrrd")


def read(path: Path) -> sitk.Image:
    scratch = path.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_volume(path, scratch, "image")


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("compressed", [True, False])
def test_reads_what_itk_reads(tmp_path: Path, grid: str, extension: str, compressed: bool) -> None:
    path = tmp_path / f"image.{extension}"
    sitk.WriteImage(volume(grid), str(path), compressed)
    theirs = sitk.ReadImage(str(path))
    ours = read(path.rename(tmp_path / "upload"))
    assert ours.GetPixelID() == sitk.sitkInt16
    assert np.array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(theirs))
    if extension == "nrrd":  # ITK divides by the vectors' lengths in another order
        assert Grid.of(ours).matches(Grid.of(theirs), 1e-12)
    else:
        assert Grid.of(ours) == Grid.of(theirs)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_stored_pixel_type_is_kept(tmp_path: Path, extension: str, dtype: str) -> None:
    sitk.WriteImage(volume("plain", dtype), str(tmp_path / f"image.{extension}"))
    ours = read(tmp_path / f"image.{extension}")
    assert sitk.GetArrayFromImage(ours).dtype == dtype
    assert np.array_equal(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(volume("plain", dtype)))


def test_nifti_scaling_is_applied_as_itk_does(tmp_path: Path) -> None:
    sitk.WriteImage(volume("plain"), str(tmp_path / "image.nii"))
    content = bytearray((tmp_path / "image.nii").read_bytes())
    content[112:120] = np.array([0.37, -5.2], "<f4").tobytes()
    (tmp_path / "image.nii").write_bytes(content)
    ours, theirs = read(tmp_path / "image.nii"), sitk.ReadImage(str(tmp_path / "image.nii"))
    assert ours.GetPixelID() == theirs.GetPixelID() == sitk.sitkFloat32
    assert np.allclose(sitk.GetArrayFromImage(ours), sitk.GetArrayFromImage(theirs), rtol=1e-6, atol=1e-5)


def test_voxels_of_nan_in_nifti_are_zero_as_in_itk(tmp_path: Path) -> None:
    image = volume("plain", "float32")
    image[1, 1, 1] = float("nan")
    image[2, 1, 1] = float("inf")
    sitk.WriteImage(image, str(tmp_path / "image.nii"))
    ours = sitk.GetArrayFromImage(read(tmp_path / "image.nii"))
    assert np.isfinite(ours).all()
    assert np.array_equal(ours, sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "image.nii"))))


def test_big_endian_and_nifti_2(tmp_path: Path) -> None:
    import nibabel

    voxels = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    affine = Grid.of(volume("oblique")).ras_affine
    for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        for order in "<>":
            header = kind.header_class(endianness=order)
            header.set_data_dtype(np.int16)
            nibabel.save(kind(voxels, affine, header), tmp_path / "image.nii")
            ours = read(tmp_path / "image.nii")
            array, found = to_ras_array(ours)
            assert np.array_equal(array, voxels)
            assert np.allclose(found, affine, rtol=1e-5, atol=1e-5)


def test_a_trailing_axis_of_one_is_no_fourth_dimension(tmp_path: Path) -> None:
    import nibabel

    nibabel.save(nibabel.Nifti1Image(np.ones((3, 4, 5, 1), np.int16), np.eye(4)), tmp_path / "image.nii.gz")
    assert read(tmp_path / "image.nii.gz").GetSize() == (3, 4, 5)


def test_nrrd_in_other_spaces(tmp_path: Path) -> None:
    for space, signs in (("right-anterior-superior", (-1, -1, 1)), ("left-anterior-superior", (1, -1, 1))):
        header = (
            f"NRRD0004\ntype: uchar\ndimension: 3\nspace: {space}\nsizes: 2 2 2\nencoding: raw\n"
            "space directions: (0,2,0) (3,0,0) (0,0,4)\nspace origin: (10,20,30)\n\n"
        )
        (tmp_path / "image.nrrd").write_bytes(header.encode() + bytes(range(8)))
        ours, theirs = read(tmp_path / "image.nrrd"), sitk.ReadImage(str(tmp_path / "image.nrrd"))
        assert Grid.of(ours) == Grid.of(theirs)
        assert ours.GetOrigin() == tuple(np.multiply(signs, (10, 20, 30)))


@pytest.mark.parametrize("extension", ["nii.gz", "nii", "mha", "nrrd"])
@pytest.mark.parametrize("cut", [1, 9, 60, 0.5])
def test_a_cut_off_file_is_refused(tmp_path: Path, extension: str, cut: float) -> None:
    path = tmp_path / f"image.{extension}"
    sitk.WriteImage(volume("oblique"), str(path), extension != "nii")
    content = path.read_bytes()
    length = int(len(content) * cut) if cut < 1 else len(content) - int(cut)
    path.write_bytes(content[:length])
    with pytest.raises(InvalidInput):
        read(path)


@pytest.mark.parametrize(
    ("extension", "place"), [("nii.gz", -6), ("nii.gz", -60), ("mha", -1), ("mha", -60), ("nrrd", -6)]
)
def test_a_wrong_checksum_is_refused(
    tmp_path: Path, extension: str, place: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"image.{extension}"
    sitk.WriteImage(volume("oblique"), str(path), True)
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        read(path)
    assert capfd.readouterr().err == ""


def test_more_voxels_than_the_header_says_are_refused(tmp_path: Path) -> None:
    sitk.WriteImage(volume("plain"), str(tmp_path / "image.nii"))
    path = tmp_path / "image.nii.gz"
    path.write_bytes(gzip.compress((tmp_path / "image.nii").read_bytes() + bytes(10_000_000)))
    with pytest.raises(InvalidInput, match="more voxels"):
        read(path)


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    sitk.WriteImage(volume("plain"), str(tmp_path / "image.nii"))
    content = (tmp_path / "image.nii").read_bytes()
    parts = gzip.compress(content[:200]) + gzip.compress(content[200:500]) + gzip.compress(content[500:])
    # the header itself must be in the first part
    path = tmp_path / "image.nii.gz"
    path.write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]) + bytes(512))
    assert np.array_equal(sitk.GetArrayFromImage(read(path)), sitk.GetArrayFromImage(volume("plain")))
    path.write_bytes(parts)
    with pytest.raises(InvalidInput):
        read(path)


def test_an_mha_does_not_hand_out_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"password")
    header = "ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 2 2 2\nElementType = MET_UCHAR\n"
    path = tmp_path / "image.mha"
    path.write_text(f"{header}ElementDataFile = {tmp_path / 'secret'}\n")
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(path))).tobytes() == b"password"  # this is why
    with pytest.raises(InvalidInput, match="another file"):
        read(path)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("source", EXTENSIONS)
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_labels_are_on_their_inputs_grid(tmp_path: Path, grid: str, source: str, extension: str) -> None:
    sitk.WriteImage(volume(grid), str(tmp_path / f"input.{source}"))
    image = read(tmp_path / f"input.{source}")
    labels = image > 50
    path = tmp_path / f"labels.{extension}"
    write_labels(labels, path, Grid.of(image), {1: "bright"})
    back = sitk.ReadImage(str(path))
    assert back.GetPixelID() == sitk.sitkUInt8
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(labels))
    if extension == "mha":  # holds every bit
        assert Grid.of(back) == Grid.of(image)
    elif extension == "nrrd":  # holds the product of direction and spacing
        assert Grid.of(back).matches(Grid.of(image), 1e-12)
    else:  # holds floats of 32 bits
        assert np.allclose(Grid.of(back).affine, Grid.of(image).affine, rtol=1e-6, atol=2e-6 * max(back.GetSpacing()))
        assert np.array_equal(np.float32(back.GetSpacing()), np.float32(image.GetSpacing()))
        assert np.array_equal(np.float32(back.GetOrigin()), np.float32(image.GetOrigin()))


@pytest.mark.parametrize("grid", GRIDS)
def test_nibabel_sees_the_same_affine_in_and_out(tmp_path: Path, grid: str) -> None:
    import nibabel

    affine = Grid.of(volume(grid)).ras_affine
    source = nibabel.Nifti1Image(np.zeros(GRIDS[grid][0], np.int16), affine)
    nibabel.save(source, tmp_path / "input.nii.gz")
    image = read(tmp_path / "input.nii.gz")
    write_labels(image + 1, tmp_path / "labels.nii.gz", Grid.of(image), {1: "liver"})
    before, after = nibabel.load(tmp_path / "input.nii.gz"), nibabel.load(tmp_path / "labels.nii.gz")
    assert np.abs(before.affine - after.affine).max() <= 2e-7 * np.abs(before.affine).max()
    assert np.allclose(after.get_qform(), after.get_sform(), atol=1e-5)
    assert (after.header["qform_code"], after.header["sform_code"]) == (1, 1)
    assert after.header["intent_code"] == 1002
    assert bytes(after.header["intent_name"].tobytes()).rstrip(b"\0") == b"liver"
    assert after.header["descrip"].tobytes().rstrip(b"\0") == b"1: liver"


def test_label_values_choose_the_pixel_type(tmp_path: Path) -> None:
    labels = volume("plain", "float64")
    for most, pixel in ((255, sitk.sitkUInt8), (256, sitk.sitkUInt16), (70000, sitk.sitkUInt32)):
        array = np.zeros((5, 6, 7))
        array[0, 0, 0] = most
        labels = sitk.GetImageFromArray(array)
        for extension in EXTENSIONS:
            write_labels(labels, tmp_path / f"labels.{extension}")
            back = sitk.ReadImage(str(tmp_path / f"labels.{extension}"))
            assert back.GetPixelID() == pixel
            assert sitk.GetArrayFromImage(back)[0, 0, 0] == most


@pytest.mark.parametrize("value", [0.5, -1.0, float("nan"), float("inf"), 2.0**40])
def test_what_is_no_label_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(InvalidOutput):
        write_labels(sitk.GetImageFromArray(np.full((2, 2, 2), value)), tmp_path / "labels.mha")


def test_labels_convert_between_all_formats(tmp_path: Path) -> None:
    labels = volume("oblique") > 50
    for first in EXTENSIONS:
        write_labels(labels, tmp_path / f"a.{first}")
        for second in EXTENSIONS:
            convert_labels(tmp_path / f"a.{first}", tmp_path / f"b.{second}")
            back = sitk.ReadImage(str(tmp_path / f"b.{second}"))
            assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(labels))
            assert Grid.of(back).matches(Grid.of(labels), 1e-5)


@pytest.mark.parametrize("grid", GRIDS)
def test_ras_arrays_there_and_back(grid: str) -> None:
    image = volume(grid)
    array, affine = to_ras_array(image)
    assert array.shape == image.GetSize()
    x, y, z = (size - 1 for size in image.GetSize())
    assert array[x, 0, z] == image[x, 0, z]
    left, back, up = image.TransformIndexToPhysicalPoint((x, y, z))
    assert np.allclose((affine @ (x, y, z, 1))[:3], (-left, -back, up))
    assert same_grid(from_ras_array(array, affine), image)
    exact = from_ras_array(array, Grid.of(image))
    assert Grid.of(exact) == Grid.of(image)
    assert np.array_equal(sitk.GetArrayFromImage(exact), sitk.GetArrayFromImage(image))
    assert from_ras_array(array > 3, affine).GetPixelID() == sitk.sitkUInt8


def test_tensors_there_and_back() -> None:
    import torch

    image = volume("oblique", "uint16")
    tensor, affine = to_tensor(image)
    assert tensor.dtype == torch.float32
    assert tuple(tensor.shape) == image.GetSize()
    back = from_tensor(tensor.to(torch.bfloat16) > 50, Grid.of(image))
    assert Grid.of(back) == Grid.of(image)
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(image > 50))
    assert same_grid(from_tensor(tensor, affine), image)


def test_arrays_that_fit_no_grid_are_refused() -> None:
    grid = Grid.of(volume("plain"))
    sheared = np.eye(4)
    sheared[0, 1] = 0.3
    for array, where in ((np.zeros((2, 2, 2)), grid), (np.zeros((2, 2)), np.eye(4)), (np.zeros((2, 2, 2)), sheared)):
        with pytest.raises(ValueError, match=r"array|axes|voxels"):
            from_ras_array(array, where)


@pytest.mark.parametrize("grid", GRIDS)
def test_orienting_moves_no_voxel_in_space(grid: str) -> None:
    image = volume(grid)
    turned = orient(image, "RAS")
    _, affine = to_ras_array(turned)
    assert [int(np.abs(column).argmax()) for column in affine[:3, :3].T] == [0, 1, 2] or "slice" in grid
    assert all(affine[axis, axis] > 0 for axis in range(3)) or "slice" in grid
    for index in ((0, 0, 0), tuple(size - 1 for size in image.GetSize())):
        there = turned.TransformPhysicalPointToIndex(image.TransformIndexToPhysicalPoint(index))
        assert turned[there] == image[index]


@pytest.mark.parametrize("grid", GRIDS)
def test_resampling_back_gives_the_same_labels(grid: str) -> None:
    image = volume(grid)
    back = to_grid(orient(image, "RAS"), Grid.of(image), "nearest")
    assert Grid.of(back) == Grid.of(image)
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(image))


def test_grids_differ_where_they_should() -> None:
    image = volume("oblique")
    grid = Grid.of(image)
    require_same_grid(image, grid, "image")
    for change in ("size", "spacing", "origin", "direction"):
        other = sitk.Image(image)
        if change == "size":
            other = other[:, :, 1:]
            other.SetOrigin(image.GetOrigin())
        elif change == "spacing":
            other.SetSpacing((0.7124, 1 / 3, 2.1))
        elif change == "origin":
            other.SetOrigin((-123.4568, 17.1, 1e-7))
        else:
            other.SetDirection(np.eye(3).ravel().tolist())
        with pytest.raises(InvalidOutput, match="image"):
            require_same_grid(other, grid, "image")
    flat = volume("single slice")
    other = sitk.Image(flat)
    other.SetSpacing((0.7, 0.8, 4))
    assert not same_grid(flat, other)


def test_only_3d_images_are_volumes() -> None:
    assert is_volume(volume("plain"))
    assert not is_volume(volume("plain")[:, :, 0])
    assert not is_volume(np.zeros((2, 2, 2)))


def test_displacement_fields_are_read_in_lps(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(4, 5, 6, 3))
    field = sitk.GetImageFromArray(vectors, isVector=True)
    Grid((6, 5, 4), *GRIDS_OBLIQUE).stamp(field)
    sitk.WriteImage(field, str(tmp_path / "field.nii.gz"))
    back = read_field(tmp_path / "field.nii.gz", tmp_path)
    assert np.allclose(sitk.GetArrayFromImage(back), vectors)
    assert Grid.of(back).matches(Grid.of(field), 1e-5)


GRIDS_OBLIQUE = (
    Grid.of(volume("oblique")).spacing,
    Grid.of(volume("oblique")).origin,
    Grid.of(volume("oblique")).direction,
)


def series(
    folder: Path, uid: str = "1.2.3", slices: int = 5, step: float = 2.5, tilt: bool = False
) -> dict[str, bytes]:
    """A DICOM series as a scanner would store it; names in an order that says nothing."""
    files = {}
    rng = np.random.default_rng(len(uid))
    for number in range(slices):
        image = sitk.GetImageFromArray(rng.integers(-1000, 1000, (1, 6, 7)).astype(np.int16) * 0 + number * 10)
        image = sitk.Cast(image, sitk.sitkInt16)
        image.SetSpacing((0.5, 0.75, 9))
        image.SetOrigin((1, 2 + number * (1.0 if tilt else 0), 3 + number * step))
        for tag, value in (
            ("0008|0016", "1.2.840.10008.5.1.4.1.1.2"),
            ("0008|0060", "CT"),
            ("0020|000e", uid),
            ("0020|0032", "\\".join(map(str, image.GetOrigin()))),
            ("0020|0037", "1\\0\\0\\0\\1\\0"),
            ("0018|0050", "9"),
        ):
            image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        path = folder / f"{uid}-{number}.dcm"
        writer.SetFileName(str(path))
        writer.Execute(image)
        files[f"{uid}/{(number * 3) % slices}-{number}"] = path.read_bytes()
    return files


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return path


def test_a_dicom_series_is_sorted_by_position(tmp_path: Path) -> None:
    files = series(tmp_path) | {"LICENSE": b"text", "__MACOSX/x": b"x"}
    image = read(archive(tmp_path / "upload", files))
    assert image.GetSize() == (7, 6, 5)
    assert image.GetSpacing() == (0.5, 0.75, 2.5)
    assert image.GetOrigin() == (1, 2, 3)
    assert image.GetPixelID() == sitk.sitkInt16
    assert [image[0, 0, z] for z in range(5)] == [0, 10, 20, 30, 40]


def test_what_is_no_single_series_is_refused(tmp_path: Path) -> None:
    one, other = series(tmp_path), series(tmp_path, "1.2.4")
    with pytest.raises(InvalidInput, match="2 DICOM series"):
        read(archive(tmp_path / "upload", one | other))
    gap = dict(list(one.items())[:2] + list(one.items())[3:])
    for files, sentence in (
        (gap, "evenly"),
        (one | {"again": one["1.2.3/0-0"]}, "same place"),
        (series(tmp_path, "1.2.5", tilt=True), "tilt"),
    ):
        (tmp_path / "scratch").mkdir(exist_ok=True)
        with pytest.raises(InvalidInput, match=sentence):
            read(archive(tmp_path / "upload", files))


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    content = archive(tmp_path / "upload", series(tmp_path)).read_bytes()
    for damaged in (content[: len(content) // 2], content[:300] + b"xxxx" + content[304:]):
        (tmp_path / "upload").write_bytes(damaged)
        with pytest.raises(InvalidInput):
            read(tmp_path / "upload")
