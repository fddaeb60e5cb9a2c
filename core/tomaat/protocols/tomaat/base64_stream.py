"""Decode base64 while it arrives, with or without line breaks."""

from __future__ import annotations

import binascii

import pybase64

from tomaat.errors import InvalidInput

WHITE = b"\r\n\t "
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def is_base64(chunk: bytes) -> bool:
    """Whether the first bytes of a field are base64: no image format starts with that alphabet alone."""
    return not chunk.translate(None, ALPHABET + b"\r\n")


class Base64Decoder:
    """Turns base64 text into bytes, chunk by chunk. Raises :class:`InvalidInput` for anything else."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._rest = b""
        self._padded = False

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that are complete after this chunk."""
        text = self._rest + _without_white(chunk)
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        return self._decode(text[:whole])

    def end(self) -> bytes:
        """What is left; some clients leave the padding away."""
        rest, self._rest = self._rest, b""
        return self._decode(rest + b"=" * (-len(rest) % 4))

    def _decode(self, text: bytes) -> bytes:
        if not text:
            return b""
        try:
            if self._padded:
                raise binascii.Error("text after the padding")
            self._padded = text.endswith(b"=")
            if text.endswith(b"==="):  # pybase64 takes four of them for three zero bytes
                raise binascii.Error("more padding than text")
            return pybase64.b64decode(text, validate=True)
        except binascii.Error:
            raise InvalidInput(f"The field {self._field!r} is no valid base64.", field=self._field) from None


def _without_white(chunk: bytes) -> bytes:
    """Clients break lines with a newline alone; taking only that out is three times as fast as looking for more."""
    text = chunk.replace(b"\n", b"")
    return text.translate(None, WHITE) if any(byte in text for byte in WHITE) else text


class VolumeDecoder:
    """The content of a volume's field: base64 text, or the raw bytes of the file; its first bytes tell which."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._base64: Base64Decoder | None = None
        self._known = False

    def feed(self, chunk: bytes) -> bytes:
        if not self._known and chunk:
            self._known = True
            self._base64 = Base64Decoder(self._field) if is_base64(chunk[:65536]) else None
        return self._base64.feed(chunk) if self._base64 else chunk

    def end(self) -> bytes:
        return self._base64.end() if self._base64 else b""


class TransformDecoder:
    """The content of a transform's field: ``nii.gz``, ``h5`` or ``mat``, a newline, then base64; or a raw file.

    The kind is read from the file itself, so that line only has to be taken off.
    """

    KINDS = (b"nii.gz", b"h5", b"mat")
    LONGEST = 16

    def __init__(self, field: str) -> None:
        self._volume = VolumeDecoder(field)
        self._head: bytes | None = b""

    def feed(self, chunk: bytes) -> bytes:
        if self._head is None:
            return self._volume.feed(chunk)
        self._head += chunk
        if len(self._head) < self.LONGEST:
            return b""
        return self._start()

    def end(self) -> bytes:
        return (self._start() if self._head is not None else b"") + self._volume.end()

    def _start(self) -> bytes:
        head, self._head = self._head or b"", None
        first, newline, rest = head.partition(b"\n")
        return self._volume.feed(rest if newline and first.strip() in self.KINDS else head)
