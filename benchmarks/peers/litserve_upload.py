"""A LitServe server that takes a file in a form, and says how long it is: one worker; telemetry and logs off."""

from __future__ import annotations

import sys

import litserve
from fastapi import Request


class Upload(litserve.LitAPI):
    def setup(self, device: str) -> None:
        pass

    def decode_request(self, request: Request) -> int:
        image = request["image"]
        return len(image if isinstance(image, str) else image.file.read())

    def predict(self, size: int) -> int:
        return size

    def encode_response(self, size: int) -> dict[str, int]:
        return {"bytes": size}


if __name__ == "__main__":
    server = litserve.LitServer(Upload(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
