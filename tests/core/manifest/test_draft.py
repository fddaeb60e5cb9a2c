"""``tomaat new --from`` writes what a network's file tells, and what it writes is a manifest."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exported import ABOVE_50, TWICE_THE_FIRST, save_state_dict, save_torchscript, write_onnx, write_torchscript
from tomaat.cli.manifest import write_manifest
from tomaat.errors import Conflict, InvalidInput, ManifestError, WeightsMismatch
from tomaat.manifest.draft import draft
from tomaat.manifest.facts import Facts, read_facts
from tomaat.manifest.manifest import Manifest
from tomaat.manifest.metadata import Metadata

MONAI = {
    "name": "Spleen CT segmentation",
    "description": 'A "pre-trained"\nnetwork.',
    "authors": "MONAI team",
    "copyright": "Apache-2.0",
    "network_data_format": {
        "inputs": {"image": {"num_channels": 2, "channel_def": {"0": "T1c", "1": "FLAIR image"}}},
        "outputs": {"pred": {"num_channels": 3, "channel_def": {"0": "background", "1": "spleen", "2": "lesion"}}},
    },
}


def test_an_onnx_network_with_a_free_window(tmp_path: Path) -> None:
    facts = read_facts(write_onnx(tmp_path / "model.onnx", TWICE_THE_FIRST))
    assert facts == Facts(channels=2, window=None, classes=3, metadata=Metadata())


def test_an_onnx_network_with_a_fixed_window(tmp_path: Path) -> None:
    facts = read_facts(write_onnx(tmp_path / "model.onnx", ABOVE_50, sides=(32, 48, 16)))
    assert (facts.channels, facts.window, facts.classes) == (1, (32, 48, 16), 2)


def test_an_onnx_network_of_which_one_side_is_fixed(tmp_path: Path) -> None:
    facts = read_facts(write_onnx(tmp_path / "model.onnx", ABOVE_50, sides=("x", "y", 16)))
    assert facts.window == (96, 96, 16)


@pytest.mark.parametrize("names", ['["background", "liver"]', '{"1": "liver"}', "{0: 'background', 1: 'liver'}"])
@pytest.mark.parametrize("key", ["labels", "names", "class_names"])
def test_names_in_an_onnx_network_s_properties(tmp_path: Path, key: str, names: str) -> None:
    properties = {key: names, "author": "Somebody", "license": "MIT", "channels": '["venous"]'}
    written = written_from(write_onnx(tmp_path / "model.onnx", ABOVE_50, properties=properties))
    assert written.labels[1].name == "liver"
    assert written.channels == ("venous",)
    assert written.card == {"authors": "Somebody", "licence": "MIT"}


def test_a_torchscript_network(tmp_path: Path) -> None:
    facts = read_facts(write_torchscript(tmp_path / "model.ts", TWICE_THE_FIRST))
    assert facts == Facts(channels=2, window=None, classes=3, metadata=Metadata())


def test_what_monai_puts_beside_a_torchscript_network(tmp_path: Path) -> None:
    network = write_torchscript(tmp_path / "model.ts", TWICE_THE_FIRST, metadata=json.dumps(MONAI))
    written = written_from(network)
    assert (written.title, written.description) == ("Spleen CT segmentation", 'A "pre-trained" network.')
    assert written.channels == ("T1c", "FLAIR_image")
    assert {value: label.name for value, label in written.labels.items()} == {1: "spleen", 2: "lesion"}
    assert written.card == {"authors": "MONAI team", "licence": "Apache-2.0"}


def test_a_network_of_one_channel_has_one_label(tmp_path: Path) -> None:
    written = written_from(write_onnx(tmp_path / "model.onnx", ABOVE_50[1:], properties={"names": '["liver"]'}))
    assert written.plan.classes == 1
    assert written.labels[1].name == "liver"


@pytest.mark.parametrize("written", ["name.with dots.onnx", "Über Netz (1).onnx", '"quoted" \\.onnx', "jobs.onnx"])
def test_a_file_of_any_name(tmp_path: Path, written: str) -> None:
    network = write_onnx(tmp_path / written, ABOVE_50)
    manifest = Manifest.read(write_manifest(network, output=tmp_path / "below" / "app.toml"))
    assert manifest.network == f"../{written}"


def test_networks_over_slices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"flat\.onnx is no network over volumes: it takes 4 axes"):
        read_facts(write_onnx(tmp_path / "flat.onnx", ABOVE_50, sides=("x", "y")))


def test_a_state_dict_is_refused(tmp_path: Path) -> None:
    save_state_dict(tmp_path / "model.pth")
    with pytest.raises(ManifestError, match=r"'model\.pth' is a state dict: tensors without a network\. Export"):
        read_facts(tmp_path / "model.pth")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(ManifestError, match=r"'model\.onnx' is damaged, cut off, or neither ONNX nor TorchScript"):
        read_facts(tmp_path / "model.onnx")


def test_a_network_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    network = write_onnx(tmp_path / "model.onnx", TWICE_THE_FIRST)
    network.write_bytes(network.read_bytes()[:-30])
    with pytest.raises((ManifestError, WeightsMismatch)):
        read_facts(network)


def test_a_network_that_shrinks_its_window_is_refused(tmp_path: Path) -> None:
    import torch

    save_torchscript(tmp_path / "model.ts", torch.nn.Conv3d(1, 2, 3))
    with pytest.raises(ManifestError, match="gives an output of 1 x 2 x 94 x 94 x 94 for a window of 96 x 96 x 96"):
        read_facts(tmp_path / "model.ts")


def test_nothing_is_replaced(tmp_path: Path) -> None:
    network = write_onnx(tmp_path / "model.onnx", ABOVE_50)
    (tmp_path / "app.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict, match=r"app\.toml is there already"):
        write_manifest(network, output=tmp_path / "app.toml")
    assert (tmp_path / "app.toml").read_text(encoding="utf-8") == "mine"


def test_a_name_that_no_host_would_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'Liver' can't be an app's name"):
        write_manifest(write_onnx(tmp_path / "model.onnx", ABOVE_50), "Liver", tmp_path / "app.toml")
    assert not (tmp_path / "app.toml").exists()


TEXTS = st.text(max_size=20)
NAMES = st.dictionaries(st.integers(0, 5).map(str) | TEXTS, TEXTS | st.integers(), max_size=4)
MONAI_METADATA = st.fixed_dictionaries(
    {"network_data_format": st.fixed_dictionaries({}, optional={"inputs": NAMES, "outputs": NAMES})},
    optional=dict.fromkeys(("name", "description", "authors", "modality", "license"), TEXTS | NAMES),
).map(json.dumps)
ONNX_METADATA = st.dictionaries(
    st.sampled_from(["labels", "names", "channels", "title", "author"]), TEXTS | NAMES.map(json.dumps)
)
METADATA = st.builds(Metadata.of_onnx, TEXTS, ONNX_METADATA) | (MONAI_METADATA | TEXTS).map(Metadata.of_monai)


@given(
    channels=st.none() | st.integers(1, 5),
    window=st.none() | st.tuples(*[st.integers(1, 5000)] * 3),
    classes=st.none() | st.integers(1, 2000),
    metadata=METADATA,
    file=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=10),
)
def test_whatever_a_network_tells_the_draft_is_a_manifest(
    channels: int | None, window: tuple[int, int, int] | None, classes: int | None, metadata: Metadata, file: str
) -> None:
    facts = Facts(channels, window, classes, metadata)
    written = Manifest.of(tomllib.loads(draft(facts, "app", Path(file), Path())), "app.toml")
    assert len(written.channels) == (channels or 1)
    assert written.plan.classes == (classes or 2)


def written_from(network: Path) -> Manifest:
    return Manifest.read(write_manifest(network, output=network.parent / "app.toml"))
