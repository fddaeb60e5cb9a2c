"""Where a host is, and which app of it is meant: what people type, and what a registry says."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from tomaat_slicer.errors import ConnectionFailed

LOCAL = ("localhost", "127.0.0.1", "::1")
PORTS = {"http": 80, "https": 443}
ENDINGS = ("/interface", "/predict", "/responses", "/discover", "/announce", "/v1/endpoints", "/v1/apps", "/v1")
"""What follows a host's or an app's address in the URLs that old and new clients use."""


@dataclass(frozen=True)
class Address:
    """A base URL.

    :ivar host: a name or an IP address, IPv6 without brackets.
    :ivar path: what comes before the routes, without a slash at its end; mostly empty.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """``gpu1:9001`` is ``http://gpu1:9001``. Raises :class:`ConnectionFailed` for what is no URL."""
        whole = text.strip() if "://" in text else f"http://{text.strip()}"
        try:
            parts = urlsplit(whole)
            host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
        except (ValueError, UnicodeError):
            parts, host, port = urlsplit(""), "", None
        if (
            parts.scheme not in PORTS
            or not host
            or parts.username
            or parts.query
            or " " in whole
            or not whole.isprintable()
        ):
            raise ConnectionFailed(
                f"{text.strip()!r} is no address of a host. Write it like https://gpu1.example:9001 or "
                "https://gpu1.example:9001/brain."
            )
        path = quote(parts.path.rstrip("/"), safe="/%~")
        return cls(parts.scheme, host, port or PORTS[parts.scheme], path)

    @property
    def netloc(self) -> str:
        """``name:port``, as the known hosts have it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def exposed(self) -> bool:
        """Whether what is sent there crosses a network unencrypted."""
        return self.scheme == "http" and self.host not in LOCAL

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.path}"

    def without_ending(self) -> Address:
        """Without the route, where the URL names one: ``.../brain/predict`` is ``.../brain``."""
        for ending in ENDINGS:
            if self.path.endswith(ending):
                return Address(self.scheme, self.host, self.port, self.path[: -len(ending)]).without_ending()
        return self

    def split_app(self) -> tuple[Address, str | None]:
        """The host of an app's address, and the app's name: the last part of the path."""
        path, slash, app = self.path.rpartition("/")
        parent = Address(self.scheme, self.host, self.port, path).without_ending()
        return parent, app if slash else None
