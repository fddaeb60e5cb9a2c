"""The text app as a LitServe server: one worker process, as ours has; telemetry and logs off."""

from __future__ import annotations

import sys

import litserve


class Text(litserve.LitAPI):
    def setup(self, device: str) -> None:
        pass

    def decode_request(self, request: dict[str, float]) -> float:
        return float(request["number"])

    def predict(self, number: float) -> str:
        return f"{number:g}"

    def encode_response(self, answer: str) -> dict[str, str]:
        return {"answer": answer}


if __name__ == "__main__":
    server = litserve.LitServer(Text(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
