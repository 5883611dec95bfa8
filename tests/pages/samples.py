"""Pages to look at: of a good run, of one on a single core, of one that lacks a part, of classes.

The lab's acts are open in all but that of the single core, which shows their questions alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from analysis.model.machine import Machine
from analysis.render import html
from analysis.report.class_page import class_document
from bench.bundle import read, write
from hardware_profiles.catalogue import catalogue
from tests.analysis.report.class_samples import hostile, sample
from tests.conftest import MEASURED, ROOT
from tests.pages.expected import expected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.course.results import ClassResults

GOLDEN = ROOT / "tests/golden"
RUNS = ("two-cores", "one-core", "partial")
CLASSES: dict[str, Callable[[], ClassResults]] = {
    "class": partial(sample, 30),
    "class-large": partial(sample, 3_000),
    "class-hostile": hostile,
}
NAMES = (*RUNS, *CLASSES)


def make(folder: Path) -> list[Path]:
    """Write all pages into a folder, and return them."""
    ledger, closed = folder / "ledger.jsonl", folder / "closed.jsonl"
    # The good run trained its classifiers, too.
    runs = {"two-cores": GOLDEN / "two-cores-learning.json", "one-core": GOLDEN / "one-core.json"}
    runs["partial"] = folder / "partial" / "bundle.json"
    lacking = read(runs["two-cores"]).model_copy(update={"pipeline": "unavailable: no torch"})
    write(runs["partial"], lacking.model_dump(mode="json", by_alias=True))
    _analysis("gravity", "--reveal", "--ledger", str(ledger))
    _analysis("feeding-tax", str(runs["two-cores"]), "--reveal", "--ledger", str(ledger))
    _analysis("zero-waste", str(runs["two-cores"]), "--reveal", "--ledger", str(ledger))
    _analysis("drift", str(runs["two-cores"]), "--reveal", "--ledger", str(ledger))
    pages = {name: folder / f"{name}.html" for name in NAMES}
    for name, made in CLASSES.items():
        pages[name].write_bytes(html.render(class_document(made())))
    with ThreadPoolExecutor() as pool:
        done = []
        for name in RUNS:
            page = pages[name]
            its = closed if name == "one-core" else ledger
            report = ("report", str(runs[name]), "--out", str(page), "--ledger", str(its))
            done.append(pool.submit(_analysis, *report))
        _write_expected(runs["two-cores"], pages["two-cores"].with_suffix(".json"))
        for one in done:
            one.result()
    return list(pages.values())


def _write_expected(run: Path, path: Path) -> None:
    """Write what a page has to show at random settings, for checks/controls.mjs."""
    machine = Machine(read(run), catalogue())
    path.write_text(json.dumps(expected(machine)), encoding="utf-8")


def _analysis(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *arguments],
        capture_output=True,
        check=False,
        cwd=ROOT,
        encoding="utf-8",
    )
    if done.returncode not in MEASURED:
        raise RuntimeError(f"analysis {arguments[0]} ended with {done.returncode}: {done.stderr}")
