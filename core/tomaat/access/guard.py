"""What stands before all routes of a host: who calls, by which name, from which page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import BaseHTTPResponse

from tomaat.access import headers
from tomaat.access.caller import ANYONE, NOBODY, Caller
from tomaat.access.keyring import Keyring
from tomaat.access.loopback import is_loopback
from tomaat.access.needs import Need, need_of
from tomaat.access.origins import Names, Origins
from tomaat.access.permits import check_admin
from tomaat.access.sessions import Sessions
from tomaat.database import Database
from tomaat.errors import Unauthorized
from tomaat.keys.secret import hash_of
from tomaat.settings import Settings

NEEDED = (
    "This host asks for a key: send it as Authorization: Bearer KEY, or keep it with `tomaat login`. The host's "
    "administrator makes one with `tomaat keys create`."
)


class Guard:
    """Says who sends each request, as ``request.ctx.caller``, and refuses those who may not.

    :param hooks: gives the hooks as they are now.
    :ivar asks: whether a key is asked for.
    :ivar local: whether only this machine can reach the host.
    :ivar keyring: the keys of this host.
    :ivar sessions: of browsers whose user has given a key.
    """

    def __init__(self, settings: Settings, database: Database, hooks: Callable[[], Any]) -> None:
        self.keyring = Keyring(database)
        self.sessions = Sessions()
        self._settings = settings
        self._hooks = hooks
        self._origins = Origins(settings)
        self.listens_at(settings.host)

    def listens_at(self, address: str) -> None:
        """Decide whether keys are asked for, by the address that the host listens on."""
        settings = self._settings
        self.local = is_loopback(address)
        self.asks = settings.require_keys or not (settings.insecure or self.local)
        self._names = Names(settings, guarded=self.local and not self.asks and not settings.insecure)

    def stand_before(self, sanic: Sanic[Any, Any]) -> None:
        """Have all routes of a server guarded, also those that are added later."""
        sanic.ctx.guard = self
        sanic.config.PATH_KEYS = self._settings.path_keys

        # Before the middleware Sanic would read the whole body of a request that is then refused.
        async def routed(request: Request, **_: Any) -> None:
            await self._admit(request)

        async def not_routed(request: Request) -> HTTPResponse | None:
            if hasattr(request.ctx, "caller"):
                return None
            request.ctx.caller = NOBODY
            if (answer := self._origins.preflight(request)) is not None:
                return answer
            await self._admit(request)
            return None

        async def answered(request: Request, response: BaseHTTPResponse) -> None:
            headers.mark(request, response)
            self._origins.mark(request, response)

        sanic.add_signal(routed, "http.routing.after")
        sanic.register_middleware(not_routed, "request")
        sanic.register_middleware(answered, "response")

    async def _admit(self, request: Request) -> None:
        """Say who calls. Raises :class:`Unauthorized`, :class:`Forbidden` and what authenticating raises."""
        request.ctx.caller = NOBODY
        self._names.check(request)
        if not self.asks:
            if not getattr(request.route and request.route.ctx, "anywhere", False):
                self._origins.check(request)
            request.ctx.caller = ANYONE
            return
        need = need_of(request)
        if need is Need.NOTHING or request.method == "OPTIONS":
            return
        caller = await self.authenticate(request)
        if caller is None:
            raise Unauthorized(NEEDED)
        if getattr(request.ctx, "by_cookie", False):  # which a browser sends by itself, whoever asks it to
            self._origins.check_own(request)
        request.ctx.caller = caller
        if need is Need.ADMIN:
            check_admin(request)

    async def authenticate(self, request: Request) -> Caller | None:
        """Who sends a request, as the first of the ``tomaat_authenticate`` hooks knows; ``None`` if none does."""
        found: Caller | None = None
        for answer in self._hooks().tomaat_authenticate(request=request):
            if not inspect.iscoroutine(answer):
                found = found or answer
            elif found is not None:
                answer.close()
            else:
                found = await answer
        return found

    async def begin_session(self, request: Request, key: str) -> str:
        """A session for a browser, in the place of a key; :func:`~tomaat.access.sessions.put_cookie` has it kept.

        Raises :class:`Forbidden` where a page of another origin asks, and what :meth:`Keyring.caller` raises.
        """
        self._origins.check_own(request)
        await self.keyring.caller(key, request.client_ip)
        return self.sessions.begin(hash_of(key))

    def end_session(self, request: Request, session: str) -> None:
        """Let a session be good no more. Raises :class:`Forbidden` where a page of another origin asks."""
        self._origins.check_own(request)
        self.sessions.end(session)

    def is_secure(self, request: Request) -> bool:
        """Whether a browser speaks HTTPS, if only to a proxy before this host."""
        by_proxy = request.headers.get("origin", "").lower().startswith("https://")
        return self._settings.https or request.scheme == "https" or by_proxy
