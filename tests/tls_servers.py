"""Certificates of all kinds, and servers that write down what they are sent."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tomaat.tls.certificate import Certificate
from tomaat.tls.own import own_certificate
from tomaat.tls.server import server_context

NAMES = ("localhost", "127.0.0.1")
GIVEN_NAMES = ("gpu1.example", "*.lab.example")


def new_certificate(folder: Path) -> Certificate:
    """A self-signed certificate for this machine."""
    return own_certificate(folder / "certificate.pem", folder / "key.pem", NAMES)


def write_certificate(
    folder: Path, *, begins: float = -1, ends: float = 10, password: bytes = b"", address: str = "192.0.2.1"
) -> tuple[Path, Path]:
    """Files of a certificate and its key.

    :param begins: days from now.
    :param ends: days from now.
    :param address: that it is for, beside some names.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    names = [*map(x509.DNSName, GIVEN_NAMES), x509.IPAddress(ip_address(address))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    locking = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    folder.mkdir(parents=True, exist_ok=True)
    cert_file, key_file = folder / "certificate.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locking))
    key_file.chmod(0o600)
    return cert_file, key_file


@dataclass
class Recorder:
    """A server that finishes handshakes, and keeps what comes after them.

    :ivar received: what was sent to it inside TLS, or in plain where it has no certificate.
    :ivar contacts: how many connections there were.
    """

    port: int = 0
    received: bytes = b""
    contacts: int = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@contextmanager
def recorder(certificate: Certificate, port: int = 0) -> Iterator[Recorder]:
    """A TLS server with this certificate, which answers nothing."""
    context = server_context(certificate)
    listening = socket.create_server(("127.0.0.1", port))
    recorded = Recorder(port=listening.getsockname()[1])

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                recorded.contacts += 1
                connection.settimeout(5)
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as inside:
                    while chunk := inside.recv(65536):
                        recorded.received += chunk

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield recorded
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


@contextmanager
def connect_proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that passes on what comes through ``CONNECT``, and its list of what it was asked for."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                request = b""
                while b"\r\n\r\n" not in request:
                    request += client.recv(4096)
                asked.append(request)
                host, _, port = request.split()[1].decode().rpartition(":")
                server = socket.create_connection((host, int(port)))
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=copy, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    finally:
        listening.close()


def context_of(certificate: Certificate) -> ssl.SSLContext:
    """A client that trusts the certificate as an authority's, and minds names and dates."""
    return ssl.create_default_context(cafile=certificate.path)


class _Patient(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        received = b""
        with suppress(OSError):
            while b"\r\n\r\n" not in received:
                if not (chunk := self.request.recv(4096)):
                    return
                received += chunk
            self.request.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


class _Curt(socketserver.StreamRequestHandler):
    """Hangs up on what is no line of HTTP."""

    def handle(self) -> None:
        if self.connection.recv(65536).startswith((b"GET ", b"HEAD ")):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@contextmanager
def plain_server(*, patient: bool) -> Iterator[str]:
    """A server of plain HTTP: the address, as if it had TLS.

    :param patient: whether it says nothing before a request is whole, or hangs up at once on what is none.
    """
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Patient if patient else _Curt) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
