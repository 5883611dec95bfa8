"""A measuring process: `python -m bench.worker`, started by a run, spoken to through its pipes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main() -> int:
    """Serve one run until it asks for no more."""
    # A Ctrl-C reaches every process of a terminal; the run alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Answers leave through the original stdout; whatever else is printed goes to stderr.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    import pytest

    from bench.worker import blocks
    from bench.worker.plugin import Plugin, Session, ready
    from bench.worker.protocol import Job

    requests = sys.stdin.buffer
    job = Job.parse(requests.readline())
    session = Session(job, requests, answers)
    session.send(ready())
    options = [
        str(Path(blocks.__file__)),
        "--quiet",
        "--capture=no",
        "--noconftest",
        f"--rootdir={Path(blocks.__file__).parent}",
        f"--config-file={os.devnull}",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_benchmark.plugin",
    ]
    return int(pytest.main(options, plugins=[Plugin(job, session)]))


if __name__ == "__main__":
    sys.exit(main())
