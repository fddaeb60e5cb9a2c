"""What the audit log says of a request that is no job."""

from __future__ import annotations

from typing import Any

from sanic import Request

from tomaat.access.permits import caller_of
from tomaat.audit.entry import Action, Entry
from tomaat.host.host import Host
from tomaat.traffic.ids import request_id


def note(host: Host, request: Request, action: Action, **known: Any) -> None:
    """Have the audit log say who has done this.

    :param known: what else :class:`tomaat.audit.entry.Entry` has.
    """
    host.audit.write_soon(Entry(action, caller=caller_of(request).id, request=request_id(request), **known))
