"""Ask a URL's ``/healthz`` every 10 ms until the input ends; then print the seconds of each answer as JSON.

A process of its own: in the client's, it would wait for the client's threads, and not for the server.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from wire import Connection, expect, get

INTERVAL = 0.01


def main() -> None:
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    seconds = []
    with Connection(sys.argv[1]) as connection:
        while not over.is_set():
            begun = time.perf_counter()
            expect(connection.ask(get("/healthz")))
            seconds.append(time.perf_counter() - begun)
            time.sleep(max(0.0, INTERVAL - seconds[-1]))
    sys.stdout.write(json.dumps(seconds))


if __name__ == "__main__":
    main()
