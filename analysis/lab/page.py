"""An open page: a session, its zones, and what is sent to them once something has changed."""

from __future__ import annotations

import os
import threading
from hashlib import sha256
from typing import TYPE_CHECKING

from analysis.lab.actions import handle
from analysis.lab.jobs import shared
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
        jobs = shared(chosen)
        self.session = Session(machine(), chosen, jobs)
        drafts = sha256(os.fsencode(chosen.ledger.resolve())).hexdigest()[:8]
        self.zones = {name: Zone(name, drafts, self._act) for name in ZONES}
        self._notifier = Notifier(thread, self._show_job)
        # Before it shows the state, so that no change is missed.
        jobs.subscribe(self._notifier)
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


class Notifier:
    """Has a page show what has changed, in a thread of that page.

    A thread of marimo's sends to the page in whose thread it was made. So one is always ready, made
    by the page itself or by the thread before it.
    """

    def __init__(self, thread: Callable[..., threading.Thread], show: Callable[[], None]) -> None:
        """Get ready, in the page's own thread.

        Args:
            thread: what makes threads that may send to the page.
            show: sends to the page.

        """
        self._thread, self._show = thread, show
        self._owner = threading.current_thread()
        self._lock = threading.Lock()
        self._is_due = self._is_showing = False
        self._next = self._made()

    def _made(self) -> threading.Thread:
        return self._thread(target=self._run, daemon=True)

    def notify(self) -> None:
        """Have the page show what has changed; a page that was closed is sent nothing more."""
        if not self._owner.is_alive():
            return
        with self._lock:
            self._is_due = True
            if self._is_showing:
                return
            self._is_showing = True
        self._next.start()

    def _run(self) -> None:
        self._next = self._made()
        while self._takes():
            try:
                self._show()
            except BaseException:
                with self._lock:
                    self._is_showing = False
                raise

    def _takes(self) -> bool:
        """Tell whether there is something to show; if not, the next thread is for what comes."""
        with self._lock:
            self._is_showing, self._is_due = self._is_due, False
            return self._is_showing
