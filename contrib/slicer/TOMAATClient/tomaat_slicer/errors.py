"""What can go wrong, as sentences for a person in front of Slicer.

::

    ClientError
    ├── ConnectionFailed        nobody there, or nobody who speaks this API
    │   ├── Stranger                somebody is there, and it is no TOMAAT
    │   └── UntrustedCertificate    the person may trust it
    ├── Refused                 the host's own sentence
    ├── InvalidValue            a field of the form
    ├── JobFailed               the host's own sentence, of a job that ended without results
    └── Cancelled               as the person asked
"""

from __future__ import annotations


class ClientError(Exception):
    """The root of them all; ``detail`` is the sentence, ``field`` the input at fault or ``None``."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class ConnectionFailed(ClientError):
    """The host can't be reached, or what answers is no TOMAAT host."""


class Stranger(ConnectionFailed):
    """What answers does not speak this API."""


class UntrustedCertificate(ConnectionFailed):
    """Nothing vouches for the host's certificate. Nothing was sent.

    :ivar host: ``name:port``, as the known hosts have it.
    :ivar fingerprint: SHA-256 of the certificate, upper case, colons between the bytes.
    :ivar known: the fingerprint that this host had before; ``None`` at the first contact.
    """

    def __init__(self, host: str, fingerprint: str, known: str | None = None) -> None:
        if known is None:
            detail = (
                f"The certificate of {host} is not signed by an authority that this computer knows. "
                f"Compare its fingerprint with the one that the host printed when it was started: {fingerprint}"
            )
        else:
            detail = (
                f"The certificate of {host} is another one than before, and nothing was sent. Either the host has a "
                "new certificate, or somebody else answers in its place: ask who runs it. "
                f"It was {known} and is {fingerprint}"
            )
        super().__init__(detail)
        self.host = host
        self.fingerprint = fingerprint
        self.known = known


class Refused(ClientError):
    """The host answered with an error.

    :ivar status: of HTTP.
    :ivar code: the stable name of the error, such as ``invalid_input``.
    """

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail, field)
        self.status = status
        self.code = code


class InvalidValue(ClientError):
    """A field of the form is missing, or holds what the app does not take."""


class JobFailed(ClientError):
    """The job ended without results."""


class Cancelled(ClientError):
    """The person stopped it."""

    def __init__(self) -> None:
        super().__init__("It was cancelled.")
