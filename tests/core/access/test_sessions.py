"""Sessions, and when they are over."""

from __future__ import annotations

from tomaat.access import sessions
from tomaat.access.loopback import is_loopback
from tomaat.access.sessions import Sessions


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_stands_for_its_key_until_it_is_over() -> None:
    time = Time()
    known = Sessions(time)
    one, other = known.begin("digest"), known.begin("other")
    assert one != other
    assert (known.digest(one), known.digest(other), known.digest("guessed")) == ("digest", "other", None)
    known.end(one)
    assert (known.digest(one), known.digest(other)) == (None, "other")
    time.now += sessions.LIFETIME
    assert known.digest(other) is None


def test_there_is_an_end_to_how_many_there_are() -> None:
    known = Sessions(Time())
    first = known.begin("first")
    last = [known.begin("more") for _ in range(sessions.MOST)][-1]
    assert (known.digest(first), known.digest(last)) == (None, "more")


def test_which_addresses_are_this_machine_s() -> None:
    own = ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LOCALHOST.", "app.localhost")
    others = ("0.0.0.0", "::", "", "192.0.2.1", "gpu1", "localhost.example", "127.0.0.1.example", "::ffff:8.8.8.8")
    assert all(map(is_loopback, own))
    assert not any(map(is_loopback, others))
