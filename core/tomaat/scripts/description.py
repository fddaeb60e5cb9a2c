"""What a service is as an app: a name that a host takes, elements, and what its workers import."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tomaat.description import AppDescription
from tomaat.elements.element import Element
from tomaat.frameworks.prediction import Prediction
from tomaat.names import app_name_of
from tomaat.scripts.app import ScriptApp
from tomaat.scripts.capture import Service
from tomaat.scripts.interface import input_elements, output_elements

HEAVY = ("torch", "monai", "onnxruntime", "vtk", "scipy", "skimage", "nibabel")
"""What takes long to import, and may be imported before the fork. Tensorflow may not: it starts threads."""


@dataclass(frozen=True)
class ServiceDescription:
    """A service of an old script, as an app.

    :ivar name: a slug, made from the configuration's ``name``.
    :ivar title: that name as it is.
    :ivar preload: what the script imports that is heavy.
    """

    name: str
    title: str
    description: str
    modality: str
    anatomy: str
    task: str
    inputs: tuple[Element, ...]
    outputs: tuple[Element, ...]
    preload: tuple[str, ...]

    @classmethod
    def of(cls, service: Service, name: str = "", otherwise: str = "script") -> Self:
        """Describe a service, in the process that has run its script.

        :param name: what the app shall be called; made from its title when empty.
        :param otherwise: its title where the configuration has no ``name``.

        Raises :class:`tomaat.errors.InvalidInterface` for what no host could serve.
        """
        title = _text(service.config, "name", otherwise)
        described = cls(
            name=name or app_name_of(title, otherwise="script"),
            title=title,
            description=_text(service.config, "description", title),
            modality=_text(service.config, "modality", "any"),
            anatomy=_text(service.config, "anatomy", "any"),
            task=_text(service.config, "task", "any"),
            inputs=input_elements(service.input_interface),
            outputs=output_elements(service.output_interface),
            preload=_heavy(service),
        )
        AppDescription.of(type("Described", (ScriptApp,), dict(vars(described))), "", "")
        return described


def _text(config: Mapping[str, Any], key: str, otherwise: str) -> str:
    return str(config.get(key) or otherwise)


def _heavy(service: Service) -> tuple[str, ...]:
    """What the script has imported, and what its network will need."""
    network = service.stages().infer
    needed = network.preload if isinstance(network, Prediction) else ()
    return tuple(module for module in HEAVY if module in sys.modules or module in needed)
