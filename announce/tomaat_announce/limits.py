"""How often one key, and one address, may announce."""

from __future__ import annotations

import time
from collections.abc import Callable

from tomaat.errors import TooManyRequests
from tomaat.keys.secret import hash_of
from tomaat.rates import Rates, network_of
from tomaat_announce.settings import ServiceSettings


class Limits:
    """Refuses announcements that come too often; a minute's worth may come at once.

    :param clock: seconds that are never set back.
    """

    def __init__(self, settings: ServiceSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = Rates(settings.key_rate, clock)
        self._addresses = Rates(settings.address_rate, clock)

    def check_address(self, address: str) -> None:
        """Count a request of an address, whatever it asks. Raises :class:`~tomaat.errors.TooManyRequests`."""
        if wait := self._addresses.take(network_of(address)):
            raise TooManyRequests(
                f"Too many announcements come from this address. Try again in {wait} seconds.", retry_after=wait
            )

    def check_key(self, key: str) -> None:
        """Count an announcement of a key. Raises :class:`~tomaat.errors.TooManyRequests`."""
        if wait := self._keys.take(hash_of(key)):
            raise TooManyRequests(
                f"Too many announcements come with this key. Try again in {wait} seconds.", retry_after=wait
            )
