"""What a route asks of its callers, said where the route is added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic_routing import Route

from tomaat.errors import TomaatError

Shape = Callable[[Request, TomaatError], HTTPResponse]
"""Makes an answer of an error."""


class Need(StrEnum):
    """Who may call a route of a host that asks for keys."""

    NOTHING = "nothing"
    """Anyone: it shows nothing of apps and jobs, or asks for a key of its own."""
    KEY = "key"
    """Whoever has a key: what every route needs that says nothing else."""
    ADMIN = "admin"
    """Whoever has a key that may do everything."""


@contextmanager
def routes_that_need(sanic: Sanic[Any, Any], need: Need) -> Iterator[None]:
    """Have the routes that are added inside ask for this::

    with routes_that_need(host.sanic, Need.NOTHING):
        host.sanic.add_route(about, "/about")
    """
    with _added(sanic) as routes:
        yield
    for route in routes:
        route.ctx.need = need


@contextmanager
def routes_that_answer(sanic: Sanic[Any, Any], shape: Shape, *, anywhere: bool = False) -> Iterator[None]:
    """Have the routes that are added inside answer in a protocol's own shape what is raised before they are called.

    :param anywhere: whether any web page may send forms there, where nobody is asked for a key.
    """
    with _added(sanic) as routes:
        yield
    for route in routes:
        route.ctx.error_shape, route.ctx.anywhere = shape, anywhere


def need_of(request: Request) -> Need:
    """What the request's route asks for; a key, where there is no route."""
    need: Need = Need.KEY if request.route is None else getattr(request.route.ctx, "need", Need.KEY)
    return need


@contextmanager
def _added(sanic: Sanic[Any, Any]) -> Iterator[list[Route]]:
    """Routes that are added inside; the list has them at the end."""
    before = set(map(id, sanic.router.routes))
    added: list[Route] = []
    yield added
    added += [route for route in sanic.router.routes if id(route) not in before]
