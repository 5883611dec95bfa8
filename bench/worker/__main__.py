"""A measuring process: `python -m bench.worker`, started by a run, spoken to through its pipes."""

from __future__ import annotations

import os
import sys

from bench.worker.serving import prepare


def main() -> int:
    """Serve one run until it asks for no more."""
    answers = prepare()

    import pytest

    from bench.worker.plugin import Plugin, Session
    from bench.worker.protocol import Job
    from bench.worker.threads import ready

    requests = sys.stdin.buffer
    job = Job.parse(requests.readline())
    session = Session(job, requests, answers, ready())
    # By the module's name, since pytest reads brackets and colons in a path as syntax, and the
    # dollars of a root folder as variables.
    options = [
        "--pyargs",
        "bench.worker.blocks",
        "--quiet",
        "--capture=no",
        "--noconftest",
        f"--rootdir={os.curdir}",
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
