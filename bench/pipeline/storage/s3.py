"""A place that is an object in S3, or in a server that speaks its protocol.

Credentials come from the environment, as Amazon's tools read them, and are never shown. A server
that does not answer is given up after about ten seconds, one that falls silent while it is sent to
after about twenty-five; each request is tried twice.

Amazon's library has threads that a forked process lacks: workers are to be started otherwise.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from urllib.parse import urlsplit

from bench.errors import BenchError, ConfigurationError, PipelineError
from bench.pipeline.storage.backend import Wish, unique

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.pipeline.storage.backend import Handle

CONNECT_S, REQUEST_S, ATTEMPTS = 3.0, 4.0, 2
"""How long a connection, and a silence within a request, may last; and how often it is tried."""
_USUAL_REGION = "us-east-1"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[\w!.*'()=-]+(/[\w!.*'()=-]+)*", re.ASCII)
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


class _Kind(NamedTuple):
    """A kind of failure: how its text is known, what to say, and whether it is the settings'."""

    pattern: str
    reason: str
    remedy: str
    setting: bool = True


_NETWORK = "look at the network and the server, then try again"
_SILENT = _Kind(r"curlCode: 28,", "it does not answer", _NETWORK, setting=False)
_KINDS = (
    _Kind(r"curlCode: 6,", "there is no host of that name", "check --endpoint-url and the network"),
    _Kind(
        r"curlCode: 7,",
        "nothing listens there",
        "check the port of --endpoint-url; start the server",
    ),
    _Kind(
        r"curlCode: (35|51|53|58|60|77),",
        "no secure connection came about",
        "check whether --endpoint-url is http:// or https://, and its certificate",
    ),
    _SILENT,
    _Kind(r"curlCode: (18|52|55|56),", "it cut the connection", _NETWORK, setting=False),
    _Kind(
        r"NO_SUCH_BUCKET|NoSuchBucket", "there is no such bucket", "create it, or check its name"
    ),
    _Kind(
        r"status 301|PERMANENT_REDIRECT|PermanentRedirect|AuthorizationHeaderMalformed",
        "the bucket is in another region",
        "set AWS_REGION to the bucket's",
    ),
    _Kind(
        r"SLOW_DOWN|SlowDown|SERVICE_UNAVAILABLE|status 5\d\d|INTERNAL_FAILURE",
        "the server failed",
        _NETWORK,
        setting=False,
    ),
)
_REFUSED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|INVALID_CLIENT_TOKEN_ID|"
    r"UNRECOGNIZED_CLIENT|MISSING_AUTHENTICATION_TOKEN|EXPIRED|InvalidToken|status 40[13]"
)
_initialised: set[int] = set()
"""Processes that this memory has seen start Amazon's library: after a fork, another one."""


@dataclass(frozen=True)
class S3:
    """An object of a unique name under a prefix of a bucket.

    Removing it leaves at most an empty entry `prefix/`, where there was nothing under the prefix:
    the library makes one, and to take it away could take what others put there meanwhile.
    """

    name: ClassVar[str] = "s3"

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    key: str = field(default_factory=unique)

    @classmethod
    def at(cls, wish: Wish) -> Self:
        """Return it under s3://bucket/prefix, at a server or Amazon's."""
        wish.refuse(cls.name, folder=True)
        bucket, _, prefix = wish.rest.partition("/")
        prefix = prefix.removesuffix("/")
        if not _BUCKET.fullmatch(bucket) or (prefix and not _PREFIX.fullmatch(prefix)):
            raise ConfigurationError(
                f"storage: s3 is written s3://bucket/prefix, not s3://{wish.rest}: a bucket of 3 "
                "to 63 small letters, digits, dots and hyphens; a prefix without spaces, or none"
            )
        endpoint = wish.endpoint or next(
            filter(None, map(os.environ.get, ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))), None
        )
        return cls(bucket, prefix, endpoint and _endpoint(endpoint))

    @property
    def starts(self) -> tuple[str, ...]:
        """Return how processes that open it may be started: all ways but fork."""
        return tuple(name for name in multiprocessing.get_all_start_methods() if name != "fork")

    @property
    def path(self) -> str:
        """Return bucket and key."""
        return "/".join(filter(None, (self.bucket, self.prefix, self.key)))

    @property
    def server(self) -> str:
        """Return the server, for people."""
        return self.endpoint or "Amazon"

    @property
    def _left(self) -> str:
        return f"s3://{self.path} may be left"

    def put(self, chunks: Iterable[bytes]) -> None:
        """Upload it; an object is there only once it is whole."""
        try:
            with _told(self, "put", setting=ConfigurationError):
                system = _system(self)
                # With nothing to send, silence is noticed twice as fast.
                system.get_file_info(self.path)
                with system.open_output_stream(self.path, compression=None) as stream:
                    for chunk in chunks:
                        stream.write(chunk)
        except _SilentError as error:
            raise PipelineError(f"{error}; {self._left}") from None
        except BaseException:
            # Where the chunks broke, what was uploaded so far has become an object.
            with suppress(BenchError):
                self.remove()
            raise

    def open(self) -> Handle:
        """Open the object."""
        with _told(self, "opened"):
            return _Object(self, _system(self).open_input_file(self.path))

    def remove(self) -> None:
        """Delete the object."""
        try:
            with _told(self, "removed", hint=self._left):
                _system(self).delete_file(self.path)
        except _GoneError:
            return


class _Object:
    """An object that one process reads in ranges."""

    def __init__(self, place: S3, file: Any) -> None:
        self._place = place
        self._file = file

    def read(self, offset: int, length: int) -> bytes:
        """Return these bytes, by one request."""
        with _told(self._place, "read"):
            data: bytes = self._file.read_at(length, offset)
        if len(data) < length:
            raise PipelineError(
                f"s3://{self._place.path} ends after {offset + len(data):,} bytes, before "
                f"{offset + length:,}: was it changed?"
            )
        return data

    def disk_bytes(self) -> None:
        """Return nothing: the disk is the server's."""

    def close(self) -> None:
        """Close it."""
        self._file.close()


class _GoneError(PipelineError):
    """There is no such object."""


class _SilentError(PipelineError):
    """The server does not answer."""


@contextmanager
def _told(
    place: S3, done: str, *, setting: type[BenchError] = PipelineError, hint: str = ""
) -> Iterator[None]:
    """Tell the library's failures as the user's: settings as one kind of error, others as broken.

    What a server wrote is not quoted: it could hold a key.
    """
    try:
        yield
    except FileNotFoundError:
        raise _GoneError(
            f"s3://{place.path} at {place.server} cannot be {done}: it is not there; was it taken "
            "away?"
        ) from None
    except OSError as error:
        text = str(error)
        kind = next((kind for kind in _KINDS if re.search(kind.pattern, text)), None)
        if kind is None and _REFUSED.search(text):
            kind = _refused()
        if kind is None:
            code = re.search(r"AWS Error (\w+(?: \(HTTP status -?\d+\))?)", text)
            kind = _Kind("", code[1] if code else type(error).__name__, _NETWORK, setting=False)
        parts = (
            f"s3://{place.path} at {place.server} cannot be {done}: {kind.reason}",
            kind.remedy,
            hint,
        )
        told = "; ".join(filter(None, parts))
        if kind.setting and issubclass(setting, ConfigurationError):
            raise setting(f"storage: {told}") from None
        raise (_SilentError if kind is _SILENT else PipelineError)(told) from None


def _refused() -> _Kind:
    """Return why the server gives no access, by whether there are credentials at all."""
    file = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials"
    if Path(file).is_file() or any(os.environ.get(name) for name in _CREDENTIALS):
        return _Kind(
            "",
            "the credentials are not accepted for it",
            "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE, "
            "and that they may read, write, list and delete there",
        )
    return _Kind(
        "",
        "it wants credentials, and none are set",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    )


def _endpoint(text: str) -> str:
    """Return a server's URL, checked; what is wrong is not quoted where it could hold a password.

    Raises:
        ConfigurationError: it is no URL of a server.

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
            f"endpoint_url: {text!r} is no server's URL; write http://host:port or https://host"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(
            f"endpoint_url: {text!r} is more than a server; the bucket belongs into s3://bucket/prefix"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _system(place: S3) -> Any:
    """Return a connection of this process; the library ends by itself when the process does.

    Raises:
        PipelineError: the process was forked off one that has used the library.

    """
    if _initialised and os.getpid() not in _initialised:
        raise PipelineError(
            "workers that are forked cannot read from s3: its library would hang; start them with "
            "--start spawn"
        )
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    _initialised.add(os.getpid())
    where: dict[str, Any] = {}
    if place.endpoint:
        scheme, _, host = place.endpoint.partition("://")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        where = {"scheme": scheme, "endpoint_override": host, "region": region or _USUAL_REGION}
    return S3FileSystem(
        connect_timeout=CONNECT_S,
        request_timeout=REQUEST_S,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        # A small object takes one request, and one that breaks leaves no parts.
        allow_delayed_open=True,
        # Else removing would leave an entry for the prefix even where others have objects.
        check_directory_existence_before_creation=True,
        **where,
    )
