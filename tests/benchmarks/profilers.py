"""A loader under two profilers and under `bench diagnose`: `python -m tests.benchmarks.profilers`.

Torch's own profiler and py-spy, which samples stacks (`pip install py-spy`), look at three of the
planted loaders, with the same step. With --page, what each tells is written there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.bundle import write_atomically
from bench.pipeline.accelerator import Emulator
from hardware_profiles.durations import duration_s
from tests.bench.diagnosis.planted import LOADERS

_CHOSEN = ("workers", "crossing", "slow_samples")
_BATCHES, _ROWS = 300, 4
_HEAD = """# What profilers tell of a loader, and what a diagnosis tells

Three of the twelve planted loaders (`tests/bench/diagnosis/planted.py`), each beside a step that is
waited, for 300 batches: torch's profiler around the training loop, its rows with the most CPU time
of their own; py-spy, which samples the stacks of all processes a hundred times a second, the
functions that were on top most often; and the first lines of `python -m bench diagnose`. Made by
`python -m tests.benchmarks.profilers --page`.

The profilers show where time went. Torch's sees the consumer alone: a loader that makes it wait is
one row, whatever the reason. py-spy sees the workers, too, and shows which code they run; but
neither says what the consumer waited for, what a change would gain, or how many workers would do.
"""


def consume(name: str) -> None:
    """Run a planted loader beside its step, as a training loop does."""
    _, make, accelerator = LOADERS[name]
    step, batches = Emulator(duration_s(accelerator)), 0
    while batches < _BATCHES:
        for batch in make():
            step.consume(batch)
            batches += 1
            if batches == _BATCHES:
                break


def torch_profile(name: str) -> list[str]:
    """Return the rows of torch's profiler with the most CPU time of their own."""
    import torch

    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        consume(name)
    rows = sorted(profile.key_averages(), key=lambda row: -row.self_cpu_time_total)
    total = sum(row.self_cpu_time_total for row in rows) or 1
    return [
        f"{row.self_cpu_time_total / total:4.0%}  {row.key} ({row.count:,} calls)"
        for row in rows[:_ROWS]
    ]


def sampled(name: str) -> list[str]:
    """Return the functions that were on top of sampled stacks most often."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "stacks"
        command = [sys.executable, "-m", "tests.benchmarks.profilers", "--consume", name]
        subprocess.run(
            ["py-spy", "record", "--subprocesses", "-f", "raw", "-o", str(out), "--", *command],
            check=True,
            capture_output=True,
        )
        tops: Counter[str] = Counter()
        for line in out.read_text(encoding="utf-8").splitlines():
            stack, _, count = line.rpartition(" ")
            tops[stack.rpartition(";")[2].replace(sys.executable, "python")] += int(count)
    total = sum(tops.values())
    return [f"{count / total:4.0%}  {top}" for top, count in tops.most_common(_ROWS)]


def diagnosed(name: str) -> list[str]:
    """Return what a diagnosis says first."""
    words = (f"tests.bench.diagnosis.planted:{name}", "--accelerator", LOADERS[name][2], "--json")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "diagnose", *words], check=True, capture_output=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    lines = [f"{answer['meaning']}: {answer['share']:.0%} of the time"]
    for change in answer["changes"][:2]:
        if change["gain"]:
            gain = change["gain"]
            interval = f"[{gain['low'] - 1:+.0%}, {gain['high'] - 1:+.0%}]"
            lines.append(
                f"{change['name']}: {gain['value'] - 1:+.0%} {interval} ({change['known']})"
            )
    feeding = answer["workers_that_feed"]
    lines.append(
        f"workers that feed the step: {feeding['count']} ({feeding['known']})"
        if feeding["count"] is not None
        else f"no number of workers feeds the step: {feeding['limit']}"
    )
    return lines


def main() -> int:
    """Look at the chosen loaders; print what each tool tells."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--consume", choices=LOADERS, help="run a loader beside its step, no more")
    parser.add_argument("--page", type=Path, help="write the page there")
    options = parser.parse_args()
    if options.consume:
        consume(options.consume)
        return 0
    parts = [_HEAD]
    for name in _CHOSEN:
        parts.append(f"## Planted: {LOADERS[name][0]}\n")
        for title, tell in (
            ("torch.profiler", torch_profile),
            ("py-spy", sampled),
            ("bench diagnose", diagnosed),
        ):
            body = "\n".join(tell(name))
            parts.append(f"{title}:\n\n```text\n{body}\n```\n")
    text = "\n".join(parts)
    sys.stdout.write(text)
    if options.page:
        write_atomically(options.page, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
