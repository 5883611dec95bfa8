"""A console that leaves it to the program what it means when its reader leaves."""

from __future__ import annotations

from rich.console import Console as RichConsole


class Console(RichConsole):
    """Raises BrokenPipeError where rich would end the process."""

    def on_broken_pipe(self) -> None:
        """Pass the error on: rich calls this while it handles it."""
        raise  # noqa: PLE0704 - see above
