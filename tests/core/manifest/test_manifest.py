"""A manifest is taken whole, or refused with a sentence that names file, table and key."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tomaat import IntensityRange, SegmentationPlan, ZScore
from tomaat.elements.label_volume import Label
from tomaat.errors import ManifestError
from tomaat.manifest.keys import KEYS, TABLES
from tomaat.manifest.kinds import MOST_CLASSES
from tomaat.manifest.manifest import Manifest, digest

LEAST = 'name = "liver"\nclasses = 2\n'
WHOLE = """
name = "liver"
title = "Liver"
description = "The liver on CT, and its lesions."
modality = "CT"
anatomy = "abdomen"
task = "Segmentation"
network = "liver.onnx"
channels = ["venous", "arterial"]
orientation = "LPS"
spacing = [1.5, 1.5, 2]
window = [96, 96, 64]
overlap = 0.5
blend = "gaussian"
whole_volume = true
crop_foreground = true
classes = 4
arithmetic = "fp32"

[intensity]
range = [-57, 164]

[labels]
0 = "background"
1 = "liver"
2 = { name = "lesion", color = "#E6194B" }

[card]
authors = "Somebody"
licence = "MIT"
"""


def manifest(toml: str) -> Manifest:
    return Manifest.of(tomllib.loads(toml), "app.toml")


def refusal(toml: str) -> str:
    with pytest.raises(ManifestError) as caught:
        manifest(toml)
    return caught.value.detail


def test_every_key_is_taken() -> None:
    taken = manifest(WHOLE)
    assert taken.plan == SegmentationPlan(
        window=(96, 96, 64),
        orientation="LPS",
        spacing=(1.5, 1.5, 2.0),
        intensity=IntensityRange(-57, 164),
        crop_foreground=True,
        overlap=0.5,
        blend="gaussian",
        whole_volume=True,
        classes=4,
        arithmetic="fp32",
    )
    assert (taken.name, taken.title, taken.modality, taken.network) == ("liver", "Liver", "CT", "liver.onnx")
    assert taken.channels == ("venous", "arterial")
    assert taken.labels == {0: Label("background"), 1: Label("liver"), 2: Label("lesion", "#E6194B")}
    assert taken.card == {"authors": "Somebody", "licence": "MIT"}
    assert set(tomllib.loads(WHOLE)) == {*KEYS, *TABLES}


def test_a_name_and_what_the_network_gives_are_enough() -> None:
    taken = manifest(LEAST)
    assert (taken.channels, taken.network, taken.title) == (("image",), "", "")
    assert taken.plan == SegmentationPlan(window=(96, 96, 96))


@pytest.mark.parametrize(
    ("toml", "classes"),
    [
        ("[labels]\n1 = 'a'", 2),
        ("[labels]\n3 = 'c'\n1 = 'a'", 4),
        ("classes = 1\n[labels]\n1 = 'a'", 1),
        ("classes = 5", 5),
    ],
)
def test_classes_come_from_the_labels_unless_said(toml: str, classes: int) -> None:
    assert manifest(f'name = "a"\n{toml}').plan.classes == classes


@pytest.mark.parametrize(
    ("table", "intensity"),
    [
        ("", None),
        ("range = [0, 1.5]", IntensityRange(0, 1.5)),
        ("zscore = true", ZScore()),
        ("zscore = true\nclip = [-1, 5]", ZScore(clip=(-1, 5))),
        ("mean = 5\ndeviation = 2.5", ZScore(5, 2.5)),
        ("mean = 5\ndeviation = 2.5\nclip = [0, 9]", ZScore(5, 2.5, (0, 9))),
    ],
)
def test_intensities(table: str, intensity: object) -> None:
    assert manifest(f"{LEAST}[intensity]\n{table}").plan.intensity == intensity


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("", 'app.toml has no name: write the app\'s, such as name = "liver".'),
        ('name = "liver"', 'app.toml has no labels: write [labels] with 1 = "liver", say, or the number of classes.'),
        (LEAST + "chanels = []", "app.toml has an unknown key 'chanels'; there is: name, title, "),
        (LEAST + "[card]\nauthor = ''", "app.toml: [card] has an unknown key 'author'; there is: authors, citation, "),
        (
            LEAST + "[intensity]\nrnage = []",
            "app.toml: [intensity] has an unknown key 'rnage'; there is: range, zscore, ",
        ),
        (
            LEAST + "[labels]\n1 = { nmae = 'a' }",
            "app.toml: [labels.1] has an unknown key 'nmae'; there is: name, color.",
        ),
        (LEAST + "[labels]\n1 = {}", 'app.toml: [labels.1] has no name; write it like 1 = { name = "liver" }.'),
        (
            LEAST + "[labels]\n1 = { name = 'a', color = 'red' }",
            "app.toml: [labels.1]: color is 'red'; it must look like ",
        ),
        (LEAST + "[labels]\n1 = 5", "app.toml: [labels]: 1 is 5; it must be a text that is not empty."),
        (
            LEAST + "[labels]\none = 'a'",
            "app.toml: [labels] has the key 'one'; it must be a voxel value from 0 to 65535",
        ),
        (LEAST + "[labels]\n01 = 'a'", "app.toml: [labels] has the key '01'; it must be a voxel value"),
        (LEAST + "[labels]\n2 = 'a'", "app.toml: [labels] goes up to 2, but a network of classes = 2 gives 0 to 1."),
        (LEAST + "labels = 3", "app.toml: [labels] must be a table."),
        (
            LEAST + "[intensity]\nrange = [1, 0]",
            "app.toml: [intensity]: range is [1, 0]; it must be two numbers that grow",
        ),
        (LEAST + "[intensity]\nrange = [0, inf]", "app.toml: [intensity]: range is [0, inf]; it must be two numbers"),
        (LEAST + "[intensity]\nzscore = false", "app.toml: [intensity]: zscore is False; it must be true."),
        (
            LEAST + "[intensity]\nzscore = true\nrange = [0, 1]",
            "app.toml: [intensity] has range and also zscore; only one",
        ),
        (LEAST + "[intensity]\nmean = 1", "app.toml: [intensity] has mean or deviation alone; write both"),
        (LEAST + "[intensity]\nclip = [0, 1]", "app.toml: [intensity] has clip alone"),
        (LEAST + "[intensity]\nrange = [0, 1]\nclip = [0, 1]", "app.toml: [intensity] has clip beside range"),
        (
            LEAST + "[intensity]\nmean = 1\ndeviation = 0",
            "app.toml: [intensity]: deviation is 0; it must be a number above",
        ),
    ],
)
def test_what_is_wrong_is_said(toml: str, says: str) -> None:
    assert says in refusal(toml)


@pytest.mark.parametrize(
    "line",
    [
        "name = 'Liver'",
        "name = 'jobs'",
        "name = 5",
        "title = 5",
        "modality = ''",
        "network = []",
        "channels = []",
        "channels = 'image'",
        "channels = ['a', 'a']",
        "channels = ['a b']",
        "channels = ['labels']",
        "channels = ['weights']",
        "orientation = 'RAR'",
        "orientation = 'ras'",
        "spacing = [1, 1]",
        "spacing = [1, 1, 0]",
        "spacing = [1, 1, nan]",
        "window = [96, 96]",
        "window = [96, 96, 96.5]",
        "window = [96, 96, 0]",
        "window = [96, 96, 10000]",
        "window = [96, 96, true]",
        "overlap = 1",
        "overlap = -0.1",
        "blend = 'some'",
        "whole_volume = 1",
        "classes = 0",
        "classes = true",
        f"classes = {MOST_CLASSES + 1}",
        "arithmetic = 'bf16'",
        "crop_foreground = 'yes'",
        "spacing = [1979-05-27, 1, 1]",
        f"window = [0x{'f' * 5000}, 1, 1]",
    ],
)
def test_a_value_that_is_not_taken_names_its_key(line: str) -> None:
    key = line.split()[0]
    others = "".join(f"{other}\n" for other in LEAST.splitlines() if not other.startswith(key))
    assert f"app.toml: {key} is " in (said := refusal(others + line))
    assert f"; it must be {KEYS[key].kind.noun}." in said
    assert len(said) < 400


def test_a_file_is_read_and_named(tmp_path: Path) -> None:
    file = tmp_path / "app.toml"
    file.write_text("\ufeff" + WHOLE, encoding="utf-8")
    assert Manifest.read(file) == manifest(WHOLE)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name = = 3", "'app.toml' is no TOML: "),
        (b"\xff\xfe", "'app.toml' is no manifest: a manifest is a TOML file in UTF-8."),
        (b"a = " + b"[" * 100_000, "'app.toml' is no TOML: "),
        (b"a = " + b"1" * 5000, "'app.toml' is no TOML: "),
        (b"#" * 2**20 + b"#", "'app.toml' is too large for a manifest; is it the network itself?"),
    ],
)
def test_a_file_that_is_none_is_named_without_its_folder(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "app.toml").write_bytes(content)
    with pytest.raises(ManifestError, match=says) as caught:
        Manifest.read(tmp_path / "app.toml")
    assert str(tmp_path) not in caught.value.detail


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ManifestError, match=r"can't be read: .+\."):
        Manifest.read(tmp_path / name)


def test_a_digest_tells_versions_apart(tmp_path: Path) -> None:
    file = tmp_path / "app.toml"
    file.write_text(LEAST, encoding="utf-8")
    first = digest(file)
    file.write_text(WHOLE, encoding="utf-8")
    assert len(first) == len(digest(file)) == 12
    assert first != digest(file)
    assert digest(tmp_path / "missing.toml") == ""
