"""Servers that tests start: a whole S3 on loopback, and a proxy that makes its network worse."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from typing import Self

LOOPBACK = "127.0.0.1"
_PATIENCE_S = 60.0
_EVERYTHING = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)
_SET_UP = 3
"""Requests that make a user who may do everything; from then on credentials are checked."""


@dataclass(frozen=True)
class Credentials:
    key: str
    secret: str


class Moto:
    """An S3 that checks credentials, in a process of its own."""

    def __init__(self) -> None:
        with closing(socket.create_server((LOOPBACK, 0))) as listener:
            self.port: int = listener.getsockname()[1]
        self.endpoint = f"http://{LOOPBACK}:{self.port}"
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "moto.server",
                "-H",
                LOOPBACK,
                "-p",
                str(self.port),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(_SET_UP)},
        )
        self._wait()
        self.credentials = self._user()

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
            except OSError:
                assert self._process.poll() is None, "moto did not start"
                assert time.monotonic() < end, "moto does not answer"
                time.sleep(0.1)
            else:
                return

    def _user(self) -> Credentials:
        self._iam("CreateUser", UserName="tester")
        answer = self._iam("CreateAccessKey", UserName="tester")
        self._iam("PutUserPolicy", UserName="tester", PolicyName="all", PolicyDocument=_EVERYTHING)
        key, secret = (
            re.search(f"<{name}>(.*?)</{name}>", answer)
            for name in ("AccessKeyId", "SecretAccessKey")
        )
        assert key, answer
        assert secret, answer
        return Credentials(key[1], secret[1])

    def _iam(self, action: str, **fields: str) -> str:
        body = urlencode({"Action": action, "Version": "2010-05-08", **fields}).encode()
        scope = "AWS4-HMAC-SHA256 Credential=nobody/20260101/us-east-1/iam/aws4_request"
        request = urllib.request.Request(self.endpoint, data=body, headers={"Authorization": scope})
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
            text: str = answer.read().decode()
            return text

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE_S)


class Proxy:
    """A proxy to a server, whose network can be made slow, silent or broken while it is used.

    delay_s: delay of each answer, or part of it, in s.
    silent: no answer passes.
    cut_after: answers are cut after so many bytes; None: they are whole.
    """

    def __init__(self, port: int) -> None:
        self.delay_s = 0.0
        self.silent = False
        self.cut_after: int | None = None
        self._target = (LOOPBACK, port)
        self._listener = socket.create_server((LOOPBACK, 0))
        self.endpoint = f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = [self._listener]
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            _shut(each)

    def _start(self, target: object, *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                self._start(self._requests, client, server)
                self._start(self._answers, server, client)

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
        _shut(server)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        passed = 0
        with suppress(OSError):
            while data := server.recv(1 << 16):
                time.sleep(self.delay_s)
                if self.silent:
                    continue
                if self.cut_after is not None and passed + len(data) > self.cut_after:
                    client.sendall(data[: max(0, self.cut_after - passed)])
                    break
                client.sendall(data)
                passed += len(data)
        _shut(server)
        if not self.silent:
            _shut(client)


class Guarded:
    """A server that answers an unsigned request as S3 does; moto fails at it."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _Refusal)
        self.endpoint = f"http://{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Refusal(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        signed = "Authorization" in self.headers
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        self.send_response(500 if signed else 403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


def _shut(each: socket.socket) -> None:
    """Close a socket that another thread may be waiting at."""
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
