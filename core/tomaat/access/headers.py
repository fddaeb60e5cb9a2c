"""What every answer tells a browser, so that what is sent for one page is no use to another."""

from __future__ import annotations

from sanic import Request
from sanic.response import BaseHTTPResponse

from tomaat.access.needs import Need, need_of

FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""A page says itself what it loads; what is no page loads nothing."""


def mark(request: Request, response: BaseHTTPResponse) -> None:
    """Add the headers that an answer lacks."""
    headers = response.headers
    for name, value in FIXED:
        headers.setdefault(name, value)
    if response.status >= 400 or need_of(request) is not Need.NOTHING:
        headers.setdefault("Cache-Control", "no-store")
    if response.status == 401:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="tomaat"')
