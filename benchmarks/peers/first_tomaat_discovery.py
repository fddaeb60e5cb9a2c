"""How the first TOMAAT's announcement service did it: a list in memory, scanned for each announcement, copied and
encoded whole for each discovery. On Sanic instead of Klein, and with the keys in memory instead of in a JSON file that
is read for each announcement, so that it is the way which is measured, and nothing around it. And with a lock: TOMAAT's
threads changed the list under each other, which at this load ends in an error soon.

Its arguments are the port, and how many services have announced themselves already.
"""

from __future__ import annotations

import asyncio
import copy
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from sanic import HTTPResponse, Request, Sanic

LIFETIME = 3600
services: list[dict[str, Any]] = []
keys: list[dict[str, str]] = []
lock = threading.Lock()
sanic: Sanic[Any, Any] = Sanic("first-tomaat-discovery")


def fill(count: int) -> None:
    for number in range(count):
        keys.append({"api_key": f"{number:064x}"})
        services.append(
            {
                "api_key": f"{number:064x}",
                "prediction_url": f"https://host{number // 10}.example:9001/app{number}/predict",
                "interface_url": f"https://host{number // 10}.example:9001/app{number}/interface",
                "name": f"App {number}",
                "modality": ("CT", "MR", "US", "XR", "PET")[number % 5],
                "anatomy": "spleen" if number < 100 else f"organ {number % 200}",
                "task": "segmentation",
                "description": "A network that finds an organ in a volume and labels it, voxel by voxel.",
                "creation_time": time.time(),
            }
        )


def add(message: dict[str, Any]) -> bytes:
    found = [key for key in keys if key["api_key"] == message["api_key"]]
    if not found:
        return json.dumps({"status": 1, "error": "not recognized"}).encode()
    old = None
    for index in range(len(services)):
        if services[index]["api_key"] == message["api_key"]:
            old = index
    if old is not None:
        del services[old]
    message["creation_time"] = time.time()
    services.append(message)
    return json.dumps({"status": 0, "error": ""}).encode()


def listed() -> bytes:
    found = []
    for service in services:
        if time.time() - service["creation_time"] < LIFETIME:
            shown = copy.deepcopy(service)
            shown["SID"] = shown["api_key"][:7]
            shown["api_key"] = ""
            found.append(shown)
    return json.dumps(found).encode()


def locked(work: Callable[..., bytes], *arguments: Any) -> bytes:
    with lock:
        return work(*arguments)


@sanic.post("/announce")
async def announce(request: Request) -> HTTPResponse:
    answer = await asyncio.to_thread(locked, add, json.loads(request.body))
    return HTTPResponse(answer, content_type="application/json")


@sanic.get("/discover")
async def discover(request: Request) -> HTTPResponse:
    return HTTPResponse(await asyncio.to_thread(locked, listed), content_type="application/json")


@sanic.get("/ready")
async def ready(request: Request) -> HTTPResponse:
    return HTTPResponse(b"")


if __name__ == "__main__":
    fill(int(sys.argv[2]))
    sanic.config.REQUEST_TIMEOUT = sanic.config.RESPONSE_TIMEOUT = 600
    sanic.run("127.0.0.1", int(sys.argv[1]), single_process=True, motd=False, access_log=False)
