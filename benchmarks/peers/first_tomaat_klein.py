"""The first TOMAAT's steps behind what it ran on: Klein and Twisted, a thread for each request, no TLS."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from first_tomaat import predict
from klein import Klein
from twisted.internet import threads

app = Klein()


@app.route("/interface", methods=["GET"])
def interface(request: Any) -> bytes:
    return json.dumps([{"type": "volume", "destination": "image"}]).encode()


@app.route("/predict", methods=["POST"])
def predict_route(request: Any) -> Any:
    return threads.deferToThread(handle, request)


def handle(request: Any) -> bytes:
    fields = {name.decode(): values[0] for name, values in request.args.items()}
    with tempfile.TemporaryDirectory() as folder:
        return json.dumps([predict(fields, Path(folder))]).encode()


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]))
