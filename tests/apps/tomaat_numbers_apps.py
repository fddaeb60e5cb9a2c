"""An app that takes weights, and a way to load them, without any of the heavy libraries: a file holds one number."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tomaat import App, Context, Data, PlainText, Slider, Weights, hookimpl
from tomaat.errors import WeightsMismatch
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.network import Network

MAGIC = b"NUMBER "


class Product(Network):
    """Multiplies."""

    def __init__(self, factor: float, device: str) -> None:
        super().__init__(device)
        self.factor = factor

    def __call__(self, batch: Any) -> Any:
        return batch * self.factor


class NumberLoader(WeightsLoader):
    """Reads ``NUMBER 3``, and whatever follows in other lines."""

    format = "num"
    title = "Number"

    def recognises(self, path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC

    def load(self, path: Path, app: App, device: str) -> Network:
        with path.open("rb") as file:
            written = file.readline().removeprefix(MAGIC)
        try:
            return Product(float(written), device)
        except ValueError:
            raise WeightsMismatch(f"A number was expected, not {written[:40].decode('utf-8', 'replace')!r}.") from None


class Numbers(App):
    """Multiplies by its weights, after some time."""

    name = "numbers"
    holds_device = False
    weights = Weights(formats=("num",), architecture="one number")
    inputs = (
        Slider("number", minimum=0, maximum=1000, default=1),
        Slider("seconds", minimum=0, maximum=60, default=0),
    )
    outputs = (PlainText("answer"),)

    def check_weights(self, network: Network) -> None:
        if network(1.0) > 1000:
            raise WeightsMismatch("The tensor 'number' must be 1000 at most.")

    def infer(self, data: Data, context: Context) -> Data:
        until = time.monotonic() + data["seconds"]
        while time.monotonic() < until:
            context.progress(0.5, "waiting")
            time.sleep(0.02)
        # the network is asked for last: its file has to be there until then
        return {"answer": f"{context.network(data['number']):g} by {data['weights']}"}


@hookimpl
def tomaat_weights_loaders(register) -> None:
    register(NumberLoader())


@hookimpl
def tomaat_apps(register) -> None:
    register(Numbers)
