"""Every stage of every app is timed, with all that other plugins wrap around it."""

from __future__ import annotations

from collections.abc import Generator

from tomaat.app import Data
from tomaat.context import Context
from tomaat.markers import hookimpl

Stage = Generator[None, Data, Data]


@hookimpl(wrapper=True, tryfirst=True)
def tomaat_preprocess(context: Context) -> Stage:
    with context.timed("preprocess"):
        return (yield)


@hookimpl(wrapper=True, tryfirst=True)
def tomaat_infer(context: Context) -> Stage:
    with context.timed("infer"):
        return (yield)


@hookimpl(wrapper=True, tryfirst=True)
def tomaat_postprocess(context: Context) -> Stage:
    with context.timed("postprocess"):
        return (yield)
