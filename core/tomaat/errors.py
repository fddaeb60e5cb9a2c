"""Every error that TOMAAT raises on purpose, as one tree::

    TomaatError
    ├── RequestError                 the caller can mend it
    │   ├── MalformedRequest    400  the body is not what its headers say
    │   ├── Unauthorized        401  no key, or one that is not known, was revoked or has expired
    │   ├── Forbidden           403  a good key, but not for this
    │   ├── NotFound            404  no such app, job, result or weights
    │   ├── MethodNotAllowed    405  the route is there, but not for this verb
    │   ├── NotAcceptable       406  the result does not come in that format
    │   ├── UploadTimeout       408  the client has stopped sending
    │   ├── Conflict            409  not now: the job is still running, say
    │   ├── TooLarge            413  over a limit of this host
    │   ├── InvalidInput        422  a field holds what the app does not take
    │   └── WeightsMismatch     422  a weights file that the app's network can't take
    ├── TryLater                     nothing is wrong with the request; carries seconds to wait
    │   ├── TooManyRequests     429  more requests than this caller may make
    │   ├── Busy                503  the app's queue is full, or too many uploads come at once
    │   ├── AppBroken           503  the app's workers failed to start again and again
    │   ├── QuotaExceeded       507  no room on the disk for another job
    │   └── Unavailable         503  what the server needs is away: its database, its disk
    ├── JobError                     the job ended without results
    │   ├── JobCancelled        409  by its client, or because its client left
    │   ├── JobTimeout          504  it ran longer than its app may
    │   ├── WorkerDied          500  its process ended: crash, out of memory, kill
    │   ├── WorkerNotStarted    503  the app could not be loaded in a worker
    │   ├── OutOfMemory         500  it needs more memory than its device has
    │   ├── InvalidOutput       500  the app returned what its interface does not say
    │   └── InternalError       500  anything else; carries a reference to the log
    ├── PluginError                  wrong code in a plugin; quarantines it
    │   ├── InvalidInterface
    │   ├── DuplicateName
    │   ├── ManifestError            a manifest that describes no app
    │   └── BrokenEnvironment        an environment whose interpreter or pip fails
    ├── SettingsError                an unknown key, or a value out of range
    └── ConnectionFailed             a client could not reach its host
        └── UntrustedCertificate     nobody vouches for the host's certificate; carries its fingerprint
            └── CertificateChanged   it is not the certificate that was trusted

``detail`` is for the person at the other end: a sentence that says what was expected. It never holds a path
or a stack trace. What only the log should know goes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar


class TomaatError(Exception):
    """Something went wrong that we can name.

    :param detail: a sentence that a person can act on.
    :param field: the input at fault, by its name in the app's interface.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Error"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field

    def as_json(self) -> dict[str, Any]:
        """The error as a job shows it: ``code``, ``detail`` and ``field``."""
        return {"code": self.code, "detail": self.detail, "field": self.field}

    @staticmethod
    def from_json(error: Mapping[str, Any]) -> TomaatError:
        """Rebuild an error from :meth:`as_json`; an unknown code becomes an :class:`InternalError`."""
        kind = next((kind for kind in _tree(TomaatError) if kind.code == error.get("code")), InternalError)
        return kind(str(error.get("detail", "")), field=error.get("field"))


def _tree(kind: type[TomaatError]) -> Iterator[type[TomaatError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)


class RequestError(TomaatError):
    """The caller can mend it."""

    code, status, title = "bad_request", 400, "Bad request"


class MalformedRequest(RequestError):
    """The body is not what its headers say."""

    code, status, title = "malformed_request", 400, "Malformed request"


class Unauthorized(RequestError):
    """No key, or one that is not known, was revoked or has expired."""

    code, status, title = "unauthorized", 401, "Unauthorized"


class Forbidden(RequestError):
    """A good key, but not for this."""

    code, status, title = "forbidden", 403, "Forbidden"


class NotFound(RequestError):
    """No such app, job, result or weights."""

    code, status, title = "not_found", 404, "Not found"


class MethodNotAllowed(RequestError):
    """The route is there, but not for this verb."""

    code, status, title = "method_not_allowed", 405, "Method not allowed"


class NotAcceptable(RequestError):
    """The result does not come in the format that was asked for."""

    code, status, title = "not_acceptable", 406, "Not acceptable"


class UploadTimeout(RequestError):
    """The client has stopped sending in the middle of its request."""

    code, status, title = "upload_timeout", 408, "Upload timeout"


class Conflict(RequestError):
    """Right, but not now."""

    code, status, title = "conflict", 409, "Conflict"


class TooLarge(RequestError):
    """Over a limit of this host."""

    code, status, title = "too_large", 413, "Too large"


class InvalidInput(RequestError):
    """A field holds what the app does not take."""

    code, status, title = "invalid_input", 422, "Invalid input"


class WeightsMismatch(RequestError):
    """A weights file that is damaged, of another format, or made for another network."""

    code, status, title = "weights_mismatch", 422, "Weights do not fit"


class TryLater(TomaatError):
    """Nothing is wrong with the request, but it can't be answered now.

    :param retry_after: seconds after which asking again makes sense.
    """

    code, status, title = "try_later", 503, "Try later"

    def __init__(self, detail: str, *, field: str | None = None, retry_after: int = 5) -> None:
        super().__init__(detail, field=field)
        self.retry_after = retry_after


class TooManyRequests(TryLater):
    """More requests than this caller may make."""

    code, status, title = "too_many_requests", 429, "Too many requests"


class Busy(TryLater):
    """The app's queue is full, or too many uploads come at once.

    :param queue: how many jobs wait for the app, if that is the reason.
    :param limit: how many may.
    """

    code, status, title = "busy", 503, "Busy"

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        retry_after: int = 5,
        queue: int | None = None,
        limit: int | None = None,
    ) -> None:
        super().__init__(detail, field=field, retry_after=retry_after)
        self.queue = queue
        self.limit = limit

    def as_json(self) -> dict[str, Any]:
        """The error, and what there is to know of the queue."""
        counts = {"queue": self.queue, "limit": self.limit} if self.queue is not None else {}
        return super().as_json() | counts


class AppBroken(TryLater):
    """The app's workers failed to start again and again; ``detail`` says why."""

    code, status, title = "app_broken", 503, "App broken"


class QuotaExceeded(TryLater):
    """There is no room on the disk for another job, or would be none after it."""

    code, status, title = "quota_exceeded", 507, "No room"


class Unavailable(TryLater):
    """What the server needs is away: its database, or room on its disk."""

    code, status, title = "unavailable", 503, "Unavailable"


class JobError(TomaatError):
    """The job ended without results."""

    code, title = "job_failed", "Job failed"


class JobCancelled(JobError):
    """Cancelled by its client, or because its client left."""

    code, status, title = "cancelled", 409, "Cancelled"


class JobTimeout(JobError):
    """It ran longer than its app may."""

    code, status, title = "timeout", 504, "Timeout"


class WorkerDied(JobError):
    """Its process ended: a crash, out of memory, a kill."""

    code, title = "worker_died", "Worker died"


class WorkerNotStarted(JobError):
    """The app could not be loaded in a worker."""

    code, status, title = "worker_not_started", 503, "Worker not started"


class OutOfMemory(JobError):
    """It needs more memory than its device has; ``detail`` has both figures where they are known."""

    code, title = "out_of_memory", "Out of memory"


class InvalidOutput(JobError):
    """The app returned what its interface does not say: another type, another grid."""

    code, title = "invalid_output", "Invalid output"


class InternalError(JobError):
    """Anything that nobody expected; ``detail`` carries a reference that the log has too."""

    code, title = "internal_error", "Internal error"


class PluginError(TomaatError):
    """Wrong code in a plugin; the host starts without that plugin and shows the reason."""

    code, title = "plugin_error", "Plugin error"


class InvalidInterface(PluginError, ValueError):
    """An app or an element is declared in a way that no host can serve."""

    code, title = "invalid_interface", "Invalid interface"


class DuplicateName(PluginError):
    """Two plugins register the same name."""

    code, title = "duplicate_name", "Duplicate name"


class ManifestError(PluginError):
    """A manifest that describes no app: an unknown key, a value out of range, no network beside it."""

    code, title = "manifest_error", "Manifest error"


class BrokenEnvironment(PluginError):
    """An environment that can't be made or filled, or whose interpreter does not answer."""

    code, title = "broken_environment", "Broken environment"


class SettingsError(TomaatError):
    """An unknown key, or a value out of range, in a settings file, a variable or an option."""

    code, title = "settings_error", "Settings error"


class ConnectionFailed(TomaatError):
    """A client could not reach its host, or what answered is no TOMAAT host."""

    code, title = "connection_failed", "Connection failed"


class UntrustedCertificate(ConnectionFailed):
    """Nobody vouches for the host's certificate; nothing was sent to it.

    :param fingerprint: its SHA-256, for a person to compare; empty if it could not be looked at.
    :param reason: what OpenSSL says against it.
    """

    code, title = "untrusted_certificate", "Untrusted certificate"

    def __init__(self, detail: str, *, field: str | None = None, fingerprint: str = "", reason: str = "") -> None:
        super().__init__(detail, field=field)
        self.fingerprint = fingerprint
        self.reason = reason


class CertificateChanged(UntrustedCertificate):
    """The host shows another certificate than the one that was trusted; nothing was sent to it."""

    code, title = "certificate_changed", "Certificate changed"
