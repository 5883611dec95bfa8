"""The lab's server: on this machine alone, behind a guard, until Ctrl-C."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
import time
import webbrowser
from typing import TYPE_CHECKING

import uvicorn

from analysis.errors import AnalysisError
from analysis.lab.guard import NAMES, Guard
from analysis.lab.isolation import served
from analysis.lab.secret import derived, secret
from hardware_profiles.command_line import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PORT = 2804
"""Always the same, since a browser keeps what is not sent yet by address and port."""
_OTHERS = 20
"""Ports after it that are tried where it is taken."""
_LOOPBACK = NAMES[0]
_END_S = 1
"""Given to open pages to take their last answer after a Ctrl-C."""
_PATIENCE_S = 2.0
"""Given to what is being worked out for a page, after that."""
_PING_S, _PONG_S = 5.0, 60.0
_TAKEN = {errno.EADDRINUSE, errno.EACCES}
"""How systems refuse a port; the second where Windows, or another program, has reserved it."""


class PortError(AnalysisError):
    """There is no port to serve the lab at."""


def serve(
    app_file: Path,
    port: int | None,
    *,
    open_browser: bool,
    say: Callable[[str], None],
    title: str | None = None,
) -> None:
    """Serve a marimo file until it is interrupted.

    Args:
        app_file: of the app.
        port: to serve it at; 0: any; None: the usual one, or the next that is free.
        open_browser: whether to show it in the user's browser.
        say: is told each line for the user; the last one is the address.
        title: of its pages; None: the app's own.

    Raises:
        PortError: the port, or every one that is tried, is taken.
        KeyboardInterrupt: it was interrupted, and has ended.

    """
    listening = _listening(port, say)
    chosen: int = listening.getsockname()[1]
    kept = secret()
    token = derived(kept, "token")
    lab = served(app_file, chosen, token, derived(kept, "cookie"), title)
    guard = Guard(lab.application, chosen, token)
    server = uvicorn.Server(
        uvicorn.Config(
            guard,
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_ping_interval=_PING_S,
            ws_ping_timeout=_PONG_S,
            timeout_graceful_shutdown=_END_S,
        )
    )
    _quieten(server)
    place = f"http://{_LOOPBACK}:{chosen}"
    threading.Thread(
        target=_announce,
        args=(server, place, guard.entrance if open_browser else None, token, say),
        daemon=True,
    ).start()
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        threading.Thread(target=_end_late, daemon=True).start()
        raise
    finally:
        lab.close()


def _end_late() -> None:
    """End this process although a page still has something worked out; entries are whole by now."""
    time.sleep(_PATIENCE_S)
    os._exit(INTERRUPTED)


def _announce(
    server: uvicorn.Server,
    place: str,
    entrance: str | None,
    token: str,
    say: Callable[[str], None],
) -> None:
    """Once pages are served, say where, and open the user's browser there."""
    while not server.started:
        time.sleep(0.01)
    say("the lab is open, for you alone, until Ctrl-C, at:")
    say(f"{place}/?access_token={token}")
    if entrance is not None and _has_screen():
        # Not with the token: all users of a machine see the arguments of its programs.
        webbrowser.open(place + entrance)


def _has_screen() -> bool:
    """Tell whether a browser can be shown; one in this very terminal would take it over."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _listening(port: int | None, say: Callable[[str], None]) -> socket.socket:
    """Return a socket on this machine's loopback alone.

    Raises:
        PortError: there is no port for it.

    """
    if port is not None:
        try:
            return _bound(port)
        except OSError as error:
            raise PortError(
                f"--port: {port} cannot be served at ({_reason(error)}); leave it out, and the "
                "lab finds a free one"
            ) from error
    for chosen in range(PORT, PORT + _OTHERS):
        try:
            listening = _bound(chosen)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise PortError(f"nothing can be served here: {_reason(error)}") from error
            continue
        if chosen != PORT:
            say(
                f"port {PORT} is taken, perhaps by another lab that is open; this one is at "
                f"{chosen}"
            )
        return listening
    raise PortError(
        f"ports {PORT} to {PORT + _OTHERS - 1} are taken; end what uses them, or take any free one "
        "with --port 0"
    )


def _bound(port: int) -> socket.socket:
    # asyncio answers without a delay only where a socket's protocol is named.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # There, the other option would let several programs have a port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Else a port is kept for a minute from the server that was there before.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_LOOPBACK, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def _reason(error: OSError) -> str:
    return "it is taken" if error.errno in _TAKEN else error.strerror or str(error)


def _quieten(server: uvicorn.Server) -> None:
    """Let only what fails be logged, on stderr; nothing while it ends, since pages are cut off."""
    for name in ("uvicorn.error", "marimo", "asyncio"):
        log = logging.getLogger(name)
        log.setLevel(logging.ERROR)
        log.addFilter(lambda _: not server.should_exit)
