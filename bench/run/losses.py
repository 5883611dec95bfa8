"""How often something of a run is tried again that was lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.worker.process import WorkerLostError

MOST_TRIES = 3
"""Of what was ended or held up from outside, as it may be again."""
_MOST_CRASHES = 2
"""Of what crashes by itself: it would do so again, but for a cause that nobody sees."""


class Losses:
    """Counts how often each thing was lost."""

    def __init__(self) -> None:
        self._counts = Counter[Hashable]()

    def again(self, what: Hashable, error: WorkerLostError | None) -> bool:
        """Count a loss; tell whether to try again.

        Args:
            what: what was lost.
            error: how its process was lost; None: it was only held up.

        """
        self._counts[what] += 1
        if error and error.hung:
            return False
        tries = MOST_TRIES if error is None or error.outside else _MOST_CRASHES
        return self._counts[what] < tries
