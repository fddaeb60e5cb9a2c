"""What a request's caller may do, asked where it is done."""

from __future__ import annotations

from sanic import Request

from tomaat.access.caller import Caller
from tomaat.errors import Forbidden


def caller_of(request: Request) -> Caller:
    """Who sends a request. Every request that reaches a handler has a caller."""
    caller: Caller = request.ctx.caller
    return caller


def check_use(request: Request, app: str) -> None:
    """Raise :class:`Forbidden` unless the caller may use this app, whether there is one or not."""
    caller = caller_of(request)
    if not caller.may_use(app):
        apps = ", ".join(sorted(caller.apps)) or "no app"
        others = "The host's administrator makes keys for others."
        raise Forbidden(f"Your key is for {apps}, and not for the app {app!r}. {others}")


def check_weights(request: Request, app: str) -> None:
    """Raise :class:`Forbidden` unless the caller may upload, download and remove weights of this app."""
    check_use(request, app)
    caller = caller_of(request)
    if not (caller.weights or caller.admin):
        raise Forbidden("Your key is not for weights: it takes one that was made with `tomaat keys create --weights`.")


def check_admin(request: Request) -> None:
    """Raise :class:`Forbidden` unless the caller may do everything."""
    if not caller_of(request).admin:
        raise Forbidden("Your key may not do this: it takes an administrator's key.")
