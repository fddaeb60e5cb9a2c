"""The contract holds for a good app, and catches the bad ones."""

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tomaat import (
    App,
    Context,
    Data,
    InvalidInput,
    LabelVolume,
    Network,
    PlainText,
    Slider,
    Volume,
    Weights,
    WeightsLoader,
    WeightsMismatch,
)
from tomaat.description import AppDescription
from tomaat.elements import Checkbox, Fiducials, RadioButton, Transform
from tomaat.errors import NotFound
from tomaat.plugins import find_plugins
from tomaat.testing import CHECKS, GRIDS, AppContract, Outcome, Subject, head, run_checks
from tomaat.testing.weights import find_weights


class Good(App):
    """Everything brighter than a level, with an input of each kind."""

    name = "good"
    inputs = (
        Volume("image"),
        Slider("level", minimum=0, maximum=2000),
        RadioButton("mode", options=("fast", "slow")),
        Checkbox("largest"),
        Fiducials("points"),
        Transform("transform"),
    )
    outputs = (LabelVolume("labels", labels={1: "bright"}), PlainText("report"))

    def infer(self, data: Data, context: Context) -> Data:
        context.progress(0.5)
        context.progress(0.6)
        data["labels"] = data["image"] > data["level"]
        data["report"] = f"{data['mode']} {data['largest']} {len(data['points'])} {data['transform'].GetDimension()}"
        return data


class TestGood(AppContract):
    app = Good

    def test_samples_suit_their_inputs(self) -> None:
        assert self.subject.first.results["report"].read_text(encoding="utf-8") == "fast False 2 3"


class TestSample(AppContract):
    app = Good

    def sample(self, image: Any) -> dict[str, Any]:
        return {"mode": "slow", "image": image * 2}

    def test_sample_is_used(self) -> None:
        assert self.subject.first.results["report"].read_text(encoding="utf-8").startswith("slow ")


class Bad(App):
    """Good enough to be spoilt by a subclass."""

    name = "bad"
    inputs = (Volume("image"),)
    outputs = (LabelVolume("labels"),)

    def infer(self, data: Data, context: Context) -> Data:
        data["labels"] = data["image"] > 500
        return data


class OtherGrid(Bad):
    def infer(self, data: Data, context: Context) -> Data:
        data["labels"] = (data["image"] > 500)[::2, :, :]
        return data


class StoredOrder(Bad):
    """Takes the first axis for right to left, whatever it is."""

    def infer(self, data: Data, context: Context) -> Data:
        data["labels"] = data["image"] > 500
        data["labels"][: data["image"].GetSize()[0] // 2, :, :] = 0
        return data


class NoResult(Bad):
    def infer(self, data: Data, context: Context) -> Data:
        return data


class NoInfer(App):
    name = "no-infer"
    inputs = (Volume("image"),)
    outputs = (LabelVolume("labels"),)


class Picky(Bad):
    def preprocess(self, data: Data, context: Context) -> Data:
        raise InvalidInput("Expected a liver.", field="image")


class Vague(Bad):
    def preprocess(self, data: Data, context: Context) -> Data:
        raise InvalidInput("Expected a liver.")


class Crashing(Bad):
    def infer(self, data: Data, context: Context) -> Data:
        raise KeyError("liver")


class Swallowing(Bad):
    def infer(self, data: Data, context: Context) -> Data:
        try:
            context.check_cancelled()
        except Exception:
            context.log.info("never mind")
        return super().infer(data, context)


class Slow(Bad):
    def infer(self, data: Data, context: Context) -> Data:
        time.sleep(0.3)
        return super().infer(data, context)


def outcome(app: type[App], check: str, **options: Any) -> Outcome:
    """What comes of one check."""
    with Subject.of(app, **options) as subject:
        run: Callable[[Subject], str] = next(each for each in CHECKS if each.name == check).run
        try:
            return Outcome(check, "", True, run(subject))
        except Exception as error:
            return Outcome(check, "", False, str(error))


@pytest.mark.parametrize(
    ("app", "check", "reason"),
    [
        (NoInfer, "interface", "has no infer"),
        (OtherGrid, "sample", "must have the grid of 'image'"),
        (OtherGrid, "grid-single-slice", "must have the grid of 'image'"),
        (StoredOrder, "grid-flipped", "gets other labels"),
        (NoResult, "outputs", "returned nothing under 'labels'"),
        (Vague, "sample", "without naming its field"),
        (Crashing, "sample", "liver"),
        (Swallowing, "cancel", "caught JobCancelled"),
    ],
)
def test_bad_app_is_caught(app: type[App], check: str, reason: str) -> None:
    result = outcome(app, check)

    assert not result.passed
    assert reason in result.detail


def test_app_that_does_not_stop_is_caught() -> None:
    assert "0.1 s" in outcome(Slow, "cancel", grace=0.1).detail
    assert outcome(Slow, "cancel").passed


def test_app_may_refuse_what_is_not_for_it() -> None:
    for result in run_checks(Picky):
        assert result.passed
        if result.name not in {"interface", "imports"}:
            assert result.detail == "refused by the app: Expected a liver."


def test_outcomes_of_all_checks_are_given_whatever_fails() -> None:
    results = list(run_checks(Crashing))

    assert [result.name for result in results] == [check.name for check in CHECKS]
    assert [result.name for result in results if result.passed] == ["interface", "imports"]
    assert results[2].detail == "KeyError: 'liver'"


@pytest.mark.parametrize("module", ["SimpleITK", "vtkmodules.vtkCommonCore", "torch"])
def test_heavy_import_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    file = tmp_path / "heavy_app.py"
    file.write_text(
        f"import {module}\n"
        "from tomaat import App, PlainText, Slider\n"
        "class Heavy(App):\n"
        "    name = 'heavy'\n"
        "    inputs = [Slider('level', minimum=0, maximum=1)]\n"
        "    outputs = [PlainText('report')]\n"
        "    def infer(self, data, context):\n"
        "        return data | {'report': ''}\n"
    )
    spec = importlib.util.spec_from_file_location("heavy_app", file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "heavy_app", loaded)
    spec.loader.exec_module(loaded)
    result = outcome(loaded.Heavy, "imports")

    assert not result.passed
    assert module.partition(".")[0] in result.detail


def test_unknown_app() -> None:
    with pytest.raises(NotFound):
        list(run_checks("no-such-app"))


def test_every_check_is_a_test_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    contract = AppContract()
    monkeypatch.setattr(contract, "_check", called.append)
    for name in dir(contract):
        if name.startswith("test_"):
            getattr(contract, name)()

    assert sorted(called) == sorted(check.name for check in CHECKS)


def test_files_are_removed() -> None:
    with Subject.of(Good) as subject:
        folder = subject.folder
        assert subject.first.results
    assert not folder.exists()


def test_grids_are_what_they_are_called() -> None:
    images = {name: make() for name, make in GRIDS.items()}

    assert all(0.05 < abs(cosine) < 0.99 for cosine in images["oblique"].GetDirection())
    assert images["flipped"].GetDirection() == (0, 1, 0, 0, 0, -1, 1, 0, 0)
    assert images["anisotropic"].GetSpacing() == (1.6, 1.7, 8.0)
    assert images["single-slice"].GetSize()[2] == 1


def test_flipped_head_is_the_plain_head() -> None:
    import SimpleITK as sitk

    plain, flipped = head(), GRIDS["flipped"]()
    assert (sitk.GetArrayFromImage(sitk.DICOMOrient(flipped, "LPS")) == sitk.GetArrayFromImage(plain)).all()


@pytest.mark.parametrize("name", ["oblique", "flipped", "anisotropic"])
def test_ball_is_to_the_left_front_and_top(name: str) -> None:
    import SimpleITK as sitk

    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.Execute(GRIDS[name]() > 1000)
    assert shapes.GetCentroid(1) == pytest.approx((30, -40, 30), abs=1.5)


class Factor(Network):
    """Multiplies."""

    def __call__(self, batch: Any) -> Any:
        return batch * 2


class FactorLoader(WeightsLoader):
    format, title = "factor", "Factor"

    def recognises(self, path: Path) -> bool:
        return path.read_bytes() in (b"2", b"0")

    def load(self, path: Path, app: App, device: str) -> Network:
        network = Factor(device)
        network.text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
        return network


class Weighty(Bad):
    """Needs weights, and brings none."""

    name = "weighty"
    weights = Weights(formats=("factor",))

    def check_weights(self, network: Network) -> None:
        if network.text == "0":  # type: ignore[attr-defined]
            raise WeightsMismatch("A factor other than 0 was expected.")

    def infer(self, data: Data, context: Context) -> Data:
        assert data["weights"] == "given"
        data["labels"] = data["image"] > context.network(250)
        return data


def try_with(weights: Path | None, check: str = "sample") -> str:
    """What a check makes of ``Weighty`` with these weights: what is wrong, or nothing."""
    plugins = find_plugins(installed=False)
    plugins.loaders["factor"] = FactorLoader()
    with Subject(Weighty, plugins, weights=weights) as subject:
        try:
            return next(each for each in CHECKS if each.name == check).run(subject)
        except WeightsMismatch as error:
            return error.detail


def test_an_app_is_tried_with_the_weights_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "two").write_text("2", encoding="utf-8")
    assert try_with(tmp_path / "two") == ""
    assert try_with(tmp_path / "two", "grid-flipped") == ""


def test_weights_that_it_can_not_be_tried_with_are_told(tmp_path: Path) -> None:
    assert "brings none: give it a file, with --weights FILE" in try_with(None)
    assert try_with(None, "interface") == ""
    assert try_with(tmp_path / "nowhere") == "There is no file 'nowhere' to take the weights of 'weighty' from."
    for text, words in (("3", "holds no weights that the app 'weighty' takes: Factor"), ("0", "other than 0")):
        (tmp_path / "file").write_text(text, encoding="utf-8")
        assert words in try_with(tmp_path / "file")


def test_an_app_that_brings_weights_is_tried_with_them(tmp_path: Path) -> None:
    (tmp_path / "two").write_text("2", encoding="utf-8")
    loaders = {"factor": FactorLoader()}
    for default, expected in (("", "b"), ("a", "a"), ("uploaded", "b")):
        weights = Weights(formats=("factor",), bundled=dict.fromkeys("ba", tmp_path / "two"), default=default)
        described = AppDescription.of(type("Bundled", (Weighty,), {"weights": weights}), "test", "1")
        found = find_weights(described, loaders, None)
        assert found is not None
        assert (found.id, found.format) == (expected, "factor")
