"""What scripts are given and what becomes of what they return: coordinates, words, delays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import slicer
from calls import predict
from running_scripts import RunningScript, StartScript

POINTS = "1.0,2.5,-3.0;-4.0,5.0,6.0"


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningScript]:
    running = RunningScript(tmp_path_factory.mktemp("script") / "work", ("space.py",))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> tuple[sitk.Image, str]:
    """A displacement field, and the form's text for it."""
    rotation = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.1, 0.2, 0.3)
    size, origin, spacing = (5, 5, 5), (-20.0, -20.0, -20.0), (10.0, 10.0, 10.0)
    image = sitk.TransformToDisplacementField(rotation, sitk.sitkVectorFloat64, size, origin, spacing)
    return image, slicer.sent_transform(rotation, tmp_path_factory.mktemp("field"), "nii.gz")


def test_points_reach_the_script_as_they_were_sent(space: RunningScript, field: tuple[sitk.Image, str]) -> None:
    items = space.predict({"fids": POINTS, "trf": field[1]})
    assert items[1]["content"].startswith("([[1.0, 2.5, -3.0], [-4.0, 5.0, 6.0]], 'trf.nii.gz'")
    assert slicer.points(items[0]) == [[2.0, 4.5, 0.0], [-3.0, 7.0, 9.0]]


def test_the_api_speaks_lps_and_the_script_gets_ras(space: RunningScript, field: tuple[sitk.Image, str]) -> None:
    with httpx.Client(base_url=space.url, verify=False, timeout=60) as client:
        answer = predict(client, "space", fids="-1.0,-2.5,-3.0;4.0,-5.0,6.0", trf=b"nothing").json()
        assert answer["field"] == "trf"
        text = "#Insight Transform File V1.0\nTransform: TranslationTransform_double_3_3\nParameters: 1 2 3\n"
        response = client.post(
            "/v1/apps/space/predict",
            files={
                "fids": (None, "-1.0,-2.5,-3.0;4.0,-5.0,6.0"),
                "trf": ("move.tfm", (text + "FixedParameters: \n").encode()),
            },
            headers={"Accept": "application/json"},
        )
        results = {result["name"]: result["value"] for result in response.json()["results"]}
    assert results["fids"] == [[-2.0, -4.5, 0.0], [3.0, -7.0, 9.0]]
    assert results["seen"] == "([[1.0, 2.5, -3.0], [-4.0, 5.0, 6.0]], 'trf.mat', 'TranslationTransform')"


def test_a_displacement_field_is_an_image_both_ways(
    space: RunningScript, field: tuple[sitk.Image, str], tmp_path: Path
) -> None:
    items = space.predict({"fids": POINTS, "trf": field[1]})
    found = sitk.DisplacementFieldTransform(slicer.transform(items[2], tmp_path)).GetDisplacementField()
    assert np.allclose(sitk.GetArrayFromImage(found), -sitk.GetArrayFromImage(field[0]))
    assert found.GetOrigin() == field[0].GetOrigin()


def test_linear_and_spline_transforms_keep_their_kind(space: RunningScript, tmp_path: Path) -> None:
    rotation = sitk.Euler3DTransform((1.0, 2.0, 3.0), 0.1, 0.2, 0.3)
    items = space.predict({"fids": POINTS, "trf": slicer.sent_transform(rotation, tmp_path, "mat")})
    assert "'trf.mat', 'Euler3DTransform'" in items[1]["content"]
    assert np.allclose(slicer.transform(items[3], tmp_path).GetParameters(), rotation.GetParameters())

    spline = sitk.BSplineTransformInitializer(sitk.Image([8, 8, 8], sitk.sitkUInt8), [2, 2, 2])
    spline.SetParameters(np.linspace(0, 1, len(spline.GetParameters())))
    items = space.predict({"fids": POINTS, "trf": slicer.sent_transform(spline, tmp_path, "h5")})
    assert "'trf.h5', 'BSplineTransform'" in items[1]["content"]
    assert np.allclose(slicer.transform(items[4], tmp_path).GetParameters(), spline.GetParameters())


def test_a_mesh_says_that_it_is_in_lps(space: RunningScript, field: tuple[sitk.Image, str], tmp_path: Path) -> None:
    mesh, title = slicer.mesh(space.predict({"fids": POINTS, "trf": field[1]})[5], tmp_path)
    assert title == "3D Slicer output. SPACE=LPS"
    assert mesh.GetNumberOfPoints() > 10
    assert np.allclose(mesh.GetCenter(), (1.0, 2.5, -3.0), atol=0.1)


def test_a_certificate_of_the_script_s_own_name_is_kept_there(space: RunningScript) -> None:
    assert (space.folder / "my_custom_cert.crt").is_file()
    assert not (space.folder / "tomaat_cert.crt").exists()


def test_the_host_of_the_configuration_is_the_public_url(space: RunningScript) -> None:
    (settings,) = (space.home / "services").glob("*/service.toml")
    assert 'public_url = "https://space.example:9002"\n' in settings.read_text(encoding="utf-8")


def test_words_come_with_the_arguments_and_what_is_beside_the_script(start_script: StartScript) -> None:
    script = start_script("words.py", "start-service", "--config_file_path", "words.json")
    for number in (1, 2):
        (waiting,) = script.predict({"count": "2", "loud": "True", "language": "it"})
        assert waiting["type"] == "DelayedResponse"
        said, how = script.results(waiting)
        assert said["content"] == "CIAO!CIAO!"
        arguments = ["start-service", "--config_file_path", "words.json"]
        assert how["content"] == str((["float", "str", "str"], number, arguments, "__main__"))
    assert "'Words' is not announced: its config needs an 'api_key'" in script.log
    assert "not served" not in script.log  # the script's own except does not see how it ends in a worker


def test_a_network_of_a_class_in_the_script_started_as_a_module(start_script: StartScript, tmp_path: Path) -> None:
    script = start_script("-m", "nets.doubling", "network.pt", "make it")
    image = sitk.Image([6, 5, 4], sitk.sitkInt16) + 500
    image[1, 2, 3] = 501
    (item,) = script.predict({"image": slicer.volume(image, tmp_path)})
    labels = sitk.GetArrayFromImage(slicer.labels(item, tmp_path))
    assert (labels.sum(), labels[3, 2, 1]) == (1, 1)
    assert "network.pt is a pickled model" in script.log


def test_several_services_of_one_script_are_served_each_by_its_own_host(start_script: StartScript) -> None:
    script = start_script("several.py", wait=False)
    answers = []
    for url in script.addresses(2):
        response = httpx.post(f"{url}/predict", files={"box": (None, "True")}, verify=False, timeout=60)
        answers.append(response.json()[0]["content"])
    assert sorted(answers) == ["First", "Second"]
