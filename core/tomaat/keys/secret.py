"""A key as text: what is stored of it, and where a request carries it."""

from __future__ import annotations

import hashlib

from multidict import CIMultiDict


def hash_of(key: str) -> str:
    """What is stored of a key: its SHA-256, in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()  # a header may hold any bytes


def key_in(headers: CIMultiDict[str]) -> str:
    """The key in a request's headers, as a bearer token or as ``X-API-Key``; empty if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()
