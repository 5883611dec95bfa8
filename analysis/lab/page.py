"""An open page: a session, its zones, and what is sent to them once something has changed."""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from analysis.lab.actions import handle
from analysis.lab.jobs import Jobs
from analysis.lab.session import Session
from analysis.lab.settings import machine, options
from analysis.lab.views import ZONES
from analysis.lab.zone import Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OF_JOBS = ("levers", "trail")
"""The zones that say how far something is."""


class Page:
    """The zones of one open page."""

    def __init__(self, thread: Callable[..., threading.Thread]) -> None:
        """Begin where the ledger says that the student was.

        Args:
            thread: what makes threads that may send to the page.

        """
        self._lock = threading.RLock()
        chosen = options()
        self.session = Session(machine(), chosen, Jobs(chosen, thread, self._show_job))
        drafts = sha256(str(chosen.ledger.resolve()).encode()).hexdigest()[:8]
        self.zones = {name: Zone(name, drafts, self._act) for name in ZONES}
        handle(self.session, "refresh", {})
        self.show()

    def _act(self, action: str, fields: Mapping[str, str]) -> bool:
        with self._lock:
            is_done = handle(self.session, action, fields)
            self.show()
            return is_done

    def _show_job(self) -> None:
        """Show how far something is that runs beside the page; once it is over, what it changed."""
        self.show(*(_OF_JOBS if self.session.jobs.state.is_running else ()))

    def show(self, *names: str) -> None:
        """Send zones what they show now; one in which nothing changed is sent nothing.

        Args:
            names: of the zones; none: all.

        """
        with self._lock:
            for name in names or ZONES:
                self.zones[name].html = ZONES[name](self.session)
