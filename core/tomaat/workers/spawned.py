"""A worker by another interpreter: ``python -m tomaat.workers.spawned DESCRIPTOR ASSIGNMENT``.

The descriptor is the process's end of the line to the host, and the assignment is JSON.
"""

from __future__ import annotations

import signal
import socket
import sys

import orjson

from tomaat.workers.assignment import Assignment
from tomaat.workers.process import main

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host, which ends its workers itself
    main(socket.socket(fileno=int(sys.argv[1])), Assignment.from_json(orjson.loads(sys.argv[2])))
