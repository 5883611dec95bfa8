"""The guard by itself, asked as ASGI asks: what comes in, what is refused, what answers carry."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from analysis.lab.guard import INSTANCE, Guard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PORT = 2804
OWN = (b"host", b"127.0.0.1:2804")
SOCKET = "websocket"


class Inner:
    """The application behind the guard: it notes what it is asked, and answers."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        self.scopes.append(scope)
        if scope["type"] == SOCKET:
            await send({"type": "websocket.accept"})
        elif scope["type"] == "http":
            headers = [(b"Referrer-Policy", b"unsafe-url"), (b"x-own", b"1")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"the page"})


def asked(
    guard: Guard,
    *headers: tuple[bytes, bytes],
    path: str = "/",
    kind: str = "http",
    method: str = "GET",
) -> list[Any]:
    """Ask a guard; return what it sends."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": f"{kind}.request"}

    scope = {"type": kind, "path": path, "headers": list(headers)}
    if kind == "http":
        scope["method"] = method
    asyncio.run(guard(scope, receive, send))
    return sent


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def guard(inner: Inner) -> Guard:
    return Guard(inner, PORT, "the-token")


@pytest.mark.parametrize("kind", ["http", SOCKET])
@pytest.mark.parametrize(
    "headers",
    [
        (OWN,),
        ((b"Host", b"localhost:2804"),),
        ((b"host", b"LocalHost:2804"),),
        ((b"host", b"[::1]:2804"), (b"origin", b"http://[::1]:2804")),
        (OWN, (b"origin", b"http://127.0.0.1:2804")),
        (OWN, (b"origin", b"http://localhost:2804")),
        (OWN, (b"origin", b"http://127.0.0.1:2804"), (b"sec-fetch-site", b"same-origin")),
        (OWN, (b"sec-fetch-site", b"none"), (b"sec-fetch-mode", b"navigate")),
    ],
)
def test_what_is_of_this_machine_comes_in(
    guard: Guard, inner: Inner, kind: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    asked(guard, *headers, kind=kind)
    assert len(inner.scopes) == 1


FOREIGN = [
    (),
    ((b"host", b""),),
    ((b"host", b"127.0.0.1"),),
    ((b"host", b"127.0.0.1:2805"),),
    ((b"host", b"rebound.example:2804"),),
    ((b"host", b"127.0.0.1.rebound.example:2804"),),
    ((b"host", b"localhost.rebound.example:2804"),),
    ((b"host", b"127.0.0.1:2804.rebound.example"),),
    ((b"host", b"127.0.0.1:2804@rebound.example"),),
    ((b"host", b"0.0.0.0:2804"),),
    ((b"host", b"2130706433:2804"),),
    (OWN, (b"host", b"rebound.example:2804")),
    (OWN, OWN),
    (OWN, (b"origin", b"http://rebound.example")),
    (OWN, (b"origin", b"http://rebound.example:2804")),
    (OWN, (b"origin", b"http://127.0.0.1")),
    (OWN, (b"origin", b"http://127.0.0.1:8888")),
    (OWN, (b"origin", b"https://127.0.0.1:2804")),
    (OWN, (b"origin", b"null")),
    (OWN, (b"origin", b"")),
    (OWN, (b"origin", b"file://")),
    (OWN, (b"origin", b"http://127.0.0.1:2804"), (b"origin", b"http://rebound.example")),
    # The same site, as another port of this machine is, without an origin: an image, a script.
    (OWN, (b"sec-fetch-site", b"same-site"), (b"sec-fetch-mode", b"no-cors")),
    (OWN, (b"sec-fetch-site", b"cross-site")),
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/", INSTANCE, "/lab/open/"])
def test_what_is_foreign_is_refused_with_what_to_do(
    guard: Guard, inner: Inner, path: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    start, body = asked(guard, *headers, path=path)
    assert start["status"] == 403
    assert dict(start["headers"])[b"content-type"].startswith(b"text/plain")
    assert b"http://127.0.0.1:2804/" in body["body"]
    assert b"nox -s lab" in body["body"]
    assert inner.scopes == []


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_socket_is_closed_before_it_is_open(
    guard: Guard, inner: Inner, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    assert asked(guard, *headers, kind=SOCKET) == [{"type": "websocket.close", "code": 1008}]
    assert inner.scopes == []


def test_a_link_elsewhere_may_open_the_lab_and_do_nothing_else(guard: Guard, inner: Inner) -> None:
    """Such as the one in a terminal within a page."""
    link = ((b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"navigate"))
    asked(guard, OWN, *link)
    assert len(inner.scopes) == 1
    assert asked(guard, OWN, *link, method="POST")[0]["status"] == 403
    assert asked(guard, OWN, *link, kind=SOCKET)[0]["type"] == "websocket.close"


def test_answers_are_protected_and_otherwise_as_they_were(guard: Guard) -> None:
    start, body = asked(guard, OWN)
    headers = start["headers"]
    names = [name.lower() for name, _ in headers]
    assert len(names) == len(set(names))
    values = dict(headers)
    assert values[b"referrer-policy"] == b"no-referrer"
    assert values[b"x-frame-options"] == b"DENY"
    assert values[b"x-content-type-options"] == b"nosniff"
    assert values[b"x-own"] == b"1"
    assert body["body"] == b"the page"
    policy = dict(
        part.strip().split(" ", 1)
        for part in values[b"content-security-policy"].decode().split(";")
    )
    assert policy["frame-ancestors"] == "'none'"
    places = {
        word for words in policy.values() for word in words.split() if not word.startswith("'")
    }
    assert places == {"data:", "blob:", "ws://127.0.0.1:2804", "ws://localhost:2804"}


def test_an_instance_is_known_by_a_name_of_its_own(inner: Inner) -> None:
    names = set()
    for _ in range(2):
        guard = Guard(inner, PORT, "the-token")
        for _ in range(2):
            start, body = asked(guard, OWN, path=INSTANCE)
            assert dict(start["headers"])[b"cache-control"] == b"no-store"
            names.add(json.loads(body["body"])["instance"])
    assert len(names) == 2
    assert inner.scopes == []


def test_the_entrance_opens_once_and_without_the_token_in_its_address(
    guard: Guard, inner: Inner
) -> None:
    entrance = guard.entrance
    assert "the-token" not in entrance
    assert asked(guard, OWN, path="/lab/open/None")[0]["status"] == 403
    assert asked(guard, OWN, path=entrance[:-1])[0]["status"] == 403
    (start, _) = asked(guard, OWN, path=entrance)
    assert start["status"] == 303
    assert dict(start["headers"])[b"location"] == b"/?access_token=the-token"
    assert asked(guard, OWN, path=entrance)[0]["status"] == 403
    assert asked(guard, OWN, path="/lab/open/None")[0]["status"] == 403
    assert inner.scopes == []


def test_what_is_neither_a_request_nor_a_socket_is_passed_on(guard: Guard, inner: Inner) -> None:
    asked(guard, kind="lifespan")
    assert len(inner.scopes) == 1
