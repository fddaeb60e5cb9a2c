"""Which apps a page lists, and by what they can be narrowed down."""

from __future__ import annotations

from typing import Any

import pytest

from tomaat.pages.catalogue import FEW, Facet, Wanted, facets, grouped


def app(name: str, modality: str, anatomy: str = "any", **said: Any) -> dict[str, Any]:
    told = {"name": name, "title": name.capitalize(), "description": "", "plugin": "own", "card": {}, "outputs": []}
    return told | {"modality": modality, "anatomy": anatomy, "task": "Segmentation"} | said


APPS = [
    app("spleen", "CT", "Spleen", description="The spleen in a CT of the abdomen."),
    app("liver", "ct", "Liver", outputs=[{"labels": {"1": {"name": "Leber"}, "2": {"name": "Milz\u00e9"}}}]),
    app("brain", "MR", "Brain", card={"limits": "Trained on healthy adults."}),
    app("threshold", "any", task="Other"),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["spleen", "liver", "brain", "threshold"]),
        ({"q": "abdomen  SPLEEN"}, ["spleen"]),
        ({"q": "adults healthy"}, ["brain"]),
        ({"q": "milze"}, ["liver"]),
        ({"modality": " Ct "}, ["spleen", "liver"]),
        ({"modality": "CT", "anatomy": "liver", "q": "leber"}, ["liver"]),
        ({"modality": "CT", "task": "Other"}, []),
        ({"other": "CT"}, ["spleen", "liver", "brain", "threshold"]),
    ],
)
def test_apps_are_found_by_words_in_any_order_and_by_facets(wanted: dict[str, str], found: list[str]) -> None:
    assert [each["name"] for each in APPS if Wanted.of(wanted).fits(each)] == found


def counts(facet: Facet) -> dict[str, int]:
    return {choice.value: choice.number for choice in facet.choices}


def test_facets_count_what_is_wanted_otherwise_and_lead_there_and_back() -> None:
    by = {facet.name: facet for facet in facets(APPS, Wanted(), "/k/KEY/")}
    assert list(counts(by["modality"]).items()) == [("CT", 2), ("MR", 1), ("any", 1)]
    assert counts(by["task"]) == {"Segmentation": 3, "Other": 1}
    assert by["modality"].choices[0].href == "/k/KEY/?modality=CT"

    chosen = {facet.name: facet for facet in facets(APPS, Wanted(q="e", modality="ct"), "/")}
    [ct] = chosen["modality"].choices
    assert (ct.value, ct.number, ct.href, ct.chosen) == ("CT", 2, "/?q=e", True)
    assert counts(chosen["anatomy"]) == {"Liver": 1, "Spleen": 1}
    assert chosen["anatomy"].choices[0].href == "/?q=e&modality=ct&anatomy=Liver"
    assert "task" not in chosen  # all have the same


def test_a_chosen_value_that_nothing_has_can_be_taken_away() -> None:
    [modality, *_] = facets(APPS, Wanted(modality="<b>PET</b>"), "/")
    assert [(choice.value, choice.number, choice.href) for choice in modality.choices] == [("<b>PET</b>", 0, "/")]


def test_many_apps_are_grouped_by_modality_and_a_few_are_not() -> None:
    assert [[each["name"] for each in group] for group in grouped(APPS).values()] == [
        ["liver", "spleen", "brain", "threshold"]
    ]
    many = APPS * FEW
    assert [(name, len(group)) for name, group in grouped(many).items()] == [("ct", 2 * FEW), ("MR", FEW), ("any", FEW)]
    assert grouped([]) == {}
