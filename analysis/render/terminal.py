"""The report as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from analysis.document.numbers import number, spread
from analysis.statistics.verdict import Trust, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from analysis.report.pipeline import Feeding
    from analysis.report.run import Cell, Disk, Report, Section

_STYLES = {Trust.VALID: "green", Trust.SUSPECT: "yellow", Trust.INVALID: "red"}


def show(console: Console, report: Report) -> None:
    """Print a table a batch, the findings, and the verdict last, where the eye rests."""
    for section in report.sections:
        console.print(_table(section))
    console.print(
        "MB/s of payload (decoded bytes, 10^6), 95 % intervals; ~ marks the "
        f"{report.disturbed} of {report.measured} cases that were disturbed in most processes.\n",
        style="dim",
        highlight=False,
    )
    if report.disk:
        _show_disk(console, report.disk)
    if report.feeding:
        _show_feeding(console, report.feeding)
    if report.predicted:
        for finding in report.predicted.findings:
            console.print(finding, highlight=False)
        console.print()
    for axis in report.axes:
        if axis.findings:
            console.print(Text.assemble((axis.question, "bold"), (f" ({axis.fixed})", "dim")))
            for finding in axis.findings:
                console.print(f"- {finding}", highlight=False)
    console.print()
    show_verdict(console, report.verdict)


def _show_disk(console: Console, disk: Disk) -> None:
    if disk.columns:
        table = Table(
            title="this disk", title_justify="left", padding=(0, 1, 0, 0), box=SIMPLE_HEAD
        )
        table.add_column("read")
        for name in disk.columns:
            table.add_column(name.replace(" ", "\n"), justify="right", no_wrap=True)
        for row in disk.rows:
            rates = (row.rates.get(name) for name in disk.columns)
            table.add_row(row.how, *("" if rate is None else number(rate) for rate in rates))
        console.print(table)
        console.print(f"{disk.legend}.", style="dim", highlight=False)
    if disk.remark:
        console.print(disk.remark, style="dim", highlight=False)


def _show_feeding(console: Console, feeding: Feeding) -> None:
    if feeding.rows:
        table = Table(
            title="the whole pipeline", title_justify="left", padding=(0, 1, 0, 0), box=SIMPLE_HEAD
        )
        table.add_column("configuration")
        for name in ("samples/s", "tax", "cores", "most time"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in feeding.rows:
            tax = "" if row.tax is None else f"{row.tax:.0%}"
            rate = number(row.samples_per_s.value)
            table.add_row(row.label, rate, tax, number(row.cores), row.most)
        console.print(table)
    for line in feeding.lines:
        console.print(f"{line.label}: the knee is at {line.knee} workers.", highlight=False)
    if feeding.sums:
        console.print(
            "Stages measured alone add up to the whole, without workers, within "
            f"{feeding.sums.median:.0%} in the median.",
            highlight=False,
        )
    if feeding.retest:
        console.print(
            "The same configuration measured again at the end differs by "
            f"{feeding.retest.median:.0%} in the median.",
            highlight=False,
        )
    for remark in feeding.remarks:
        console.print(remark, style="dim", highlight=False)


def show_verdict(console: Console, verdict: Verdict) -> None:
    """Print the verdict with its reasons and what to do about each."""
    style = _STYLES[verdict.trust]
    console.print(Text(f"verdict: {verdict.trust.value}", style=f"bold {style}"))
    for reason in verdict.reasons:
        console.print(f"  {reason.what}", highlight=False)
        console.print(f"    -> {reason.advice}", style="dim", highlight=False)
    if verdict.trust is Trust.SUSPECT:
        console.print(
            "  The run itself went well and is kept; only its numbers are less sure.",
            highlight=False,
        )


def _table(section: Section) -> Table:
    ceiling = ""
    if section.memcpy:
        ceiling = f", memcpy {number(section.memcpy.rate_mb_per_s.value)} MB/s"
    table = Table(
        title=f"{section.title} ({number(section.batch_bytes / 1e6)} MB{ceiling})",
        title_justify="left",
        padding=(0, 1, 0, 0),
        box=SIMPLE_HEAD,
    )
    table.add_column("codec", no_wrap=True)
    names = ["decode ms", "decode MB/s", "of memcpy", *(["encode MB/s"] * section.has_encode)]
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    changes: dict[str, str] = {}
    for row in (*section.canonical, *section.others):
        if row.change and not changes:
            table.add_section()
        if row.change:
            changes[row.layout] = row.change
        share = row.decode.share_of_memcpy if row.decode else None
        cells = (
            row.codec,
            number(row.decode.timing.time_s.value * 1e3) if row.decode else "",
            row.problems.get("decode") or _rate(row.decode),
            "" if share is None else f"{number(100 * share)} %",
            row.problems.get("encode") or _rate(row.encode),
        )
        table.add_row(*cells[: 1 + len(names)])
    if changes:
        table.caption_justify = "left"
        table.caption = "\n".join(
            ["below the line, changes of layout:", *(f"{k}: {v}" for k, v in changes.items())]
        )
    return table


def _rate(cell: Cell | None) -> str:
    if cell is None:
        return ""
    mark = "" if cell.timing.trusted else "~"
    return f"{mark}{number(cell.rate_mb_per_s.value)} {spread(cell.rate_mb_per_s)}"
