"""What comes to the lab's server is of this machine and of the lab's own page, or is refused.

A browser lets any page send requests to 127.0.0.1, under any name that its owner has made point
there. marimo asks for a token, and neither who asks nor by which name.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
    Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""By which the lab may be called."""
INSTANCE = "/lab/instance"
"""Where a page asks which process it talks to."""
ENTRANCE = "/lab/open/"
"""What the address begins with that opens the lab once."""

_POLICY_VIOLATION = 1008
_OWN_SITES = {b"same-origin", b"none"}
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_NOT_KEPT = (b"cache-control", b"no-store")


class Guard:
    """An ASGI application before another one, which sees only what may come in."""

    def __init__(self, application: Application, port: int, token: str) -> None:
        """Take what is guarded.

        Args:
            application: takes all that is not refused.
            port: at which it is served.
            token: what the application asks for, in the query `access_token`.

        """
        self._application = application
        self._token = token
        self._hosts = {f"{name}:{port}".encode() for name in NAMES}
        self._origins = {b"http://" + host for host in self._hosts}
        self._refusal = (
            f"This lab answers at http://{NAMES[0]}:{port}/ only, and to its own page. Open the "
            "address that the terminal shows, or start it again with: nox -s lab\n"
        )
        self._headers = _protecting(port)
        self._instance = secrets.token_urlsafe(12)
        self._pass: str | None = secrets.token_urlsafe(24)

    @property
    def entrance(self) -> str:
        """The path that opens the lab once, for the arguments of a browser, which all users see."""
        return f"{ENTRANCE}{self._pass}"

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, pass it on, or refuse it."""
        if scope["type"] == "websocket":
            if self._may(scope):
                await self._application(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        elif scope["type"] == "http":
            await self._http(scope, receive, self._protected(send))
        else:
            await self._application(scope, receive, send)

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if not self._may(scope):
            await _answer(send, 403, self._refusal, [_PLAIN])
        elif path == INSTANCE:
            body = json.dumps({"instance": self._instance})
            kind = (b"content-type", b"application/json")
            await _answer(send, 200, body, [kind, _NOT_KEPT])
        elif path.startswith(ENTRANCE):
            await self._enter(path.removeprefix(ENTRANCE), send)
        else:
            await self._application(scope, receive, send)

    async def _enter(self, given: str, send: Send) -> None:
        expected, place = self._pass, f"/?access_token={self._token}"
        if expected is None or not secrets.compare_digest(given.encode(), expected.encode()):
            await _answer(send, 403, self._refusal, [_PLAIN, _NOT_KEPT])
            return
        self._pass = None
        await _answer(send, 303, "", [(b"location", place.encode()), _NOT_KEPT])

    def _may(self, scope: Message) -> bool:
        """Tell whether a request is of the lab's page, or opens it."""
        headers = list(scope["headers"])
        hosts, origins = _values(headers, b"host"), _values(headers, b"origin")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return False
        if any(origin.lower() not in self._origins for origin in origins):
            return False
        # Pages of another port are of the same site: their requests without an Origin have cookies.
        sites, modes = _values(headers, b"sec-fetch-site"), _values(headers, b"sec-fetch-mode")
        opens = scope["type"] == "http" and scope["method"] == "GET" and modes == [b"navigate"]
        return opens or all(site in _OWN_SITES for site in sites)

    def _protected(self, send: Send) -> Send:
        """Return what sends an answer with the headers that protect it."""
        names = {name for name, _ in self._headers}

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(n, v) for n, v in message.get("headers", ()) if n.lower() not in names]
                message = {**message, "headers": [*kept, *self._headers]}
            await send(message)

        return protected


def _values(headers: Headers, wanted: bytes) -> list[bytes]:
    return [value for name, value in headers if name.lower() == wanted]


def _protecting(port: int) -> list[tuple[bytes, bytes]]:
    """Return headers: nothing leaves this machine, no page holds this one, and no other reads it.

    marimo's pages have scripts within them, and widgets' code comes as data.
    """
    sockets = " ".join(f"ws://{name}:{port}" for name in NAMES[:2])  # policies know no IPv6
    policy = (
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
        f"connect-src 'self' data: blob: {sockets}; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode()),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
    ]


async def _answer(send: Send, status: int, text: str, headers: Headers) -> None:
    body = text.encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
