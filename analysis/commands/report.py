"""What the commands do, once their options are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.cli import BAD_INPUT, DONE, NOISY
from analysis.commands.show import show
from analysis.errors import AnalysisError
from analysis.render import html, markdown
from analysis.report import performance as performance_report
from analysis.report import run
from analysis.statistics.verdict import Trust
from bench.bundle import BundleError, StoreError, find, latest, read, write_atomically

if TYPE_CHECKING:
    import argparse

# A suspect run was measured and is kept; what an invalid one says must not be used.
_STATUS = {Trust.VALID: DONE, Trust.SUSPECT: NOISY, Trust.INVALID: BAD_INPUT}


def report(options: argparse.Namespace) -> int:
    """Print the tables of a run and write its page; print the page's path last."""
    try:
        path = find(Path(options.run)) if options.run else latest()
        page = Path(options.out) if options.out else path.with_name("report.html")
        if page.resolve() == path.resolve():
            raise AnalysisError(f"{page} is the bundle itself; name another file with --out")
        results = run.report(read(path))
        document = run.document(results)
        write_atomically(page, html.page(document).encode())
    except (BundleError, StoreError) as error:
        raise AnalysisError(str(error)) from error
    values = {**document.values, "page": page.as_posix()}
    show(options, replace(document, values=values), last_first=True)
    if not options.json:
        print(page)
    return _STATUS[results.verdict.trust]


def performance(options: argparse.Namespace) -> int:
    """Write the page of all codecs side by side; print its path."""
    try:
        results = run.report(read(find(Path(options.run))))
        text = markdown.text(performance_report.performance(results))
        write_atomically(Path(options.out), text.encode())
    except (BundleError, StoreError) as error:
        raise AnalysisError(str(error)) from error
    print(options.out)
    return _STATUS[results.verdict.trust]
