"""What is public, and connections that go only where they may."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest

from tomaat.errors import InvalidInput
from tomaat_announce.addresses import NotAllowed, Resolver, is_public, open_connection, require_public

PUBLIC = [
    "8.8.8.8",
    "193.99.144.80",
    "2606:4700:4700::1111",
    "2a00:1450:4001:830::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fd12:3456:789a::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "::ffff:10.1.2.3",
    "::ffff:127.0.0.1",
    "64:ff9b::a01:203",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2002:a01:203::1",
    "2002:7f00:1::1",
    "4000::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_stands_for_this_machine_or_network_is_not(address: str) -> None:
    assert not is_public(ip_address(address))


async def test_a_name_stands_for_its_addresses() -> None:
    assert set(await Resolver().resolve("localhost")) <= {ip_address("127.0.0.1"), ip_address("::1")}


@pytest.mark.parametrize(("written", "meant"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1")])
async def test_an_address_stands_for_itself(written: str, meant: str) -> None:
    assert await Resolver().resolve(written) == [ip_address(meant)]


@pytest.mark.parametrize("disguised", ["127.1", "0x7f.1", "2130706433", "017700000001"])
async def test_an_address_in_disguise_is_found_out(disguised: str) -> None:
    assert await Resolver().resolve(disguised) == [ip_address("127.0.0.1")]


@pytest.mark.parametrize("name", ["no-such-host.invalid", "x" * 64 + ".example", "a..b"])
async def test_a_name_that_is_none_is_said(name: str) -> None:
    with pytest.raises(socket.gaierror):
        await Resolver().resolve(name, 30)


async def test_who_waits_for_its_turn_does_not_wait_longer_than_it_wants() -> None:
    resolver = Resolver(lookups=0)
    with pytest.raises(TimeoutError):
        await resolver.resolve("localhost", 0.05)


async def test_a_lookup_makes_room_for_the_next() -> None:
    resolver = Resolver(lookups=1)
    found = await asyncio.gather(*(resolver.resolve("localhost", 10) for _ in range(5)))
    assert all(addresses == found[0] for addresses in found)


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/interface", "https://[2606:4700::1111]:9001/brain/interface", "http://[::ffff:8.8.8.8]/"]
)
async def test_a_public_url_is_taken(url: str) -> None:
    await require_public(Resolver(), url, "interface_url")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9001/interface",
        "http://LOCALHOST/interface",
        "http://127.0.0.1/interface",
        "http://2130706433/interface",
        "http://[::1]:9001/interface",
        "http://[::ffff:192.168.1.1]/interface",
        "https://10.0.0.7/interface",
        "http://169.254.169.254/latest/meta-data",
    ],
)
async def test_a_url_that_is_not_public_is_refused_by_its_field(url: str) -> None:
    with pytest.raises(InvalidInput, match="in interface_url is not a public address") as raised:
        await require_public(Resolver(), url, "interface_url")
    assert raised.value.field == "interface_url"


async def test_a_connection_needs_an_address_that_is_allowed() -> None:
    with pytest.raises(NotAllowed):
        await open_connection([], "example.org", 80, None)


async def test_where_one_address_does_not_answer_the_next_is_tried() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        addresses = [ip_address("127.0.0.2"), ip_address("127.0.0.1")]  # nobody listens at the first
        reader, writer = await open_connection(addresses, "localhost", port, None)
        assert await reader.read() == b"hello"
        writer.close()
        with pytest.raises(OSError, match=r"refused|failed"):
            await open_connection(addresses[:1], "localhost", port, None)
