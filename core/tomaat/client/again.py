"""A job whose connection broke is sent again with the same ``Idempotency-Key``: the host makes one job of both."""

from __future__ import annotations

import httpx

BROKEN = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)
"""What a broken connection raises, where the host may have the job or not."""
PAUSES = (0.3, 1.0, 3.0)
"""Seconds before it is sent again; more than once only while the host still has the first one coming in."""
STILL_COMING = 409
