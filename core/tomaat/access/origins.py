"""Which names a host answers to, and which web pages may call it."""

from __future__ import annotations

from urllib.parse import urlsplit

from sanic import HTTPResponse, Request
from sanic.response import BaseHTTPResponse

from tomaat.access.loopback import is_loopback
from tomaat.errors import Forbidden
from tomaat.settings import Settings

ANY = "*"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED = "Content-Disposition, Content-Range, ETag, Location, Retry-After, Server-Timing, X-Job-Id, X-Request-Id"
"""Headers of answers that scripts of other pages may read, beside those that all may."""
METHODS = "GET, HEAD, POST, PUT, DELETE"
HEADERS = "Accept, Authorization, Content-Type, Idempotency-Key, Range, X-API-Key, X-Request-Id"
AGE = "600"
"""Seconds for which a browser need not ask again what it may do."""


class Names:
    """The names in ``Host`` headers that a host answers to.

    A name of somebody else's may lead to this machine. A page of that name would then be, to a browser on this machine,
    of the same origin as the host, and could do all that its user can.

    :param guarded: whether only this machine can reach the host, and nobody is asked for a key.
    """

    def __init__(self, settings: Settings, *, guarded: bool) -> None:
        given = _split(settings.allowed_hosts)
        own = [urlsplit(settings.public_url).hostname or ""] if settings.public_url else []
        self._allowed = frozenset(name.lower() for name in (*given, *own))
        self._checked = guarded or bool(given)

    def check(self, request: Request) -> None:
        """Raise :class:`Forbidden` for a name that is not this host's."""
        if not self._checked:
            return
        said = request.headers.get("host", "")
        name = _name_of(said)
        if said and not is_loopback(name) and name not in self._allowed:
            raise Forbidden(
                f"This host does not answer to the name {name!r}. If it is its own, start it with "
                f"--allowed-hosts {name}, or --public-url."
            )


class Origins:
    """The web pages whose scripts may call a host: its own, and those of ``cors_origins``."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in _split(settings.cors_origins))
        self._public = urlsplit(settings.public_url).netloc.lower()

    def check(self, request: Request) -> None:
        """Raise :class:`Forbidden` where another page's script changes something in its reader's name: browsers let
        it send a form to any host, though not read the answer."""
        if not self._allows(request.headers.get("origin", "").lower()) and self._is_foreign(request):
            raise Forbidden("A web page of another origin may not do this here; the setting cors_origins allows one.")

    def check_own(self, request: Request) -> None:
        """:meth:`check`, also for the pages of ``cors_origins``: to a browser, another port of this machine and another
        machine of the same domain are no reason to keep the cookie back."""
        if self._is_foreign(request):
            raise Forbidden("A web page of another origin may not do this here; it can send a key in a header.")

    def _is_foreign(self, request: Request) -> bool:
        origin = request.headers.get("origin", "").lower()
        if not origin or request.method in SAFE:
            return False
        there = urlsplit(origin).netloc
        return not there or there not in (request.headers.get("host", "").lower(), self._public)

    def preflight(self, request: Request) -> HTTPResponse | None:
        """The answer to a browser that asks whether a page may call; ``None`` for what is no such question."""
        asks = request.method == "OPTIONS" and "access-control-request-method" in request.headers
        if not asks or not self._allows(request.headers.get("origin", "").lower()):
            return None
        allowed = {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": AGE,
        }
        return HTTPResponse(status=204, headers=allowed)

    def mark(self, request: Request, response: BaseHTTPResponse) -> None:
        """Let the page read the answer, if it is one of those that may."""
        if not self._allowed:
            return
        if ANY not in self._allowed:
            vary = response.headers.get("vary")
            response.headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
        origin = request.headers.get("origin", "")
        if origin and self._allows(origin.lower()):
            response.headers.setdefault("Access-Control-Allow-Origin", ANY if ANY in self._allowed else origin)
            response.headers.setdefault("Access-Control-Expose-Headers", EXPOSED)

    def _allows(self, origin: str) -> bool:
        return ANY in self._allowed or origin in self._allowed


def _name_of(host: str) -> str:
    """The name in a ``Host`` header, without its port."""
    bracketed = host.startswith("[")
    return (host.partition("]")[0] if bracketed else host.partition(":")[0]).strip("[").rstrip(".").lower()


def _split(text: str) -> list[str]:
    return [each for part in text.split(",") if (each := part.strip())]
