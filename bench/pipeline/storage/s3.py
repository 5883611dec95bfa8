"""A storage backend that is an object in S3, or on a server with the same protocol.

Credentials come from the environment, as Amazon's tools read them, and are never shown. A server
that does not answer is given up after about ten seconds, one that stops answering during an upload
after about twenty-five; each request is tried twice.

Amazon's library has threads that a forked process lacks, so that workers must not be forked.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import urlsplit

from bench.errors import BenchError, ConfigurationError, PipelineError
from bench.pipeline.storage.backend import BackendRequest, unique_name
from bench.pipeline.storage.s3_errors import SILENT, failure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.pipeline.storage.backend import Handle

CONNECT_S, REQUEST_S, ATTEMPTS = 3.0, 4.0, 2
"""Time limits to connect and for an answer, in s, and how often a request is tried."""
_DEFAULT_REGION = "us-east-1"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[\w!.*'()=-]+(/[\w!.*'()=-]+)*", re.ASCII)
_initialised: set[int] = set()
"""Ids of this process or of one it was forked from, once they have started Amazon's library."""


@dataclass(frozen=True)
class S3:
    """An object of a unique name under a prefix of a bucket.

    Removing it may leave an empty entry `prefix/` where there was nothing under the prefix: the
    library creates one, and removing it could remove what others have put there meanwhile.
    """

    name: ClassVar[str] = "s3"
    """Name of the backend."""

    bucket: str
    """Name of the bucket."""
    prefix: str = ""
    """Prefix of the object's key, without a slash at its ends."""
    endpoint: str | None = None
    """URL of the server; None: Amazon's."""
    key: str = field(default_factory=unique_name)
    """Last part of the object's key."""

    @classmethod
    def from_request(cls, request: BackendRequest) -> Self:
        """Return the backend for s3://bucket/prefix, at a server or at Amazon.

        Raises:
            ConfigurationError: bucket, prefix or server are malformed, or a folder is requested.

        """
        request.refuse(cls.name, folder=True)
        bucket, _, prefix = request.rest.partition("/")
        prefix = prefix.removesuffix("/")
        if not _BUCKET.fullmatch(bucket) or (prefix and not _PREFIX.fullmatch(prefix)):
            raise ConfigurationError(
                f"storage: s3 is written s3://bucket/prefix, not s3://{request.rest}: a bucket of "
                "3 to 63 small letters, digits, dots and hyphens; a prefix without spaces, or none"
            )
        endpoint = request.endpoint or next(
            filter(None, map(os.environ.get, ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))), None
        )
        return cls(bucket, prefix, endpoint and _endpoint(endpoint))

    @property
    def start_methods(self) -> tuple[str, ...]:
        """Return the start methods of processes that may open the object: all but fork."""
        return tuple(name for name in multiprocessing.get_all_start_methods() if name != "fork")

    @property
    def path(self) -> str:
        """Return bucket and key."""
        return "/".join(filter(None, (self.bucket, self.prefix, self.key)))

    @property
    def server(self) -> str:
        """Return the name of the server, for messages."""
        return self.endpoint or "Amazon"

    @property
    def _may_be_left(self) -> str:
        return f"s3://{self.path} may be left"

    def put(self, chunks: Iterable[bytes]) -> None:
        """Upload the object; it exists only once it is complete."""
        try:
            with _translated(self, "put", settings_error=ConfigurationError):
                system = _system(self)
                # A request without data notices a silent server twice as fast.
                system.get_file_info(self.path)
                with system.open_output_stream(self.path, compression=None) as stream:
                    for chunk in chunks:
                        stream.write(chunk)
        except _SilentError as error:
            raise PipelineError(f"{error}; {self._may_be_left}") from None
        except BaseException:
            # If the chunks broke, what was uploaded so far has become an object.
            with suppress(BenchError):
                self.remove()
            raise

    def open(self) -> Handle:
        """Open the object."""
        with _translated(self, "opened"):
            return _Object(self, _system(self).open_input_file(self.path))

    def remove(self) -> None:
        """Delete the object."""
        try:
            with _translated(self, "removed", hint=self._may_be_left):
                _system(self).delete_file(self.path)
        except _GoneError:
            return


class _Object:
    """An open object."""

    def __init__(self, backend: S3, file: Any) -> None:
        self._backend = backend
        self._file = file

    def read(self, offset: int, length: int) -> bytes:
        """Return so many bytes from an offset, by one request."""
        with _translated(self._backend, "read"):
            data: bytes = self._file.read_at(length, offset)
        if len(data) < length:
            raise PipelineError(
                f"s3://{self._backend.path} ends after {offset + len(data):,} bytes, before "
                f"{offset + length:,}: was it changed?"
            )
        return data

    def disk_bytes(self) -> None:
        """Return None: the disk is the server's."""

    def close(self) -> None:
        """Close the object."""
        self._file.close()


class _GoneError(PipelineError):
    """There is no such object."""


class _SilentError(PipelineError):
    """The server does not answer."""


@contextmanager
def _translated(
    backend: S3,
    verb: str,
    *,
    settings_error: type[BenchError] = PipelineError,
    hint: str = "",
) -> Iterator[None]:
    """Translate the library's errors to ours. What a server wrote is not quoted: it may hold a key.

    Args:
        backend: the object.
        verb: what is done with it, as a participle.
        settings_error: what to raise where the user's settings are at fault.
        hint: what to add to the message.

    Raises:
        PipelineError: the object is missing, or network or server failed.

    """
    try:
        yield
    except FileNotFoundError:
        raise _GoneError(
            f"s3://{backend.path} at {backend.server} cannot be {verb}: it is not there; was it "
            "removed?"
        ) from None
    except OSError as error:
        failure = failure_of(error)
        parts = (
            f"s3://{backend.path} at {backend.server} cannot be {verb}: {failure.reason}",
            failure.remedy,
            hint,
        )
        message = "; ".join(filter(None, parts))
        if failure.by_settings and issubclass(settings_error, ConfigurationError):
            raise settings_error(f"storage: {message}") from None
        raise (_SilentError if failure is SILENT else PipelineError)(message) from None


def _endpoint(text: str) -> str:
    """Return a server's URL without a slash at its end; it is not quoted if it may hold a password.

    Raises:
        ConfigurationError: it is not the URL of a server.

    """
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host = None, None
        parts = urlsplit("")
    if "@" in text:
        raise ConfigurationError(
            "endpoint_url: a URL holds no user or password; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY instead"
        )
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise ConfigurationError(
            f"endpoint_url: {text!r} is not a server's URL; write http://host:port or https://host"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(
            f"endpoint_url: {text!r} is more than a server; the bucket belongs into s3://bucket/prefix"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _system(backend: S3) -> Any:
    """Return pyarrow's file system for the server, in this process.

    Raises:
        PipelineError: the process was forked from one that had used the library.

    """
    if _initialised and os.getpid() not in _initialised:
        raise PipelineError(
            "forked workers cannot read from s3: its library would hang; start them with "
            "--start spawn"
        )
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    _initialised.add(os.getpid())
    server: dict[str, Any] = {}
    if backend.endpoint:
        scheme, _, host = backend.endpoint.partition("://")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        server = {"scheme": scheme, "endpoint_override": host, "region": region or _DEFAULT_REGION}
    return S3FileSystem(
        connect_timeout=CONNECT_S,
        request_timeout=REQUEST_S,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        # A small object takes one request, and a failed upload leaves no parts.
        allow_delayed_open=True,
        # Otherwise removal would leave an entry for the prefix even where others have objects.
        check_directory_existence_before_creation=True,
        **server,
    )
