"""What this server is, and the machine that it runs on."""

from __future__ import annotations

import asyncio
import os
import platform
import socket
from importlib.metadata import version
from typing import Any

import psutil
from sanic import HTTPResponse, Request

from tomaat_spleenseg.pfms import answers

NAME = "pfms"
ABOUT = "Spleen segmentation from CT: the API of pfms, answered by TOMAAT."
DISTRIBUTION = "tomaat-spleenseg"


async def about(request: Request) -> HTTPResponse:
    """``GET``: name, purpose, version."""
    return answers.as_json({"name": NAME, "about": ABOUT, "version": version(DISTRIBUTION)})


async def sysinfo(request: Request) -> HTTPResponse:
    """``GET``: the machine, and the query's ``echoBack``."""
    echo = {"msg": str(request.args.get("echoBack", ""))}
    machine = await asyncio.to_thread(_machine)
    return answers.as_json({"name": NAME, "version": version(DISTRIBUTION), "sysinfo": machine, "echoBack": echo})


def _machine() -> dict[str, Any]:
    memory = psutil.virtual_memory()
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "uname": list(platform.uname()),
        "platform": platform.platform(),
        "version": platform.version(),
        "availablememory": memory.available,
        "freememory": memory.free,
        "cpucount": os.cpu_count() or 1,
        "loadavg": list(psutil.getloadavg()),
        "cpu_percent": psutil.cpu_percent(),
        "hostname": socket.gethostname(),
        "inet": _address(),
    }


def _address() -> str:
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:  # a machine may have a name that nobody knows
        return "127.0.0.1"
