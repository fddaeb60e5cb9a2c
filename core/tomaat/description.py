"""An app as data. The host works from this and never from the app's class, which another interpreter may hold."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar

from tomaat.app import App
from tomaat.elements.element import Element, InputElement, OutputElement
from tomaat.elements.weights_choice import WeightsChoice
from tomaat.errors import InvalidInterface, NotFound
from tomaat.weights.declaration import FIELD, Weights

E = TypeVar("E", InputElement, OutputElement)

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
# fmt: off
RESERVED = frozenset({
    "admin", "announce", "announcepoint", "api", "apps", "assets", "discover", "docs", "favicon", "healthz",
    "interface", "jobs", "k", "login", "logout", "metrics", "openapi", "plugins", "predict", "readyz", "registry",
    "responses", "settings", "static", "v1", "weights",
})
# fmt: on
"""App names are the first part of a URL, beside these."""


@dataclass(frozen=True)
class AppDescription:
    """What there is to know of an app without running it.

    :ivar preload: modules that its methods and elements import: it can't run without them.
    :ivar weights: what weights it takes; the paths of bundled ones are absolute.
    :ivar loaders_preload: modules that the loaders of its weights import. Not every one need be installed: weights of
        one format need no other format's library.
    :ivar environment: the environment whose interpreter runs it; empty for the host's own.
    :ivar concurrency: jobs that one worker may run at once.
    :ivar source: the file or folder that its code is in; empty where there is none. Nobody's business outside.
    """

    name: str
    title: str
    description: str
    modality: str
    anatomy: str
    task: str
    inputs: tuple[InputElement, ...]
    outputs: tuple[OutputElement, ...]
    card: dict[str, str]
    timeout: float
    preload: tuple[str, ...]
    plugin: str
    version: str
    weights: Weights | None = None
    loaders_preload: tuple[str, ...] = ()
    environment: str = ""
    concurrency: int = 1
    source: str = ""

    @classmethod
    def of(cls, app: type[App], plugin: str, version: str) -> Self:
        """Describe ``app``, which the distribution ``plugin`` in ``version`` brought.

        Raises :class:`InvalidInterface` for what no host could serve.
        """
        if not (inspect.isclass(app) and issubclass(app, App)):
            raise InvalidInterface(f"register() takes a subclass of tomaat.App, not {app!r}.")
        _check_name(app)
        inputs = _with_weights(app, _elements(app, "inputs", lambda element: element.as_input()))
        outputs = _elements(app, "outputs", lambda element: element.as_output())
        _check_references(app, inputs, outputs)
        if app.infer is App.infer:
            raise InvalidInterface(f"The app {app.name!r} has no infer() method.")
        if not isinstance(app.concurrency, int) or app.concurrency < 1:
            raise InvalidInterface(f"The app {app.name!r} has concurrency = {app.concurrency!r}; it must be 1 or more.")
        return cls(
            name=app.name,
            title=app.title or app.name,
            description=app.description or inspect.cleandoc(app.__doc__ or ""),
            modality=app.modality,
            anatomy=app.anatomy,
            task=app.task,
            inputs=inputs,
            outputs=outputs,
            card=dict(app.card),
            timeout=float(app.timeout),
            preload=(*app.preload, *(m for element in (*inputs, *outputs) for m in element.preload)),
            plugin=plugin,
            version=version,
            weights=_located(app, app.weights) if app.weights else None,
            concurrency=app.concurrency,
            source=_source(app),
        )

    def input(self, name: str) -> InputElement | None:
        """The input element with this destination."""
        return next((element for element in self.inputs if element.destination == name), None)

    def output(self, name: str) -> OutputElement:
        """The output element with this name. Raises :class:`NotFound`."""
        for element in self.outputs:
            if element.name == name:
                return element
        known = ", ".join(element.name for element in self.outputs)
        raise NotFound(f"The app {self.name!r} has no result {name!r}; it has {known}.")

    def as_json(self) -> dict[str, Any]:
        """The app as ``GET /v1/apps`` shows it, without what changes while it runs."""
        return {
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "plugin": self.plugin,
            "environment": self.environment or None,
            "modality": self.modality,
            "anatomy": self.anatomy,
            "task": self.task,
            "description": self.description,
            "inputs": [_input_as_json(element) for element in self.inputs],
            "outputs": [_output_as_json(element) for element in self.outputs],
            "card": self.card,
            "timeout": self.timeout,
            "concurrency": self.concurrency,
            "weights": _weights_as_json(self.weights) if self.weights else None,
        }

    def as_data(self) -> dict[str, Any]:
        """All of it as JSON, for another process; :meth:`from_data` reads it."""
        return vars(self) | {
            "inputs": [element.as_json() for element in self.inputs],
            "outputs": [element.as_json() for element in self.outputs],
            "weights": self.weights.as_data() if self.weights else None,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any], elements: Mapping[str, type[Element]]) -> Self:
        """The description that :meth:`as_data` gave.

        :param elements: the kinds of elements that this process knows.

        Raises :class:`InvalidInterface` for a kind that only the other process knows.
        """
        made = {
            side: tuple(_element(data["name"], element, elements) for element in data[side])
            for side in ("inputs", "outputs")
        }
        modules = {name: tuple(data[name]) for name in ("preload", "loaders_preload")}
        weights = Weights.from_data(data["weights"]) if data["weights"] else None
        return cls(**{**data, **made, **modules, "weights": weights})


def _element(app: str, element: Mapping[str, Any], known: Mapping[str, type[Element]]) -> Any:
    if element["type"] not in known:
        raise InvalidInterface(
            f"The app {app!r} uses the element kind {element['type']!r}, which the host does not know: install the "
            "plugin that brings it beside the host, too."
        )
    return known[element["type"]].from_json(element)


def _input_as_json(element: InputElement) -> dict[str, Any]:
    return element.as_json() | {"receives": element.receives, "required": element.required}


def _output_as_json(element: OutputElement) -> dict[str, Any]:
    return element.as_json() | {"formats": [format_.extension for format_ in element.formats]}


def _weights_as_json(weights: Weights) -> dict[str, Any]:
    """Without the bundled ones: they are listed with all others, and their paths are nobody's business."""
    return {"formats": list(weights.formats), "architecture": weights.architecture, "default": weights.default}


def _check_name(app: type[App]) -> None:
    name = getattr(app, "name", None)
    if not isinstance(name, str) or not SLUG.fullmatch(name):
        raise InvalidInterface(
            f"{app.__name__}.name is {name!r}; it must be a slug: lower-case letters, digits and '-', like 'brain'."
        )
    if name in RESERVED:
        raise InvalidInterface(f"An app can't be called {name!r}: that is a route of the host.")


def _elements(app: type[App], side: str, convert: Callable[[Element], E]) -> tuple[E, ...]:
    """The elements of one side, each as what it is on that side; ``Fiducials``, say, can be on both."""
    declared: Sequence[Element] = getattr(app, side)
    if not declared:
        raise InvalidInterface(f"The app {app.name!r} has no {side}.")
    if wrong := [item for item in declared if not isinstance(item, Element)]:
        raise InvalidInterface(f"{wrong[0]!r} in the {side} of the app {app.name!r} is no interface element.")
    elements = tuple(convert(element) for element in declared)
    names = [element.name for element in elements]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidInterface(f"The app {app.name!r} has two {side} called {twice[0]!r}.")
    return elements


def _with_weights(app: type[App], inputs: tuple[InputElement, ...]) -> tuple[InputElement, ...]:
    """The inputs, with the one that chooses weights if the app takes any."""
    choice = next((element for element in inputs if element.destination == FIELD), None)
    if app.weights is None:
        if isinstance(choice, WeightsChoice):
            raise InvalidInterface(f"The app {app.name!r} lets a call choose weights, and declares none: set weights.")
        return inputs
    if not isinstance(app.weights, Weights):
        raise InvalidInterface(f"{app.__name__}.weights is {app.weights!r}; it must be tomaat.Weights(...).")
    if choice is None:
        return (*inputs, WeightsChoice(FIELD, text="Weights"))
    if not isinstance(choice, WeightsChoice):
        raise InvalidInterface(f"The input {FIELD!r} of {app.name!r} chooses its weights: make it a WeightsChoice.")
    return inputs


def _located(app: type[App], weights: Weights) -> Weights:
    """The weights with absolute paths: relative ones start where the app's module is."""
    module = getattr(sys.modules.get(app.__module__), "__file__", None)
    folder = Path(module).absolute().parent if module else None
    bundled = {name: Path(path) for name, path in weights.bundled.items()}
    if folder is None and not all(path.is_absolute() for path in bundled.values()):
        raise InvalidInterface(f"The app {app.name!r} is in no file, so its bundled weights need absolute paths.")
    return replace(weights, bundled={name: (folder or Path()) / path for name, path in bundled.items()})


def _source(app: type[App]) -> str:
    """The package that an app's class is in, or its module's file; empty for what TOMAAT itself makes of a manifest."""
    name = app.__module__.partition(".")[0]
    package = sys.modules.get(name) if name != "tomaat" else None
    file = getattr(package, "__file__", None)
    if not file:
        return ""
    path = Path(file).absolute()
    return str(path.parent if path.name.startswith("__init__.") else path)


def _check_references(app: type[App], inputs: Sequence[InputElement], outputs: Sequence[OutputElement]) -> None:
    """An output that must have an input's grid names an input that there is."""
    destinations = {element.destination for element in inputs}
    for element in outputs:
        reference = getattr(element, "reference", "")
        if reference and reference not in destinations:
            raise InvalidInterface(f"The result {element.name!r} of {app.name!r} refers to no input: {reference!r}.")
