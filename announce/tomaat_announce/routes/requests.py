"""What a request says: its body, its key, its filters."""

from __future__ import annotations

from typing import Any, cast

import orjson
from sanic import Request
from sanic.exceptions import PayloadTooLarge
from sanic.http import Http

from tomaat.errors import InvalidInput, MalformedRequest, TooLarge, Unauthorized
from tomaat.keys.secret import key_in
from tomaat_announce.listing import FACETS, Filter

MOST = 1000
"""Endpoints of one page."""
DIGITS = 20
"""Of a number in a query."""
DISCARDED = 16 * 2**20
"""Bytes of a body that is too large which are read all the same: most clients read no answer before they have sent all,
and would only see that they were hung up on."""
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


async def read_json(request: Request, limit: int) -> dict[str, Any]:
    """The object in the body, whatever the content type says: old clients send none.

    Raises :class:`~tomaat.errors.TooLarge`, and :class:`~tomaat.errors.MalformedRequest` for what is no JSON object.
    """
    too_large = TooLarge(f"An announcement may have {limit:,} bytes.")
    body, stream = bytearray(), cast(Http, request.stream)
    stream.request_max_size = max(limit, DISCARDED)
    try:
        while chunk := await stream.read():
            if len(body) <= limit:
                body += chunk
    except PayloadTooLarge:
        raise too_large from None
    if len(body) > limit:
        raise too_large
    try:
        json = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedRequest("The body must be JSON, in UTF-8.") from None
    if not isinstance(json, dict):
        raise MalformedRequest('The body must be a JSON object, such as {"name": "brain", ...}.')
    return json


def key_of(request: Request, json: dict[str, Any] | None = None) -> str:
    """The key that a request carries: as a bearer token, as ``X-API-Key`` or in the body.

    Raises :class:`~tomaat.errors.Unauthorized` if it has none.
    """
    key = key_in(request.headers) or (json or {}).get("api_key") or ""
    if not isinstance(key, str) or not key:
        raise Unauthorized("A key is needed: send it as Authorization: Bearer KEY. The administrator has keys.")
    return key


def filter_of(request: Request) -> Filter:
    """The filter that the query asks for. Raises :class:`~tomaat.errors.InvalidInput`."""
    alive = request.args.get("alive")
    if alive is not None and alive.lower() not in BOOLEANS:
        raise InvalidInput("'alive' must be true or false.", field="alive")
    texts = {name: request.args.get(name) for name in (*FACETS, "text")}
    for name, text in texts.items():
        if text is not None and (len(text) > 200 or "\x00" in text):
            raise InvalidInput(f"{name!r} is too long, or no text.", field=name)
    return Filter(**texts, alive=None if alive is None else BOOLEANS[alive.lower()])


def number_of(request: Request, name: str, default: int, most: int) -> int:
    """A whole number of the query. Raises :class:`~tomaat.errors.InvalidInput`."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > DIGITS or int(text) > most:
        raise InvalidInput(f"{name!r} must be a whole number, at most {most}.", field=name)
    return int(text)
