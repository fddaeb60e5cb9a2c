"""The host's own keys, as a plugin of the host; it is asked after all others."""

from __future__ import annotations

from sanic import Request

from tomaat.access.caller import Caller
from tomaat.access.guard import Guard
from tomaat.access.sessions import COOKIE
from tomaat.errors import TomaatError, Unauthorized
from tomaat.keys.secret import hash_of, key_in
from tomaat.markers import hookimpl


@hookimpl(trylast=True)
async def tomaat_authenticate(request: Request) -> Caller | None:
    guard: Guard = request.app.ctx.guard
    if key := request.ctx.path_key or key_in(request.headers):
        caller = guard.keyring.fresh(hash_of(key)) or await guard.keyring.caller(key, request.client_ip)
        request.ctx.by_key = True
        return caller
    session = request.cookies.get(COOKIE) if "cookie" in request.headers else None
    if not session:
        return None
    if (digest := guard.sessions.digest(session)) is None:
        raise Unauthorized("Your session is over; log in again.")
    request.ctx.by_key = request.ctx.by_cookie = True
    return await guard.keyring.caller_of_digest(digest, request.client_ip)


async def is_over(request: Request) -> bool:
    """Whether a request that takes long came with a key or a session which is good no more."""
    if not getattr(request.ctx, "by_key", False):
        return False
    try:
        await tomaat_authenticate(request)
    except Unauthorized:
        return True
    except TomaatError:  # the database is away: nobody knows
        return False
    return False
