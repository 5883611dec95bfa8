"""How true the emulation is: `python -m tests.benchmarks.emulation`.

Readers share a link for two seconds; an accelerator waits its steps. Exit status 1 where a
bandwidth is more than 3 % off what was asked for, or a step of 10 ms or more 2 %.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from typing import TYPE_CHECKING

from bench.pipeline.accelerator import Emulator
from bench.pipeline.link import Link, LinkReader
from hardware_profiles.service import Service

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

RATE = 250e6
RECORD = 800_000
SECONDS = 2.0
READERS = (1, 2, 4, 8)
STEPS_MS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
LINK_TOLERANCE = 0.03
STEP_TOLERANCE = 0.02
LEAST_STEP_MS = 10.0


def read(link: Link, start_ns: int, answers: multiprocessing.SimpleQueue[int]) -> None:
    """Pass records until the time is up; answer how many bytes there were."""
    reader, passed = LinkReader(link), 0
    while time.perf_counter_ns() < start_ns:
        time.sleep(0.001)
    while time.perf_counter_ns() < start_ns + SECONDS * 1e9:
        reader.wait(RECORD, reader.request())
        passed += RECORD
    answers.put(passed)


def bandwidth(context: BaseContext, readers: int) -> float:
    """Return the bandwidth that so many readers of a link have together, in B/s."""
    link, answers = Link(context.Value("q", 0), Service(RATE, 0.0, None)), context.SimpleQueue()
    start_ns = time.perf_counter_ns() + 500_000_000
    processes = [
        context.Process(target=read, args=(link, start_ns, answers))  # type: ignore[attr-defined]
        for _ in range(readers)
    ]
    for process in processes:
        process.start()
    passed: int = sum(answers.get() for _ in processes)
    for process in processes:
        process.join()
    return passed / SECONDS


def step_ms(asked_ms: float) -> float:
    """Return how long steps really take on average, in ms."""
    emulator = Emulator(asked_ms / 1e3)
    steps = max(10, round(500 / asked_ms))
    return sum(emulator.step() for _ in range(steps)) / steps / 1e6


def main() -> int:
    """Measure, print; return 1 where something is off."""
    off = False
    context = multiprocessing.get_context()
    sys.stdout.write(f"link of {RATE / 1e6:.0f} MB/s\n")
    for readers in READERS:
        error = bandwidth(context, readers) / RATE - 1
        off |= abs(error) > LINK_TOLERANCE
        sys.stdout.write(f"  {readers} readers: {error:+.2%}\n")
    sys.stdout.write("steps\n")
    for asked_ms in STEPS_MS:
        error = step_ms(asked_ms) / asked_ms - 1
        off |= asked_ms >= LEAST_STEP_MS and abs(error) > STEP_TOLERANCE
        sys.stdout.write(f"  {asked_ms:g} ms: {error:+.2%}\n")
    return int(off)


if __name__ == "__main__":
    sys.exit(main())
