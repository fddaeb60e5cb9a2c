"""What an announcement service answers, and what goes wrong on the way to it."""

from __future__ import annotations

from typing import Any

import httpx

from tomaat.client.address import Reaching, host_url, problem, reaching
from tomaat.errors import ConnectionFailed, TomaatError, TryLater

DEFAULT_REGISTRY = "http://127.0.0.1:8001"
"""Where ``tomaat-announce serve`` listens when it is told nothing."""
PROGRAM = "tomaat-announce serve"
ENDPOINTS = "/v1/endpoints"
OLD_ROUTES = ("/announce", "/discover")


def registry_url(url: str) -> str:
    """Where an announcement service's routes begin, though ``url`` may name one of TOMAAT's own."""
    whole = host_url(url)
    for route in OLD_ROUTES:
        whole = whole.removesuffix(route)
    return whole


def reaching_registry(url: str) -> Reaching:
    """Turn what httpx raises inside into :class:`~tomaat.errors.ConnectionFailed`."""
    return reaching(url, PROGRAM)


def is_old(response: httpx.Response) -> bool:
    """Whether a service that answers a route of ours like this may be one of the first TOMAAT."""
    return response.status_code in (404, 405) and not _is_problem(response)


def read(response: httpx.Response, url: str) -> Any:
    """The JSON of an answer that has been read.

    Raises the :class:`~tomaat.errors.TomaatError` that the service's problem names, and
    :class:`~tomaat.errors.ConnectionFailed` for an answer that no announcement service gives.
    """
    if response.is_error:
        raise _error(response, url)
    if response.status_code == 204:
        return {}
    try:
        if response.is_success:
            return response.json()
    except ValueError:
        pass
    raise no_registry(url)


def no_registry(url: str) -> ConnectionFailed:
    """The error for an answer that no announcement service gives."""
    return ConnectionFailed(
        f"What answers at {url} is no announcement service of TOMAAT. Is the address right, port included?"
    )


def _error(response: httpx.Response, url: str) -> TomaatError:
    if _is_problem(response):
        return problem(response, url)
    wait = response.headers.get("Retry-After", "")
    if response.status_code in (429, 503) and wait.isdecimal():
        return TryLater(f"{url} asks to come again in {wait} s.", retry_after=int(wait))
    if response.status_code in (404, 405):
        return no_registry(url)
    answer = f"{response.status_code} {response.reason_phrase}"
    return ConnectionFailed(f"What stands at {url} answers {answer}, and no announcement service would.")


def _is_problem(response: httpx.Response) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("application/problem+json")
