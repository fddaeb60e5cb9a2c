"""Names of apps, made from what people call them."""

from __future__ import annotations

import pytest

from tomaat.names import app_name_of, check_app_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example TOMAAT thresholding app", "example-tomaat-thresholding-app"),
        ("Übersicht: Größe", "ubersicht-gro-e"),
        ("Foie (modèle n° 2)", "foie-modele-n-2"),
        ("CT\N{EN DASH}Leber", "ct-leber"),
        ("v1", "network"),
        ("肝臓", "network"),
    ],
)
def test_a_name_is_made_from_any_text(text: str, name: str) -> None:
    assert app_name_of(text) == name
    check_app_name(name)
