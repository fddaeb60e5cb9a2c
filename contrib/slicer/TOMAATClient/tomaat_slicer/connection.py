"""Requests to one server: HTTPS with a trusted or a signed certificate, answers read, errors as sentences."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tomaat_slicer.address import Address
from tomaat_slicer.errors import ConnectionFailed, Refused, Stranger, UntrustedCertificate
from tomaat_slicer.trust import KnownHosts, fingerprint_of

TIMEOUT = 30.0
"""Seconds without a byte after which a connection is given up."""
LONGEST_ANSWER = 64 * 2**20
"""Bytes of JSON."""


class Connection:
    """Asks one server, over a new connection each time: safe to use from several threads.

    :param address: where the routes begin.
    :param known_hosts: whose certificates the person has trusted.
    :param server: what should answer there, for the sentence that says that it does not.
    :param key: what the server's administrator gave; nothing where none is asked for. It is sent to no other server.
    """

    def __init__(self, address: Address, known_hosts: KnownHosts, server: str = "TOMAAT host", key: str = "") -> None:
        self.address = address
        self._known_hosts = known_hosts
        self._server = server
        self._authorization = {"Authorization": f"Bearer {key}"} if key else {}

    def json(self, method: str, path: str) -> Any:
        """The JSON of an answer, ``None`` where it has no body.

        Raises :class:`Refused` with the server's own sentence, and :class:`ConnectionFailed`.
        """
        with self.request(method, path) as response:
            return self.read_json(response)

    @contextmanager
    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Iterable[bytes] = (),
        timeout: float = TIMEOUT,
    ) -> Iterator[http.client.HTTPResponse]:
        """An answer, of whatever status, whose body is not yet read.

        Raises :class:`ConnectionFailed`, also for what goes wrong while the answer is read inside.
        """
        with self._reaching():
            connection = self._open(timeout)
            try:
                connection.putrequest(method, self.address.path + path)
                for name, value in {**self._authorization, **(headers or {})}.items():
                    connection.putheader(name, value)
                connection.endheaders()
                # A host that refuses a form closes while we still send, and its sentence is there to be read.
                with suppress(ConnectionError, ssl.SSLError):
                    for chunk in body:
                        connection.send(chunk)
                yield connection.getresponse()
            finally:
                connection.close()

    def read_json(self, response: http.client.HTTPResponse) -> Any:
        """The JSON of an answer that :meth:`request` gave; raises like :meth:`json`."""
        content = response.read(LONGEST_ANSWER)
        try:
            found = json.loads(content)  # whatever its type is called: the first TOMAAT calls it text/html
        except ValueError:
            found = None
        if response.status >= 400:
            raise self._refusal(response.status, found)
        if response.status >= 300 or (found is None and content):
            raise self.stranger()
        return found

    def _refusal(self, status: int, found: Any) -> ConnectionFailed | Refused:
        if isinstance(found, dict) and "code" in found and "detail" in found:
            return Refused(status, str(found["code"]), str(found["detail"]), found.get("field"))
        if status == 413:
            return ConnectionFailed(f"What stands before {self.address} takes no request of this size (413).")
        if status in (401, 403, 407):
            return ConnectionFailed(f"{self.address} refuses access ({status}).")
        if status in (502, 503, 504):
            return ConnectionFailed(f"What stands before {self.address} can't reach the host ({status}).")
        return self.stranger()

    def stranger(self) -> Stranger:
        """The error for an answer that this module does not know."""
        return Stranger(
            f"What answers at {self.address} is no {self._server}, or one of a version that this module does not know. "
            "Is the address right, port and path included?"
        )

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        """A connection that is made and, with HTTPS, whose certificate is trusted: nothing has been sent yet."""
        host, port = self.address.host, self.address.port
        if self.address.scheme == "http":
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
            connection.connect()
        else:
            known = self._known_hosts.fingerprint(self.address.netloc)
            connection = self._secure(verify=known is None)
            if known is not None and (found := _fingerprint(connection)) != known:
                connection.close()
                raise UntrustedCertificate(self.address.netloc, found, known)
        connection.sock.settimeout(timeout)
        return connection

    def _secure(self, *, verify: bool) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(
            self.address.host, self.address.port, timeout=TIMEOUT, context=_context(verify=verify)
        )
        connection.connect()
        return connection

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turn what goes wrong inside into :class:`ConnectionFailed`."""
        try:
            yield
        except ssl.SSLCertVerificationError:
            raise UntrustedCertificate(self.address.netloc, self._unverified()) from None
        except ssl.SSLError as error:
            raise ConnectionFailed(
                f"No secure connection to {self.address} ({error.reason or 'broken off'}). If the host was not started "
                "with --tls, write http:// in place of https://."
            ) from error
        except (socket.timeout, TimeoutError) as error:
            raise ConnectionFailed(f"{self.address} takes too long to answer. Is the host overloaded?") from error
        except (socket.gaierror, ConnectionRefusedError) as error:
            raise ConnectionFailed(
                f"Nothing can be reached at {self.address} ({error.strerror}). Is the host running there?"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            secure = "" if self.address.scheme == "https" else " If it speaks HTTPS, write https:// before the address."
            raise ConnectionFailed(f"The connection to {self.address} broke.{secure}") from error

    def _unverified(self) -> str:
        """The fingerprint of a certificate that nothing vouches for; nothing is sent."""
        with self._reaching():
            connection = self._secure(verify=False)
            try:
                return _fingerprint(connection)
            finally:
                connection.close()


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:  # the fingerprint is compared instead, before anything is sent
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _fingerprint(connection: http.client.HTTPSConnection) -> str:
    assert isinstance(connection.sock, ssl.SSLSocket)
    return fingerprint_of(connection.sock.getpeercert(binary_form=True) or b"")
