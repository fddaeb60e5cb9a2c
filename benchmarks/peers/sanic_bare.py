"""A bare Sanic: what HTTP itself costs. No job, no queue, no process of its own for the work."""

from __future__ import annotations

import sys

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json, text

server = Sanic("bare")
server.config.update(REQUEST_MAX_SIZE=4 * 2**30, ACCESS_LOG=False)


@server.get("/healthz")
async def healthz(request: Request) -> HTTPResponse:
    return json({"status": "ok"})


@server.post("/predict")
async def predict(request: Request) -> HTTPResponse:
    form = request.form
    return text(f"{float(form.get('number')):g}" if form else "no number")


@server.post("/upload")
async def upload(request: Request) -> HTTPResponse:
    form = request.form  # its own parser, which has the whole body in memory
    return text(f"{len(form)} fields" if form else "no form")


if __name__ == "__main__":
    server.run("127.0.0.1", int(sys.argv[1]), single_process=True, motd=False, access_log=False)
