"""Really trained runs to try curves on: `python -m tests.benchmarks.learning`; some minutes.

Each run has a nonce of its own, so that its samples, wrong labels and first weights are its own;
the tested pictures are the same. They are kept as the bundle's part on learning, a line a run.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import orjson

from bench.bundle import Learning
from bench.learning.session import begin
from tests.conftest import ROOT

GOLDEN = ROOT / "tests/golden/learning/runs.jsonl"
RUNS, SEEDS = 12, 3
_NO_END_S = 1e6


def recorded() -> list[Learning]:
    """Return the runs that are kept."""
    return [Learning.model_validate_json(line) for line in GOLDEN.read_bytes().splitlines()]


def main(path: Path) -> None:
    """Train all runs, and write them."""
    lines = []
    for number in range(RUNS):
        session = begin(None, "", f"golden-{number}", SEEDS, again=False)
        for _ in session.train(time.monotonic() + _NO_END_S, 1.0):
            pass
        lines.append(orjson.dumps(session.record.document, option=orjson.OPT_SORT_KEYS))
        path.write_bytes(b"\n".join([*lines, b""]))
        sys.stderr.write(f"run {number + 1} of {RUNS}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
