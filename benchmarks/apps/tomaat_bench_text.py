"""An app that costs nothing and takes no file. Installed as a plugin by the benchmarks, by one of them often."""

from __future__ import annotations

from tomaat import App, Context, Data, PlainText, Slider, hookimpl
from tomaat.hookspecs import RegisterApp


class BenchText(App):
    """A number in, a text out."""

    name = "bench-text"
    holds_device = False
    inputs = (Slider("number", minimum=0, maximum=10),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        return {"answer": f"{data['number']:g}"}


@hookimpl
def tomaat_apps(register: RegisterApp) -> None:
    register(BenchText)
