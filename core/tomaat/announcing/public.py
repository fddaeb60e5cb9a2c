"""Where others reach this host. No foreign service is asked for it: that would tell it of this host."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Address:
    """Where others reach a host.

    :ivar url: without a slash at its end.
    :ivar doubt: why that may be wrong, as a sentence; empty where the settings say it.
    """

    url: str
    doubt: str = ""


def address_of(public_url: str, listening: str) -> Address:
    """Where others reach the host that listens at the URL ``listening``, and that the settings call ``public_url``."""
    if public_url:
        return Address(public_url.rstrip("/"))
    parts = urlsplit(listening)
    address = ipaddress.ip_address(parts.hostname or "")
    if address.is_unspecified:
        name = socket.gethostname()
        url = f"{parts.scheme}://{name}:{parts.port}"
        return Address(url, f"this host is announced as {url}; if others know it by another name, set public_url")
    if address.is_loopback:
        return Address(
            listening, f"this host is announced as {listening}, which only this machine reaches; set host or public_url"
        )
    return Address(listening)


def loopback(listening: str) -> str:
    """Where a host that listens at the URL ``listening`` reaches itself."""
    return listening.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def on_this_machine(url: str) -> bool:
    """Whether a URL names a loopback address, so that whoever finds it there is on this machine, too."""
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
