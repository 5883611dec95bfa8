"""The lab as a student starts it: its own process, which may be killed and started again."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from tests.analysis.lab.opened import RUN
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_ADDRESS = re.compile(r"http://\S+access_token=\S+")


def free_port() -> int:
    """Return a port that nothing uses just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number


class Served:
    """A lab's server; in a context, it is ended at its end."""

    def __init__(self, folder: Path, *options: str, run: Path | None = RUN) -> None:
        """Choose where it works: a folder, with the ledger in it."""
        self.folder, self.ledger = folder, folder / "ledger.jsonl"
        self._port = free_port()
        named = [str(run)] if run else []
        self._command = [
            sys.executable, "-m", "analysis", "lab", *named, "--ledger", str(self.ledger),
            "--no-browser", "--port", str(self._port), *options,
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self._drain: threading.Thread | None = None
        self.lines: list[str] = []

    def start(self) -> str:
        """Start it, and return its address once pages are served."""
        self._process = subprocess.Popen(
            self._command,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        output = self._process.stdout
        assert output is not None
        for line in output:
            self.lines.append(line)
            if address := _ADDRESS.search(line):
                # What else is printed must not fill the pipe.
                self._drain = threading.Thread(target=self.lines.extend, args=(output,))
                self._drain.start()
                return address[0]
        raise AssertionError(f"the lab ended: {''.join(self.lines)}")

    def kill(self) -> None:
        """End it as a machine does that loses its power."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._drain is not None:
                self._drain.join()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def __enter__(self) -> Self:
        """Let it be started."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.kill()
