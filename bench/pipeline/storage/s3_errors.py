"""What failed where the S3 library raises, from the text of its error."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables that name credentials."""


class Failure(NamedTuple):
    """A kind of failure."""

    pattern: str
    """Regular expression that the library's message matches."""
    reason: str
    """What happened, for the user."""
    remedy: str
    """What the user can do."""
    by_settings: bool = True
    """Whether the user's settings are at fault, rather than the network or the server."""


_NETWORK = "look at the network and the server, then try again"
SILENT = Failure(r"curlCode: 28,", "it does not answer", _NETWORK, by_settings=False)
"""The server does not answer in time."""
_FAILURES = (
    Failure(
        r"curlCode: 6,", "there is no host of that name", "check --endpoint-url and the network"
    ),
    Failure(
        r"curlCode: 7,",
        "nothing listens there",
        "check the port of --endpoint-url; start the server",
    ),
    Failure(
        r"curlCode: (35|51|53|58|60|77),",
        "no secure connection was possible",
        "check whether --endpoint-url is http:// or https://, and its certificate",
    ),
    SILENT,
    Failure(r"curlCode: (18|52|55|56),", "it cut the connection", _NETWORK, by_settings=False),
    Failure(
        r"NO_SUCH_BUCKET|NoSuchBucket", "there is no such bucket", "create it, or check its name"
    ),
    Failure(
        r"status 301|PERMANENT_REDIRECT|PermanentRedirect|AuthorizationHeaderMalformed",
        "the bucket is in another region",
        "set AWS_REGION to the bucket's",
    ),
    Failure(
        r"SLOW_DOWN|SlowDown|SERVICE_UNAVAILABLE|status 5\d\d|INTERNAL_FAILURE",
        "the server failed",
        _NETWORK,
        by_settings=False,
    ),
)
_REFUSED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|INVALID_CLIENT_TOKEN_ID|"
    r"UNRECOGNIZED_CLIENT|MISSING_AUTHENTICATION_TOKEN|EXPIRED|InvalidToken|status 40[13]"
)


def failure_of(error: OSError) -> Failure:
    """Return the failure that an error of the library describes."""
    text = str(error)
    for failure in _FAILURES:
        if re.search(failure.pattern, text):
            return failure
    if _REFUSED.search(text):
        return _refusal()
    code = re.search(r"AWS Error (\w+(?: \(HTTP status -?\d+\))?)", text)
    return Failure("", code[1] if code else type(error).__name__, _NETWORK, by_settings=False)


def _refusal() -> Failure:
    """Return why the server refuses access: wrong credentials, or none."""
    file = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials"
    if Path(file).is_file() or any(os.environ.get(name) for name in _CREDENTIALS):
        return Failure(
            "",
            "the credentials are not accepted for it",
            "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE, "
            "and that they may read, write, list and delete there",
        )
    return Failure(
        "",
        "it needs credentials, and none are set",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    )
