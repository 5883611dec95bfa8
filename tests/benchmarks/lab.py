"""How quick the lab is: `python -m tests.benchmarks.lab [--moves N] [--page FILE]`.

A headless browser opens it, and moves levers of each act to settings drawn by lot. A move takes
from the change of a lever until the next frame after all zones show what came of it. With --page, a
table is written there; `nox -s lab-speed` renews docs/performance-of-lab.md so.
"""

from __future__ import annotations

import argparse
import platform
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil

from analysis.acts.levers import ACTS, LEVERS
from tests.analysis.lab.opened import RUN
from tests.analysis.lab.served import Served
from tests.analysis.lab.student import Student, browser, browser_path
from tests.analysis.lab.test_browser import TITLES, lock

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENINGS = 5
_GOALS = "First screen under 5 s; a move under 150 ms (median) and 400 ms (95 %)."
_MOVE = """([lever, value]) => new Promise((done) => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
  const zones = all(document).filter((element) => element.dataset?.zone);
  const zone = zones.find((element) => element.dataset.zone === "levers");
  const control = zone.querySelector(`[data-lever="${lever}"]`);
  control.value = value;
  const begin = performance.now();
  control.dispatchEvent(new Event("change", {bubbles: true}));
  const look = () => zone.hasAttribute("aria-busy")
    ? setTimeout(look, 1)
    : requestAnimationFrame(() => done(performance.now() - begin));
  look();
})"""


class Moves(NamedTuple):
    """How long the moves of an act took, in ms."""

    act: str
    times: list[float]

    @property
    def row(self) -> str:
        """A row of the table."""
        ordered = sorted(self.times)
        last = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        median = statistics.median(ordered)
        return f"| {self.act} | {len(ordered)} | {median:.0f} | {last:.0f} | {ordered[-1]:.0f} |"


def settings(act: str, count: int) -> Iterator[tuple[str, str]]:
    """Yield levers and values of their controls, by lot."""
    lots = random.Random(f"speed {act}")
    for _ in range(count):
        name = lots.choice(ACTS[act])
        lever = LEVERS[name]
        if lever.slider:
            least, most, step = lever.slider
            yield name, str(lots.randrange(least, most + 1, step))
        else:
            yield name, lots.choice([*lever.names, *map(lever.check, lever.stops)])


def openings(served: Served, student: Student) -> list[float]:
    """Return how long the first screen took, in s: of a server just started, then again."""
    times = []
    address = served.start()
    for _ in range(_OPENINGS):
        began = time.perf_counter()
        student.open(address)
        times.append(time.perf_counter() - began)
    return times


def moves(student: Student, count: int) -> Iterator[Moves]:
    """Lock each act, and move its levers."""
    for act, title in TITLES.items():
        if act != "gravity":
            student.press(f"{title} (predict first)")
        lock(student, act)
        times = [student.page.evaluate(_MOVE, list(pair)) for pair in settings(act, count)]
        yield Moves(title, times)


def page(first: list[float], measured: list[Moves]) -> str:
    """Return what docs/performance-of-lab.md holds."""
    rows = "\n".join(act.row for act in measured)
    whole = Moves("all of them", [time for act in measured for time in act.times]).row
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count()
    return f"""# Performance of the lab

Written by `nox -s lab-speed`, never by hand: a headless Chromium opens the lab and moves levers by
lot. A move takes from the change of a lever until the next frame after all zones show what came of
it, the try in the ledger included. Goals: {_GOALS}

{platform.system()}, CPython {platform.python_version()}, {cores} cores, which the browser shares.

First screen of a server just started: {first[0]:.1f} s; opened again, the median of
{len(first) - 1}: {statistics.median(first[1:]):.1f} s.

| act | moves | median, ms | 95 %, ms | longest, ms |
|---|---:|---:|---:|---:|
{rows}
{whole}
"""


def main() -> int:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description="Measure how quick the lab is.")
    parser.add_argument("--moves", type=int, default=60, help="of each act (default: 60)")
    parser.add_argument("--page", type=Path, help="a Markdown file to write")
    options = parser.parse_args()
    if browser_path() is None:
        sys.stderr.write("SKIPPED: no Chromium\n")
        return 0
    with tempfile.TemporaryDirectory() as folder, browser() as opened:
        run = Path(folder, "runs/own/bundle.json")
        run.parent.mkdir(parents=True)
        shutil.copy(RUN, run)
        with Served(Path(folder), run=run) as served:
            student = Student(opened.new_page(viewport={"width": 1280, "height": 900}))
            first = openings(served, student)
            text = page(first, list(moves(student, options.moves)))
    sys.stdout.write(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
