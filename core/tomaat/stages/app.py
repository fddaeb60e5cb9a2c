"""The built-in stages: an app's own methods."""

from __future__ import annotations

from tomaat.app import App, Data
from tomaat.context import Context
from tomaat.markers import hookimpl


@hookimpl(trylast=True)
def tomaat_preprocess(app: App, data: Data, context: Context) -> Data:
    return app.preprocess(data, context)


@hookimpl(trylast=True)
def tomaat_infer(app: App, data: Data, context: Context) -> Data:
    return app.infer(data, context)


@hookimpl(trylast=True)
def tomaat_postprocess(app: App, data: Data, context: Context) -> Data:
    return app.postprocess(data, context)
