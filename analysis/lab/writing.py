"""The report, or the hand-in file, written beside open pages by the command that does so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.lab.children import ChildError, Work, module
from hardware_profiles.command_line import DONE, NOISY

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.lab.settings import LabOptions

_COMMAND = module("analysis")


@dataclass(frozen=True)
class Written:
    """What a command writes."""

    words: str
    suffixes: tuple[str, ...]


FILES = {
    "report": Written("the report", (".html", ".pdf")),
    "submit": Written("the hand-in file", (".json.gz",)),
}
"""What is written, by the command that does it."""


@dataclass(frozen=True)
class Ending:
    """How it came out, in words."""

    words: str
    is_error: bool = False


class Writing(Work):
    """A file on its way."""

    def __init__(self, what: str, options: LabOptions, on_end: Callable[[Ending], None]) -> None:
        """Get ready.

        Args:
            what: a name of `FILES`.
            options: the run and the ledger that it is of.
            on_end: is called once, whatever happens.

        """
        super().__init__()
        self._what, self._options, self._on_end = what, options, on_end

    def run(self) -> None:
        """Write it."""
        ending = Ending("not written; why, the lab's terminal says", is_error=True)
        try:
            ending = self._ending()
        except ChildError as error:
            ending = Ending(f"not written: {error}", is_error=True)
        finally:
            self._on_end(ending)

    def _ending(self) -> Ending:
        """Return how it came out.

        Raises:
            ChildError: the command cannot be started.

        """
        arguments = [self._what, str(self._options.run)]
        if self._options.ledger.exists():
            arguments += ["--ledger", str(self._options.ledger)]
        if self._options.course_file is not None:
            arguments += ["--course", str(self._options.course_file)]
        answer = self.answer_of(_COMMAND, arguments)
        if answer is None:
            return Ending("cancelled")
        if answer.status not in {DONE, NOISY}:
            return Ending(_problem(answer.errors.decode(errors="replace")), is_error=True)
        file = FILES[self._what]
        # The paths of what was written stand last.
        lines = answer.printed.decode(errors="replace").splitlines()[-2:]
        paths = [line for line in lines if line.endswith(file.suffixes)]
        return Ending(f"{file.words} is written: {', '.join(paths)}")


def _problem(errors: str) -> str:
    """Return what a command that failed says, without what it said before."""
    return (
        errors.strip().rpartition("error: ")[2] or "it ended without a word; try it in a terminal"
    )
