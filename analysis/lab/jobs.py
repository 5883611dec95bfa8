"""What runs beside an open page: a measurement, the report, the hand-in; one at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from analysis.acts.outcome import Outcome


@dataclass(frozen=True)
class JobState:
    """How far it is, in words."""

    words: str = ""
    """"": nothing ran yet."""
    percent: float = 0.0
    is_running: bool = False
    is_error: bool = False


_WRITTEN = {"report": "the report", "submit": "the hand-in file"}


class Jobs:
    """What runs beside a page."""

    def __init__(
        self, run: Path | None, thread: Callable[..., threading.Thread], changed: Callable[[], None]
    ) -> None:
        """Begin with nothing.

        Args:
            run: the bundle that reports and hand-ins are of; None: a reference's.
            thread: what makes threads that may send to the page.
            changed: is called whenever the state has changed.

        """
        self._run, self._thread, self._changed = run, thread, changed
        self._state = JobState()

    def state(self) -> JobState:
        """Return how far it is."""
        return self._state

    def _set(self, state: JobState) -> None:
        self._state = state
        self._changed()

    def measure(self, outcome: Outcome, ledger: Path) -> None:
        """Run the configuration of an outcome of act II."""
        raise AnalysisError("measuring is not there yet")

    def cancel(self) -> None:
        """End what runs."""

    def write(self, what: str, ledger: Path) -> None:
        """Write the report or the hand-in file beside the page.

        Raises:
            AnalysisError: something runs already, or there is no such file.

        """
        if self._state.is_running:
            raise AnalysisError("something else runs; wait for it, or cancel it")
        if what not in _WRITTEN:
            raise AnalysisError(f"{what!r} is not written here; there are {', '.join(_WRITTEN)}")
        self._state = JobState(f"writing {_WRITTEN[what]} ...", is_running=True)
        self._thread(target=self._write, args=(what, ledger)).start()

    def _write(self, what: str, ledger: Path) -> None:
        command = [sys.executable, "-m", "analysis", what, str(self._run)]
        if ledger.exists():
            command += ["--ledger", str(ledger)]
        done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
        last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
        words = " ".join(last)
        self._set(JobState(words, is_error=done.returncode not in {0, 3}))
