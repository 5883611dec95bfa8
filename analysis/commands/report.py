"""What the commands do, once their options are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console

from analysis.cli import BAD_INPUT, DONE, NOISY
from analysis.errors import AnalysisError
from analysis.render import html, terminal
from analysis.report import run
from analysis.report.performance import page as performance_page
from analysis.statistics.verdict import Trust
from bench.bundle import BundleError, StoreError, find, latest, read, write_atomically

if TYPE_CHECKING:
    import argparse

    from analysis.report.run import Cell, Report


# A suspect run was measured and is kept; what an invalid one says must not be used.
_STATUS = {Trust.VALID: DONE, Trust.SUSPECT: NOISY, Trust.INVALID: BAD_INPUT}


def report(options: argparse.Namespace) -> int:
    """Print the tables of a run and write its page; print the page's path last."""
    try:
        path = find(Path(options.run)) if options.run else latest()
        page = Path(options.out) if options.out else path.with_name("report.html")
        if page.resolve() == path.resolve():
            raise AnalysisError(f"{page} is the bundle itself; name another file with --out")
        found = run.report(read(path))
        if not options.json:
            terminal.show(Console(), found)
        write_atomically(page, html.page(found).encode())
    except (BundleError, StoreError) as error:
        raise AnalysisError(str(error)) from error
    answer = orjson.dumps(_plain(found) | {"page": page.as_posix()}).decode()
    print(answer if options.json else page)
    return _STATUS[found.verdict.trust]


def performance(options: argparse.Namespace) -> int:
    """Write the page of all codecs side by side; print its path."""
    try:
        found = run.report(read(find(Path(options.run))))
        write_atomically(Path(options.out), performance_page(found).encode())
    except (BundleError, StoreError) as error:
        raise AnalysisError(str(error)) from error
    print(options.out)
    return _STATUS[found.verdict.trust]


def _plain(found: Report) -> dict[str, Any]:
    def cell(value: Cell | None) -> dict[str, Any] | None:
        if value is None:
            return None
        rate = value.rate_mb_per_s
        return {
            "mb_per_s": rate.value,
            "low": rate.low,
            "high": rate.high if rate.bounded else None,
            "processes": rate.n,
            "trusted": value.timing.trusted,
            "kind": "measured",
        }

    return {
        "verdict": found.verdict.trust.value,
        "reasons": [
            {"trust": r.trust.value, "what": r.what, "advice": r.advice}
            for r in found.verdict.reasons
        ],
        "axes": [
            {"axis": axis.name, "fixed": axis.fixed, "findings": list(axis.findings)}
            for axis in found.axes
        ],
        "sections": [
            {
                "payload": s.payload,
                "size": s.size,
                "batch": s.batch,
                "memcpy": cell(s.memcpy),
                "codecs": [
                    {
                        "codec": row.codec,
                        "role": row.role,
                        "change_of_layout": row.change,
                        "decode": cell(row.decode),
                        "encode": cell(row.encode),
                        "read": cell(row.read),
                        "encoded_over_decoded": row.encoded_share,
                        "problems": row.problems,
                    }
                    for row in s.rows
                ],
            }
            for s in found.sections
        ],
    }
