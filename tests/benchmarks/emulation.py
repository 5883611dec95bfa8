"""Accuracy of the emulation: `python -m tests.benchmarks.emulation`.

Readers share a link for two seconds; an accelerator waits for steps. Exit status 1 where the
bandwidth differs by more than 3 % from the requested one, or a step of 10 ms or more by 2 %.
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
    """Read records until the time is up; answer their bytes."""
    reader, received = LinkReader(link), 0
    while time.perf_counter_ns() < start_ns:
        time.sleep(0.001)
    while time.perf_counter_ns() < start_ns + SECONDS * 1e9:
        reader.wait(RECORD, reader.request())
        received += RECORD
    answers.put(received)


def bandwidth(context: BaseContext, readers: int) -> float:
    """Return the bandwidth of so many readers of a link together, in B/s."""
    link, answers = Link(context.Value("q", 0), Service(RATE, 0.0, None)), context.SimpleQueue()
    start_ns = time.perf_counter_ns() + 500_000_000
    processes = [
        context.Process(target=read, args=(link, start_ns, answers))  # type: ignore[attr-defined]
        for _ in range(readers)
    ]
    for process in processes:
        process.start()
    received: int = sum(answers.get() for _ in processes)
    for process in processes:
        process.join()
    return received / SECONDS


def step_ms(requested_ms: float) -> float:
    """Return the mean of the real durations of steps, in ms."""
    emulator = Emulator(requested_ms / 1e3)
    steps = max(10, round(500 / requested_ms))
    return sum(emulator.step() for _ in range(steps)) / steps / 1e6


def main() -> int:
    """Measure and print; return 1 where a tolerance is exceeded."""
    failed = False
    context = multiprocessing.get_context()
    sys.stdout.write(f"link of {RATE / 1e6:.0f} MB/s\n")
    for readers in READERS:
        error = bandwidth(context, readers) / RATE - 1
        failed |= abs(error) > LINK_TOLERANCE
        sys.stdout.write(f"  {readers} readers: {error:+.2%}\n")
    sys.stdout.write("steps\n")
    for requested_ms in STEPS_MS:
        error = step_ms(requested_ms) / requested_ms - 1
        failed |= requested_ms >= LEAST_STEP_MS and abs(error) > STEP_TOLERANCE
        sys.stdout.write(f"  {requested_ms:g} ms: {error:+.2%}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
