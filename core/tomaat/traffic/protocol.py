"""HTTP on a connection, where each request is counted from its head to the end of its answer."""

from __future__ import annotations

import time
from typing import Any

from sanic import Request, Sanic
from sanic.response import BaseHTTPResponse

from tomaat.logs.about import now_about
from tomaat.traffic.access_log import log_request
from tomaat.traffic.answered import Answered, Beginner, Watcher, method_of, route_of
from tomaat.traffic.ids import HEADER, request_id
from tomaat.traffic.patience import PatientProtocol

LEFT = 499
"""The status of a request whose client left before the answer, as nginx calls it."""


class WatchedProtocol(PatientProtocol):
    """HTTP, for ``Sanic.run(protocol=...)`` of a server that :func:`watch_requests` was called for."""

    __slots__ = ("_beginners", "_received", "_sent", "_watchers")  # Sanic's metaclass gives a class none of its own

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._beginners: list[Beginner] = self.app.ctx.beginners
        self._watchers: list[Watcher] = self.app.ctx.watchers
        self._received = self._sent = 0
        self.request_handler = self._handle

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    async def send(self, data: bytes) -> None:
        self._sent += len(data)
        await super().send(data)

    async def _handle(self, request: Request) -> None:
        begun, clock = time.time(), time.perf_counter()
        received, sent = self._received - len(self.recv_buffer), self._sent
        known = request_id(request)
        now_about(request=known)
        request.ctx.watched = True
        for beginner in self._beginners:
            beginner(request)
        try:
            await self.app.handle_request(request)
        finally:
            _tell(
                self._watchers,
                request,
                status=getattr(request.ctx, "status", LEFT),
                begun=begun,
                seconds=time.perf_counter() - clock,
                received=self._received - received - len(self.recv_buffer),
                sent=self._sent - sent,
            )


def watch_requests(sanic: Sanic[Any, Any]) -> list[Watcher]:
    """Give each answer of a server its request's id, and tell watchers of each; returns them, the log being one."""
    watchers: list[Watcher] = [log_request]
    sanic.ctx.beginners, sanic.ctx.watchers = [], watchers

    async def identify(request: Request, response: BaseHTTPResponse) -> None:
        response.headers[HEADER] = request_id(request)
        request.ctx.status = response.status
        if not hasattr(request.ctx, "watched"):  # what is no HTTP never reaches a handler
            _tell(watchers, request, status=response.status, begun=time.time(), seconds=0.0, received=0, sent=0)

    sanic.register_middleware(identify, "response")
    return watchers


def _tell(watchers: list[Watcher], request: Request, **measured: Any) -> None:
    caller = getattr(request.ctx, "caller", None)
    answered = Answered(
        request=request_id(request),
        method=method_of(request),
        route=route_of(request),
        caller=caller.id if caller else "",
        context=request.ctx,
        **measured,
    )
    for watcher in watchers:
        watcher(answered)
