"""The error tree: each has a code, a status, and survives the way to a client and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tomaat import errors
from tomaat.errors import Busy, InternalError, InvalidInput, JobError, PluginError, RequestError, TomaatError


def tree(kind: type[TomaatError] = TomaatError) -> Iterator[type[TomaatError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


KINDS = sorted(set(tree()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_json(kind: type[TomaatError]) -> None:
    there = kind("Send a number from 1 to 10.", field="level")
    back = TomaatError.from_json(there.as_json())
    assert type(back) is kind
    assert (back.detail, back.field, str(back)) == (there.detail, "level", there.detail)


def test_an_error_without_a_field_says_so() -> None:
    assert InvalidInput("Send it again.").as_json() == {
        "code": "invalid_input",
        "detail": "Send it again.",
        "field": None,
    }


def test_every_code_is_unique() -> None:
    codes = [kind.code for kind in KINDS]
    assert sorted(set(codes)) == sorted(codes)


def test_an_unknown_code_becomes_an_internal_error() -> None:
    error = TomaatError.from_json({"code": "from_a_newer_host", "detail": "Something new."})
    assert type(error) is InternalError
    assert error.detail == "Something new."


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(kind, RequestError)])
def test_what_the_caller_can_mend_is_a_4xx(kind: type[TomaatError]) -> None:
    assert 400 <= kind.status < 500


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.code != "cancelled" and issubclass(kind, JobError)])
def test_what_the_caller_can_not_mend_is_a_5xx(kind: type[TomaatError]) -> None:
    assert 500 <= kind.status < 600


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_a_title_and_a_place_in_the_drawn_tree(kind: type[TomaatError]) -> None:
    assert kind.title
    line = next(line for line in (errors.__doc__ or "").splitlines() if f" {kind.__name__} " in f" {line} ")
    drawn = [word for word in line.split() if word.isdigit()]
    assert drawn in ([], [str(kind.status)])


def test_busy_says_when_to_come_again() -> None:
    assert Busy("The queue is full.", retry_after=7).retry_after == 7


def test_a_wrong_interface_is_a_value_error_too() -> None:
    assert issubclass(errors.InvalidInterface, PluginError)
    assert issubclass(errors.InvalidInterface, ValueError)
