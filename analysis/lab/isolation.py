"""marimo by itself: the same lab whatever a user has set for marimo, or a folder above has.

A theme, "run nothing by itself", or a style sheet for other notebooks would change what nobody has
tried. marimo offers no way around these files, so that its reader of them is replaced in this
process, which serves nothing else. Its version is pinned, and a test starts the lab among such
files.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.lab.guard import Application

_SESSION_S = 3600
"""How long what a page shows is kept while its computer sleeps."""
_SETTINGS: dict[str, dict[str, Any]] = {
    "ai": {"enabled": False},
    "display": {"theme": "light"},
    "experimental": {"isolate_apps": False},
    "runtime": {"auto_instantiate": True, "dotenv": [], "on_cell_change": "autorun"},
    "sharing": {"html": False, "wasm": False},
}
"""What the lab needs; all others are as marimo has them by default."""


class Served(NamedTuple):
    """A marimo file that is served."""

    application: Application
    """As ASGI knows it."""
    close: Callable[[], None]
    """Ends what works for open pages, as soon as it has done what it is doing."""


def served(
    file: Path, port: int, token: str, cookie_secret: str, title: str | None = None
) -> Served:
    """Return a marimo file to be served.

    Args:
        file: of the app.
        port: at which it is served; its cookie is called by it.
        token: without which it shows nothing.
        cookie_secret: signs the cookie that a browser has once it has given the token.
        title: of its pages, as tabs show it; None: the app's own.

    """
    for name in [name for name in os.environ if name.removeprefix("_").startswith("MARIMO_")]:
        del os.environ[name]
    if title is not None:
        # With a space, so that none is read as a list or a truth value; browsers leave it out.
        os.environ["_MARIMO_APP_OVERLOAD_APP_TITLE"] = f"{title} "
    os.environ["MARIMO_SESSION_SECRET"] = cookie_secret
    try:
        # What reads the secret is imported by this.
        from marimo._server.api import auth
    finally:
        del os.environ["MARIMO_SESSION_SECRET"]
    from marimo import create_asgi_app
    from marimo._config import manager

    auth.SESSION_SECRET = auth.Secret(cookie_secret)
    ours = manager.MarimoConfigManager(_NoFile(), manager.OverrideConfigReader(_SETTINGS))
    manager.get_default_config_manager = lambda **_: ours
    inner: list[Any] = []

    def named(app: Any) -> Any:
        # A browser's cookies are of all ports: called by this one, none of another app's is lost.
        app.state.port = port
        inner.append(app)
        return app

    builder = create_asgi_app(quiet=True, token=token, session_ttl=_SESSION_S)
    outer = builder.with_app(path="", root=str(file), middleware=[named]).build()
    (app,) = inner
    return Served(outer, app.state.session_manager.close_all_sessions)


class _NoFile:
    """The settings of a user who has none."""

    def read(self) -> dict[str, Any]:
        """Return none."""
        return {}
