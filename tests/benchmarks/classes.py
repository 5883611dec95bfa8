"""How long a class takes: `python -m tests.benchmarks.classes [--students N ...] [--page FILE]`.

Made-up classes are checked and compared, each command in a process of its own, whose processor
time and memory are those of it and of its children. With --page, tables are written there;
`nox -s classes` renews docs/performance-of-classes.md and the figure beside it so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.conftest import ROOT

SMALLEST = (100, 300, 1_000)
NEW_SHARE = 0.01
_LOOK_S = 0.2


class Cost(NamedTuple):
    """What a command took."""

    wall_s: float
    cpu_s: float
    most_mb: float
    """Of memory, of all its processes at once, pages that they share counted once."""


class Row(NamedTuple):
    """A class of so many students."""

    students: int
    size: str
    megabytes: float
    check: Cost
    compare: Cost
    again: Cost
    """The same with so few new ones."""


def run(*words: str) -> Cost:
    """Run a command of `analysis`; return what it took.

    Raises:
        RuntimeError: it failed; its last words are in the error.

    """
    began = time.perf_counter()
    before = os.times()
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    most = [0.0]
    watch = threading.Thread(target=_watch, args=(process, most), daemon=True)
    watch.start()
    _, errors = process.communicate()
    watch.join()
    after = os.times()
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"{' '.join(words)}: {errors[-500:]}")
    cpu_s = after.children_user - before.children_user
    cpu_s += after.children_system - before.children_system
    return Cost(time.perf_counter() - began, cpu_s, most[0])


def _watch(process: subprocess.Popen[str], most: list[float]) -> None:
    """Note the most memory that a process and its children have at a time, in MB."""
    while process.poll() is None:
        total = 0.0
        try:
            family = [psutil.Process(process.pid)]
            family += family[0].children(recursive=True)
            for each in family:
                memory = each.memory_full_info()
                total += getattr(memory, "pss", memory.uss) / 1e6
        except psutil.Error:
            pass
        most[0] = max(most[0], total)
        time.sleep(_LOOK_S)


def measure(students: int, size: str, folder: Path, given: Path | None = None) -> Row:
    """Return what a class of so many students takes.

    Args:
        students: how many.
        size: of the bundles, as `demo-class` takes it.
        folder: to work in.
        given: where the class lies already; None: it is made up.

    """
    place = given or folder / f"class-{students}-{size}"
    if given is None:
        run("demo-class", f"--students={students}", f"--size={size}", f"--out={place}")
    handed_in, course = place / "submissions", f"--course={place / 'course.toml'}"
    held_back = sorted(handed_in.rglob("*.gz"))[:: round(1 / NEW_SHARE)]
    waiting = folder / "waiting"
    waiting.mkdir()
    megabytes = sum(path.stat().st_size for path in handed_in.rglob("*.gz")) / 1e6
    checked = run("check", str(handed_in), course)
    for path in held_back:
        shutil.move(path, waiting / path.name)
    try:
        out = f"--out={folder / 'out'}"
        compared = run("compare", str(handed_in), course, out)
    finally:
        for path in held_back:
            shutil.move(waiting / path.name, path)
    again = run("compare", str(handed_in), course, out)
    shutil.rmtree(folder / "out")
    waiting.rmdir()
    return Row(students, size, megabytes, checked, compared, again)


def page(rows: list[Row]) -> str:
    """Return the tables."""
    lines = [
        "# Performance of classes",
        "",
        "Written by `nox -s classes`, never by hand: made-up classes (`python -m analysis",
        "demo-class`), checked and compared, each command in a process of its own. `again` is the",
        "same comparison with one in a hundred new. Memory is of all processes at once.",
        "",
        f"{platform.system()}, CPython {platform.python_version()}, {os.cpu_count()} cores.",
        "",
        "![Time by the number of files](performance-of-classes.png)",
        "",
        "| students | bundles | MB | check, s | CPU a file, ms | compare, s | again, s | MB held |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.students:,} | {row.size} | {row.megabytes:,.0f} | {row.check.wall_s:,.1f} | "
        f"{1e3 * row.check.cpu_s / row.students:.1f} | {row.compare.wall_s:,.1f} | "
        f"{row.again.wall_s:,.1f} | "
        f"{max(row.check.most_mb, row.compare.most_mb, row.again.most_mb):,.0f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def figure(rows: list[Row], path: Path) -> None:
    """Draw times by the number of files, on logarithmic axes, beside a line of slope 1."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    files = [row.students for row in rows]
    for name, costs in {
        "check": [row.check for row in rows],
        "compare": [row.compare for row in rows],
        "again, 1 % new": [row.again for row in rows],
    }.items():
        axes.plot(files, [cost.wall_s for cost in costs], marker="o", label=name)
    last = rows[-1]
    axes.plot(
        files,
        [last.check.wall_s * count / last.students for count in files],
        linestyle=":", color="grey", label="linear",
    )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="files", ylabel="seconds")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Measure classes; print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.benchmarks.classes")
    parser.add_argument("--students", type=int, action="append", metavar="N")
    parser.add_argument("--size", default="quick", help="of bundles (default: quick)")
    parser.add_argument("--given", type=Path, action="append", default=[], metavar="DIR:SIZE")
    parser.add_argument("--page", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for students in options.students or SMALLEST:
            rows.append(measure(students, options.size, folder))
            sys.stderr.write(json.dumps(rows[-1]) + "\n")
        for given in options.given:
            place, _, size = str(given).partition(":")
            count = sum(1 for _ in Path(place, "submissions").rglob("*.gz"))
            rows.append(measure(count, size or "quick", folder, Path(place)))
            sys.stderr.write(json.dumps(rows[-1]) + "\n")
    if options.page:
        options.page.write_text(page(rows), encoding="utf-8")
        figure(
            [row for row in rows if row.size == "quick"] or rows, options.page.with_suffix(".png")
        )
    else:
        sys.stdout.write(page(rows))


if __name__ == "__main__":
    main()
