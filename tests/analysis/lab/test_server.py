"""The server that a student starts: who is let in, where it listens, how it ends.

It serves an app of a few lines, so that what fails here is the server's.
"""

from __future__ import annotations

import asyncio
import html
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from analysis.lab import server
from analysis.lab.guard import INSTANCE
from analysis.lab.server import PortError
from hardware_profiles.command_line import INTERRUPTED
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG_S = 60
APP = """\
import marimo

app = marimo.App(app_title="A tiny lab")


@app.cell
def _():
    import os
    import marimo as mo
    mo.md(f"# Tiny {os.environ.get('OF_DOTENV')} {mo.app_meta().theme}")


@app.cell
def _():
    import pathlib, threading, time
    if pathlib.Path("stuck").exists():
        threading.Thread(target=time.sleep, args=(1000,), daemon=False).start()
        pathlib.Path("working").touch()
    if pathlib.Path("busy").exists():
        pathlib.Path("working").touch()
        time.sleep(1000)
"""
SERVE = """\
import os
import sys
from pathlib import Path
from analysis.cli import main
from analysis.lab.server import serve
import analysis.commands.glossary as command

def run(_):
    serve(Path("app.py"), int(sys.argv[1]), open_browser=False, say=lambda t: print(t, flush=True),
          title=os.environ.get("TITLE"))
    return 0

command.run = run
sys.exit(main(["glossary"]))
"""
"""A command, so that it ends as all do."""


class Served:
    """A server in a folder."""

    def __init__(
        self, folder: Path, port: int = 0, variables: dict[str, str] | None = None
    ) -> None:
        (folder / "app.py").write_text(APP, encoding="utf-8")
        homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), str(folder / "home"))
        homes["XDG_CACHE_HOME"] = homes["XDG_CONFIG_HOME"] = str(folder / "home")
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)],
            cwd=folder,
            env=os.environ | homes | {"PYTHONPATH": str(ROOT)} | (variables or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self.process.stdout
        self.lines = [self.process.stdout.readline() for _ in range(2)]
        self.place, _, self.token = self.lines[-1].strip().partition("/?access_token=")
        self.port = int(self.place.rpartition(":")[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def ended(self) -> tuple[int, str]:
        """Wait until it has ended; return its status, and what it has said on stderr."""
        errors = self.process.communicate(timeout=LONG_S)[1]
        return self.process.returncode, errors

    def asked(self, path: str = "/", method: str = "GET", **headers: str) -> Answer:
        """Ask it; `Host` is that of this machine unless it is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG_S)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=names)
        response = connection.getresponse()
        try:
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def cookie(self) -> str:
        """Return what a browser has once it has given the token."""
        answer = self.asked(f"/?access_token={self.token}")
        return answer.headers["set-cookie"].partition(";")[0]

    @contextmanager
    def socket(self, query: str = "", **headers: str) -> Iterator[Any]:
        """Open a page's web socket."""
        uri = f"ws://127.0.0.1:{self.port}/ws?session_id=s_{secrets.token_hex(3)}{query}"
        with connect(uri, additional_headers=headers, close_timeout=0.1) as opened:
            yield opened


class Answer(NamedTuple):
    """What a server answers."""

    status: int
    headers: dict[str, str]
    text: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that answers many tests."""
    with Served(tmp_path_factory.mktemp("served")) as one:
        yield one


pytestmark = pytest.mark.process


def test_with_the_token_the_page_is_there_and_the_token_leaves_its_address(served: Served) -> None:
    answer = served.asked(f"/?access_token={served.token}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=lax" in flags
    assert served.token not in flags
    assert f"session_{served.port}=" in flags, "another app's cookie on this machine would be lost"
    page = served.asked(cookie=served.cookie())
    assert page.status == 200
    assert "A tiny lab" in page.text
    assert served.token not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_a_page_gets_what_it_shows(served: Served) -> None:
    with served.socket(Cookie=served.cookie()) as opened:
        first = json.loads(opened.recv(timeout=LONG_S))
    assert first["op"] == "kernel-ready"


@pytest.mark.parametrize("query", ["", "?access_token=", "?access_token=wrong"])
def test_without_the_token_nothing_is_shown(served: Served, query: str) -> None:
    answer = served.asked(f"/{query}")
    assert answer.status == 303
    assert answer.headers["location"].startswith("/auth/login")
    assert "set-cookie" not in answer.headers
    assert served.asked("/api/status").status == 401


@pytest.mark.parametrize("query", ["", "&access_token=", "&access_token=wrong"])
def test_without_the_token_no_socket_opens(served: Served, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused, served.socket(query):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "host",
    ["rebound.example", "rebound.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}"],
)
def test_under_another_name_nothing_is_shown(served: Served, host: str) -> None:
    """Its owner may have had it point to this machine."""
    for path in ("/", f"/?access_token={served.token}", INSTANCE, "/assets/none.js", "/health"):
        answer = served.asked(path, host=host.format(port=served.port), cookie=served.cookie())
        assert answer.status == 403
        assert f"{served.place}/" in answer.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_may_be_called_by_its_names(served: Served, name: str) -> None:
    answer = served.asked(host=f"{name}:{served.port}", cookie=served.cookie())
    assert answer.status == 200


@pytest.mark.parametrize(
    "origin", ["http://rebound.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"]
)
def test_pages_of_others_are_refused_with_cookie_and_token(served: Served, origin: str) -> None:
    headers = {"Origin": origin.format(port=served.port), "Cookie": served.cookie()}
    for method in ("GET", "POST", "OPTIONS"):
        assert served.asked(f"/?access_token={served.token}", method, **headers).status == 403
    token = f"&access_token={served.token}"
    with pytest.raises(InvalidStatus) as refused, served.socket(token, **headers):
        pass
    assert refused.value.response.status_code == 403


def test_its_own_page_is_let_in(served: Served) -> None:
    headers = {"Origin": served.place, "Cookie": served.cookie()}
    with served.socket(**headers) as opened:
        assert "kernel-ready" in opened.recv(timeout=LONG_S)
    assert served.asked(**headers).status == 200


def test_only_this_machine_can_reach_it(served: Served) -> None:
    listening = [
        one.laddr
        for one in psutil.Process(served.process.pid).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", served.port)]


def test_a_page_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    """With the cookie that it has, at the same port; and it can tell that it is another one."""
    with Served(tmp_path) as first:
        cookie, instance = first.cookie(), first.asked(INSTANCE).text
        assert first.asked(INSTANCE).text == instance
        first.process.kill()
    with Served(tmp_path, first.port) as second:
        assert second.token == first.token
        assert second.asked(cookie=cookie).status == 200
        assert second.asked(INSTANCE).text != instance


def read_until(opened: Any, wanted: str) -> str:
    """Read what a page is sent until that has a word; return what has it."""
    text = ""
    while wanted not in text:
        text = opened.recv(timeout=LONG_S)
    return text


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not sent so there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("page", ["idle", "busy", "stuck"])
def test_ctrl_c_ends_it_although_a_page_is_open(
    tmp_path: Path, number: signal.Signals, page: str
) -> None:
    (tmp_path / page).touch()
    with Served(tmp_path) as one, one.socket(Cookie=one.cookie()) as opened:
        read_until(opened, "Tiny")
        while page != "idle" and not (tmp_path / "working").exists():
            time.sleep(0.01)
        one.process.send_signal(number)
        status, errors = one.ended()
    assert (status, errors) == (INTERRUPTED, "interrupted\n")


def test_nobodys_settings_change_it(tmp_path: Path) -> None:
    """Of a user, of a project above, of the environment, of a shell's variables in a file."""
    settings = (
        '[{0}display]\ntheme = "dark"\ncustom_css = ["own.css"]\n'
        '[{0}runtime]\non_cell_change = "lazy"\nauto_instantiate = false\n'
        "[{0}experimental]\nisolate_apps = true\n"
    )
    (tmp_path / ".marimo.toml").write_text(settings.format(""), encoding="utf-8")
    home = tmp_path / "home"
    for name in (".marimo.toml", "marimo/marimo.toml"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(settings.format(""), encoding="utf-8")
    project = settings.format("tool.marimo.")
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
    (tmp_path / "own.css").write_text("body { --of-somebody: 1 }", encoding="utf-8")
    (tmp_path / ".env").write_text("OF_DOTENV=somebody\n", encoding="utf-8")
    variables = {
        "_MARIMO_CONFIG_OVERLOAD_RUNTIME_AUTO_INSTANTIATE": "false",
        "MARIMO_SERVER_TRANSPORT": "sse",
        "MARIMO_SESSION_SECRET": "known to somebody",
        "MARIMO_OUTPUT_MAX_BYTES": "10",
    }
    with Served(tmp_path, variables=variables) as one:
        page = one.asked(cookie=one.cookie()).text
        with one.socket(Cookie=one.cookie()) as opened:
            text = read_until(opened, "Tiny")
    assert "Tiny None light" in text
    for wrong in ('"dark"', "--of-somebody", '"sse"', '"on_cell_change": "lazy"'):
        assert wrong not in page
    assert '"theme": "light"' in page
    assert '"on_cell_change": "autorun"' in page


@pytest.mark.parametrize("title", [None, "Lab of <b>2026</b>", "[2026]", "True", "none", "2026"])
def test_a_page_has_the_title_of_its_course(tmp_path: Path, title: str | None) -> None:
    with Served(tmp_path, variables={"TITLE": title} if title else None) as one:
        page = one.asked(cookie=one.cookie()).text
    (shown,) = re.findall("<title>(.*?)</title>", page)
    assert html.unescape(shown).strip() == (title or "A tiny lab")
    # What its script sets it to.
    (written,) = re.findall(r'"app_title": ("(?:[^"\\]|\\.)*")', page)
    assert json.loads(written).strip() == (title or "A tiny lab")
    assert "<b>" not in page


def test_a_port_that_is_taken_is_passed_over_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(server, "PORT", port)
        with server._listening(None, lines.append) as listening:
            chosen = listening.getsockname()
    assert chosen[0] == "127.0.0.1"
    assert port < chosen[1] < port + 20
    assert lines == [
        f"port {port} is taken, perhaps by another lab that is open; this one is at {chosen[1]}"
    ]


def test_a_port_that_is_free_is_taken_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    with server._listening(0, pytest.fail) as free:
        port = free.getsockname()[1]
    monkeypatch.setattr(server, "PORT", port)
    with server._listening(None, pytest.fail) as listening:
        assert listening.getsockname()[1] == port


def test_answers_are_not_kept_until_more_can_be_sent() -> None:
    """Else each of a page's hundreds of files takes 40 ms, where a browser acknowledges late."""

    async def is_sent_at_once() -> bool:
        opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def note(_: object, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            opened.set_result(bool(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        with server._listening(0, pytest.fail) as listening:
            started = await asyncio.start_server(note, sock=listening)
            _, writer = await asyncio.open_connection(*listening.getsockname())
            at_once = await opened
            writer.close()
            started.close()
        return at_once

    assert asyncio.run(is_sent_at_once())


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    with server._listening(0, pytest.fail) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=rf"--port: {port} .*it is taken.*"):
            server._listening(port, pytest.fail)


def test_where_all_ports_are_taken_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with server._listening(0, pytest.fail) as taken:
        monkeypatch.setattr(server, "PORT", taken.getsockname()[1])
        monkeypatch.setattr(server, "_OTHERS", 1)
        with pytest.raises(PortError, match="--port 0"):
            server._listening(None, pytest.fail)


@pytest.mark.parametrize(
    ("variables", "opens"),
    [({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "x"}, True), ({"BROWSER": "x"}, True),
     ({}, False), ({"DISPLAY": ""}, False)],
)  # fmt: skip
def test_no_browser_takes_over_a_terminal(
    variables: dict[str, str], opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    assert server._has_screen() is opens
