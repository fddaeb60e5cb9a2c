"""Which addresses are public, what a name stands for, and connections that go only where they were allowed to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from tomaat.errors import InvalidInput, Unavailable

Address = IPv4Address | IPv6Address

UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is handed out for the internet."""
NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 addresses, as a network without IPv4 reaches them."""
PATIENCE = 3.0
"""Seconds that a name may take to be looked up, and one of several addresses to answer."""
LOOKUPS = 32
"""Names that are looked up at once."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet's.

    Not public are private networks, this machine, link-local and shared addresses, multicast, what is reserved or for
    documentation, and IPv6 addresses that stand for such an IPv4 address.
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    inner = _ipv4_inside(address)
    if inner is not None:
        return is_public(inner)
    return address in UNICAST and address.is_global


def _ipv4_inside(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


class Resolver:
    """Looks up names, in threads of its own: the system's resolver may take its time, and can't be told to stop.

    :param lookups: names that are looked up at once; the others wait.
    """

    def __init__(self, lookups: int = LOOKUPS) -> None:
        self._free = asyncio.Semaphore(lookups)

    async def resolve(self, host: str, timeout: float = PATIENCE) -> list[Address]:
        """The addresses that a name stands for, each once, in the system's order; of an address, itself.

        Raises :class:`socket.gaierror` where there is no such name, and :class:`TimeoutError`.
        """
        with contextlib.suppress(ValueError):
            return [ip_address(host)]
        async with asyncio.timeout(timeout):
            await self._free.acquire()
            found = await self._look_up(host)
        return list(dict.fromkeys(ip_address(info[4][0]) for info in found))

    def _look_up(self, host: str) -> asyncio.Future[list[Any]]:
        loop = asyncio.get_running_loop()
        answer: Future[list[Any]] = Future()
        answer.set_running_or_notify_cancel()  # it goes on though nobody waits for it any more

        def look_up() -> None:
            try:
                answer.set_result(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
            except UnicodeError:  # a label that is too long for a name
                answer.set_exception(socket.gaierror(socket.EAI_NONAME, "no such name"))
            except OSError as error:
                answer.set_exception(error)
            with contextlib.suppress(RuntimeError):  # the service has stopped meanwhile
                loop.call_soon_threadsafe(self._free.release)

        # A daemon, unlike an executor's thread: a name server that does not answer must not hold up a stop.
        threading.Thread(target=look_up, name="announce-resolve", daemon=True).start()
        return asyncio.wrap_future(answer)


async def require_public(resolver: Resolver, url: str, field: str) -> None:
    """Return if every address of the URL's host is public.

    Raises :class:`~tomaat.errors.InvalidInput` with ``field`` if one is not, or there is none, and
    :class:`~tomaat.errors.Unavailable` if that can't be found out now.
    """
    host = urlsplit(url).hostname or ""
    try:
        addresses = await resolver.resolve(host)
    except TimeoutError:
        raise _not_now(field) from None
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise _not_now(field) from None
        raise InvalidInput(f"There is no host {host}, which {field} names.", field=field) from None
    if not all(map(is_public, addresses)):
        raise InvalidInput(
            f"{host} in {field} is not a public address, and this announcement service lists only those.", field=field
        )


def _not_now(field: str) -> Unavailable:
    return Unavailable(f"The host that {field} names could not be looked up; announce again soon.", field=field)


class NotAllowed(OSError):
    """A name stands for no address that may be connected to."""


async def open_connection(
    addresses: Sequence[Address], host: str, port: int, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the addresses that takes one, within :data:`PATIENCE` seconds each.

    Addresses that were looked at are connected to by number: whoever owns the name can't give another in between.

    :param host: the name, which a server with several certificates goes by.

    Raises :class:`OSError` of the last address; :class:`TimeoutError` is one.
    """
    for left in range(len(addresses) - 1, -1, -1):
        try:
            async with asyncio.timeout(PATIENCE if left else None):
                return await asyncio.open_connection(
                    str(addresses[-1 - left]), port, ssl=tls, server_hostname=host if tls else None
                )
        except OSError:
            if not left:
                raise
    raise NotAllowed("no address that may be connected to")


def unverified() -> ssl.SSLContext:
    """TLS with whoever answers. Hosts mostly have certificates of their own making; nothing secret is sent to them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
