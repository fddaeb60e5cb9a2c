"""How often one caller may do something."""

from __future__ import annotations

import pytest

from tomaat.rates import Rates, network_of


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.mark.parametrize("rate", [1, 7, 60, 600])
def test_a_minute_s_worth_may_come_at_once_and_then_evenly(time: Time, rate: int) -> None:
    rates = Rates(rate, time)
    assert [rates.take("a") for _ in range(rate)] == [0] * rate
    assert rates.take("a") == pytest.approx(60 / rate, abs=1)
    taken = 0
    for _ in range(600):  # ten minutes
        time.now += 1
        while not rates.take("a"):
            taken += 1
    assert taken == pytest.approx(10 * rate, abs=1)


def test_who_is_refused_is_not_set_back(time: Time) -> None:
    rates = Rates(6, time)
    for _ in range(100):
        rates.take("a")
    wait = rates.take("a")
    assert wait == 10
    time.now += wait
    assert rates.take("a") == 0


def test_each_has_its_own(time: Time) -> None:
    rates = Rates(1, time)
    assert [rates.take(name) > 0 for name in "abab"] == [False, False, True, True]


def test_no_limit_remembers_nobody(time: Time) -> None:
    rates = Rates(0, time)
    assert not any(rates.take("a") for _ in range(1000))
    assert len(rates) == 0


def test_who_has_been_quiet_is_forgotten(time: Time) -> None:
    rates = Rates(60, time)
    for number in range(500):
        rates.take(str(number))
    time.now += 61
    for _ in range(500):
        rates.take("a")
    assert len(rates) == 1


def test_memory_has_an_end_and_the_busy_are_kept(time: Time) -> None:
    rates = Rates(10, time, most=100)
    for number in range(1000):
        rates.take("busy")
        rates.take(str(number))
        time.now += 0.001
        assert len(rates) <= 100
    assert rates.take("busy") > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.1:52011", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "[2001:db8:0:1::1]:52011", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("unknown", "unknown", True),
    ],
)
def test_an_address_stands_for_a_network(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_waiting_can_be_asked_for_without_being_counted(time: Time) -> None:
    rates = Rates(6, time)
    assert [rates.wait("a") for _ in range(9)] == [0] * 9
    for _ in range(6):
        assert rates.wait("a") == rates.take("a") == 0
    assert rates.wait("a") == rates.take("a") == 10
    time.now += 10
    assert rates.wait("a") == 0
