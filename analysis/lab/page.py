"""An open page: a session, its zones, and what is sent to them once something has changed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from analysis.lab.jobs import Jobs
from analysis.lab.session import Session
from analysis.lab.settings import machine, options
from analysis.lab.views import ZONES
from analysis.lab.zone import Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Page:
    """The zones of one open page."""

    def __init__(self, thread: Callable[..., threading.Thread]) -> None:
        """Begin where the ledger says that the student was.

        Args:
            thread: what makes threads that may send to the page.

        """
        self._lock = threading.RLock()
        chosen = options()
        self.session = Session(machine(), chosen, Jobs(chosen, thread, self.show))
        self.zones = {name: Zone(name, "", self._act) for name in ZONES}
        self.show()

    def _act(self, zone: str, action: str, fields: Mapping[str, str]) -> None:
        with self._lock:
            self.session.handle(zone, action, fields)
            self.show()

    def show(self) -> None:
        """Send each zone what it shows now; a zone in which nothing changed is sent nothing."""
        with self._lock:
            for name, view in ZONES.items():
                self.zones[name].html = view(self.session)
