"""Keys in the host's database: made, shown, rotated, revoked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from access_keys import url_of
from tomaat.access import key_store
from tomaat.access.key_store import Grant
from tomaat.database.opening import opened
from tomaat.errors import Conflict, InvalidInput, NotFound
from tomaat.keys.secret import hash_of

NOW = 1_000_000.0


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with opened(url_of(tmp_path)) as connection:
        yield connection


def is_good(connection: Connection, key: str, now: float) -> bool:
    row = connection.execute(key_store.TABLE.by_key, {"digest": hash_of(key), "now": now}).one_or_none()
    return row is not None and row.revoked is None


def test_a_key_has_a_form_that_is_recognised(connection: Connection) -> None:
    _, key = key_store.create(connection, NOW, Grant("anna"))
    assert re.fullmatch(r"tomaat_[A-Za-z0-9_-]{43}", key)
    assert key_store.SHAPE.fullmatch(key)


def test_it_is_nowhere_in_the_database(connection: Connection) -> None:
    number, key = key_store.create(connection, NOW, Grant("anna", note="her laptop"))
    (row,) = connection.execute(text("SELECT * FROM keys")).all()
    assert key not in str(row)
    assert key_store.show(connection, NOW, number).prefix == key[:11]


def test_what_it_may_do_is_kept(connection: Connection) -> None:
    grant = Grant("anna", "x", frozenset({"spleen", "brain"}), weights=True, expires=NOW + 9)
    number, _ = key_store.create(connection, NOW, grant)
    known = key_store.show(connection, NOW, number)
    assert (known.apps, known.weights, known.admin, known.state) == (("brain", "spleen"), True, False, "good")
    assert key_store.show(connection, NOW + 9, number).state == "expired"
    assert key_store.list_keys(connection, NOW) == [known]


def test_a_rotated_key_is_good_for_as_long_as_was_said(connection: Connection) -> None:
    number, old = key_store.create(connection, NOW, Grant("anna"))
    new = key_store.rotate(connection, NOW, number, grace=10)
    assert [is_good(connection, key, NOW + 9) for key in (old, new)] == [True, True]
    assert [is_good(connection, key, NOW + 11) for key in (old, new)] == [False, True]
    assert key_store.show(connection, NOW, number).prefix == new[:11]


def test_a_revoked_key_has_no_way_back(connection: Connection) -> None:
    number, key = key_store.create(connection, NOW, Grant("anna"))
    assert key_store.revoke(connection, NOW, number).owner == "anna"
    assert not is_good(connection, key, NOW)
    assert key_store.show(connection, NOW, number).state == "revoked"
    with pytest.raises(Conflict, match="tomaat keys create"):
        key_store.revoke(connection, NOW, number)
    with pytest.raises(Conflict, match="revoked"):
        key_store.rotate(connection, NOW, number)


def test_a_number_that_no_key_has_is_said(connection: Connection) -> None:
    assert not key_store.exist(connection)
    for work in (key_store.show, key_store.revoke, key_store.rotate):
        with pytest.raises(NotFound, match="tomaat keys list"):
            work(connection, NOW, 7)


@pytest.mark.parametrize(
    ("grant", "message"),
    [
        ({"owner": " "}, "needs an owner"),
        ({"owner": "a" * 201}, "may have 200"),
        ({"owner": "a\nb"}, "control characters"),
        ({"owner": "anna", "note": "n" * 2001}, "may have 2,000"),
        ({"owner": "anna", "apps": frozenset({"Brain"})}, "is no app's name"),
    ],
)
def test_what_no_key_can_be_made_of(grant: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Grant(**grant)  # type: ignore[arg-type]
