"""An app's form, from its interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tomaat.pages.assets import Assets

Field = dict[str, Any]
"""An input element's JSON, with what its control needs: ``id``, ``label`` and the URL of its own ``widget``, if any."""


def form_fields(inputs: Sequence[dict[str, Any]], assets: Assets) -> list[Field]:
    """The fields of a form.

    :param inputs: an app's inputs as the API shows them.
    """
    return [
        element
        | {
            "id": f"field-{element['destination']}",
            "label": element.get("text") or _words(element["destination"]),
            "widget": assets.widget(element["type"]),
        }
        for element in inputs
    ]


def _words(destination: str) -> str:
    """A destination as a label: ``lower_level`` is ``Lower level``."""
    words = destination.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
