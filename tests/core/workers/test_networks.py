"""A worker loads a network once and keeps those that it used last; jobs say which weights they were made with."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tomaat import App, Context, Data, PlainText, Slider, Weights
from tomaat.description import AppDescription
from tomaat.errors import JobCancelled, NotFound, WeightsMismatch, WorkerNotStarted
from tomaat.plugins import find_plugins
from tomaat.weights.declaration import WeightsFile
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.network import Network
from tomaat.workers.networks import NetworkCache
from tomaat.workers.runner import Runner
from tomaat.workers.work import INPUTS, Received, Work


class Sum(Network):
    """Adds what its file says. It knows itself, as a module with hooks does."""

    def __init__(self, summand: float, device: str) -> None:
        super().__init__(device)
        self.summand = summand
        self.itself = self

    def __call__(self, batch: Any) -> Any:
        return batch + self.summand


class SumLoader(WeightsLoader):
    """Notes what it loads, and how many networks there were at that time."""

    format = "sum"
    title = "Sum"

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.alive: weakref.WeakSet[Sum] = weakref.WeakSet()
        self.most = 0

    def recognises(self, path: Path) -> bool:
        return True

    def load(self, path: Path, app: App, device: str) -> Network:
        self.loaded.append(path.stem)
        text = path.read_text(encoding="utf-8")
        if text == "library":
            import no_such_library  # type: ignore[import-not-found]  # noqa: F401
        network = Sum(float(text), "cpu")
        self.alive.add(network)
        self.most = max(self.most, len(self.alive))
        return network


class Adds(App):
    name = "adds"
    inputs = (Slider("number", minimum=0, maximum=9),)
    outputs = (PlainText("answer"),)
    weights = Weights(formats=("sum",))

    def infer(self, data: Data, context: Context) -> Data:
        assert context.weights is not None
        return {"answer": f"{context.network(data['number']):g} {data['weights']} {context.weights.id}"}


@pytest.fixture
def loader() -> SumLoader:
    return SumLoader()


@pytest.fixture
def cache(loader: SumLoader) -> NetworkCache:
    """Room for two."""
    return NetworkCache({"sum": loader}, Adds(), "cpu", 2)


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """So that what is freed was freed on purpose."""
    gc.disable()
    yield
    gc.enable()


def weights(folder: Path, name: str, text: str | None = None) -> WeightsFile:
    """A file of weights; its digest is its name, as far as a cache is concerned."""
    path = folder / f"{name}.sum"
    path.write_text(text if text is not None else str(len(name)), encoding="utf-8")
    return WeightsFile(name, f"digest of {name}", "sum", path)


def context(folder: Path, **options: Any) -> Context:
    return Context(device="cpu", scratch=folder, log=logging.getLogger("test"), **options)


def test_a_network_is_loaded_once(cache: NetworkCache, loader: SumLoader, tmp_path: Path) -> None:
    file = weights(tmp_path, "a")
    first = cache.get(file, context(tmp_path))
    file.path.unlink()  # whatever becomes of the file, what is warm stays so
    assert cache.get(file, context(tmp_path)) is first
    renamed = WeightsFile("other name", file.sha256, file.format, file.path)
    assert cache.get(renamed, context(tmp_path)) is first
    assert loader.loaded == ["a"]


def test_the_last_used_stay_and_the_others_go_before_the_next_comes(
    cache: NetworkCache, loader: SumLoader, tmp_path: Path
) -> None:
    files = {name: weights(tmp_path, name) for name in "abc"}
    for name in "abacba":
        cache.get(files[name], context(tmp_path))
    assert loader.loaded == ["a", "b", "c", "b", "a"]
    assert loader.most == 2


def test_loading_is_told_and_timed(cache: NetworkCache, tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    job = context(tmp_path, report=lambda fraction, message: told.append((fraction, message)))
    file = weights(tmp_path, "a")
    cache.get(file, job)
    cache.get(file, job)
    assert told == [(0.0, "loading the weights")]
    assert 0 < job.timings["weights"] < 5
    again = context(tmp_path)
    cache.get(file, again)
    assert again.timings == {}


def test_a_cancelled_job_loads_nothing(cache: NetworkCache, loader: SumLoader, tmp_path: Path) -> None:
    with pytest.raises(JobCancelled):
        cache.get(weights(tmp_path, "a"), context(tmp_path, cancelled=lambda: True))
    assert loader.loaded == []


def test_what_goes_wrong_is_said_without_a_path(cache: NetworkCache, tmp_path: Path) -> None:
    gone = weights(tmp_path, "gone")
    gone.path.unlink()
    foreign = WeightsFile("a", "0", "pkl", tmp_path)
    for file, kind, words in (
        (gone, NotFound, "'gone' were removed"),
        (foreign, WeightsMismatch, "'pkl'"),
        (weights(tmp_path, "needy", "library"), WorkerNotStarted, "need no_such_library"),
    ):
        with pytest.raises(kind, match=words) as refused:
            cache.get(file, context(tmp_path))
        assert "/" not in refused.value.detail


def test_a_network_that_could_not_be_loaded_is_tried_again(cache: NetworkCache, tmp_path: Path) -> None:
    file = weights(tmp_path, "a", "nonsense")
    with pytest.raises(ValueError):
        cache.get(file, context(tmp_path))
    file.path.write_text("1", encoding="utf-8")
    assert cache.get(file, context(tmp_path))(1) == 2


def test_a_result_says_where_its_network_ran(loader: SumLoader, tmp_path: Path) -> None:
    cache = NetworkCache({"sum": loader}, Adds(), "cuda:0")
    job = Context(device="cuda:0", scratch=tmp_path, log=logging.getLogger("test"))
    for _ in range(2):  # also where it is warm
        job.provenance = {}
        cache.get(weights(tmp_path, "a"), job)
        assert job.provenance == {"device": "cpu"}


def test_a_job_gets_its_network_and_says_which(cache: NetworkCache, tmp_path: Path) -> None:
    (tmp_path / INPUTS).mkdir()
    file = weights(tmp_path, "a")
    plugins = find_plugins(installed=False)
    runner = Runner(plugins, Adds(), AppDescription.of(Adds, "test", "1"), cache)
    inputs = {"number": Received("3"), "weights": Received("a", sha256=file.sha256)}
    work = Work.from_json(Work("job", "adds", tmp_path, inputs, weights=file, device="cpu").as_json())
    assert (work.weights, work.device) == (file, "cpu")
    job = runner.context(work, device="cpu", scratch=tmp_path / "scratch", log=logging.getLogger("test"))
    (result,) = runner.run(work, job)
    assert result.value == "4 a a"
    made = {key: job.provenance[key] for key in ("weights", "weights_id", "weights_format", "parameters", "device")}
    assert made == {
        "weights": "sha256:digest of a",
        "weights_id": "a",
        "weights_format": "sum",
        "parameters": {"number": "3", "weights": "a"},
        "device": "cpu",
    }


def test_without_weights_there_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no weights"):
        context(tmp_path).network  # noqa: B018
