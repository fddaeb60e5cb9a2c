"""What an upload costs the host in memory."""

from __future__ import annotations

import base64
import time
from pathlib import Path

from measuring import Figure, benchmark, maps, median, peak_memory, process_tree, reset_peak
from serving import peers_python, running_host, running_peer, scratch
from wire import Connection, Piece, expect, form

SHAPE = (1024, 1024, 512)
BYTES = 2 * SHAPE[0] * SHAPE[1] * SHAPE[2]
"""Of the volume: 1 GiB."""
HEADER = f"""ObjectType = Image
NDims = 3
BinaryData = True
BinaryDataByteOrderMSB = False
CompressedData = False
DimSize = {SHAPE[0]} {SHAPE[1]} {SHAPE[2]}
ElementType = MET_SHORT
ElementDataFile = LOCAL
""".encode()
CHUNK = 2**20
MEGABYTE = 1e6
SMALL = 24
BODY = 128 * 10**6
"""Bytes of a body that LitServe takes, too: it holds it in memory."""


@benchmark(repetitions=1)
def main(repetitions: int) -> list[Figure]:
    """A volume of 1 GiB is uploaded: how much the host's process grows, beside Sanic's own form parser. The host must
    not have torch in its memory either."""
    with scratch() as folder, running_host() as host, running_peer("sanic_bare", "/healthz") as sanic:
        raw, encoded = _volume(folder), _base64(folder)
        v1 = form("/v1/apps/bench-upload/predict", {}, accept="text/plain", image=[raw])
        old = form("/bench-upload/predict", {}, image=[encoded])
        bare = form("/upload", {}, image=[raw])
        pid = host.process.pid
        _grown(host.url, pid, form("/bench-upload/predict", {}, image=[_small(folder)]))  # what it needs once
        rows = [(_grown(host.url, pid, v1), _grown(host.url, pid, old)) for _ in range(repetitions)]
        beside = _grown(sanic.url, sanic.pid, bare)
        torch = maps(pid, "libtorch")
        body = _body(folder)
        part = _grown(host.url, pid, form("/v1/apps/bench-upload/predict", {}, accept="text/plain", image=[body]))
        theirs = _litserve(form("/predict", {}, filename="body.mha", image=[body]))
    peer = "Sanic's form parser"
    return [
        Figure("1 GiB uploaded, v1: host grows", median([row[0] for row in rows]), "MB", peer, beside, limit=50.0),
        Figure("1 GiB uploaded, base64: host grows", median([row[1] for row in rows]), "MB", peer, beside, limit=50.0),
        Figure("libraries of torch in the host", float(torch), "", limit=1.0),
        Figure("128 MB uploaded: host grows, of the body", part * MEGABYTE / BODY, "", "LitServe", theirs, limit=0.2),
    ]


def _grown(url: str, pid: int, request: list[Piece]) -> float:
    """Megabytes between what the process has and the most that it has until the answer is there."""
    before = reset_peak(pid)
    with Connection(url) as connection:
        expect(connection.ask(*request))
    time.sleep(0.1)
    return (peak_memory(pid) - before) / MEGABYTE


def _litserve(request: list[Piece]) -> float | None:
    """By what part of the body LitServe's server grows, with its workers; ``None`` where it is not installed."""
    python = peers_python()
    if python is None:
        return None
    with running_peer("litserve_upload", "/health", python) as peer:
        before = {pid: reset_peak(pid) for pid in process_tree(peer.pid)}
        with Connection(peer.url) as connection:
            expect(connection.ask(*request))
        return sum(peak_memory(pid) - bytes_ for pid, bytes_ in before.items()) / BODY


def _body(folder: Path) -> Path:
    """A volume of zeros that takes so many bytes."""
    path = folder / "body.mha"
    layer = 512 * 512 * 2
    header = HEADER.replace(f"{SHAPE[0]} {SHAPE[1]} {SHAPE[2]}".encode(), f"512 512 {BODY // layer}".encode())
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + BODY // layer * layer)
    return path


def _volume(folder: Path) -> Path:
    """An uncompressed MHA of zeros, which take no room on the disk."""
    path = folder / "volume.mha"
    with path.open("wb") as file:
        file.write(HEADER)
        file.truncate(len(HEADER) + BYTES)
    return path


def _base64(folder: Path) -> Path:
    """The same as the old protocol sends it."""
    path = folder / "volume.base64"
    line = 57  # bytes in a line of encodebytes; a multiple of 3, so pieces of whole lines can be joined
    with path.open("wb") as target, _volume(folder).open("rb") as source:
        while chunk := source.read(line * CHUNK // 64):
            target.write(base64.encodebytes(chunk))
    return path


def _small(folder: Path) -> Path:
    path = folder / "small.mha"
    sizes = f"DimSize = {SMALL} {SMALL} {SMALL}".encode()
    header = HEADER.replace(f"DimSize = {SHAPE[0]} {SHAPE[1]} {SHAPE[2]}".encode(), sizes)
    path.write_bytes(header + bytes(2 * SMALL**3))
    return path


if __name__ == "__main__":
    main()
