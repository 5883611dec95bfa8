"""`python -m bench formats`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from hardware_profiles import streams
from hardware_profiles.command_line import DONE, NOISY, add_json, path
from hardware_profiles.numerals import counted, interval, percent, rounded

if TYPE_CHECKING:
    from bench.tables.interval import Estimate
    from bench.tables.survey import Survey, Timed

NAME = "formats"
SUMMARY = "Time your own files, and the same rows in every other format."
EXAMPLES = """\
  python -m bench formats samples.csv
  python -m bench formats train.parquet events.jsonl --seconds 60
  python -m bench formats old.txt --kind csv --delimiter ';' --no-header
  python -m bench formats data.tfrecord --type label=int64 --json
"""
MAINTAINERS = False

_KINDS = ("csv", "json", "parquet", "arrow", "tfrecord")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument(
        "files",
        nargs="+",
        type=path,
        metavar="FILE",
        help="CSV, JSON lines, Parquet, Arrow IPC or TFRecord; it is only read, and nothing of it "
        "is kept",
    )
    parser.add_argument(
        "--seconds",
        type=seconds,
        default=30.0,
        help="how long to measure each file, two rounds at the least (default: 30)",
    )
    parser.add_argument(
        "--kind", choices=_KINDS, help="the format (default: by first bytes and name)"
    )
    parser.add_argument(
        "--delimiter", type=delimiter, help="between the values of CSV (default: a comma, or tab)"
    )
    parser.add_argument(
        "--no-header", action="store_true", help="the first line of CSV is a row, not names"
    )
    parser.add_argument(
        "--type",
        action="append",
        default=[],
        type=named_type,
        metavar="NAME=TYPE",
        help="type of a column or of a TFRecord's feature where it is guessed wrong, such as "
        "price=float32, id=int64, note=text; may be repeated",
    )


def seconds(text: str) -> float:
    """Read a time; argparse names this function where it cannot."""
    value = float(text)
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError("seconds are a number up to 3600")
    return value


def delimiter(text: str) -> str:
    """Read a delimiter; argparse names this function where it cannot."""
    if len(text) != 1 or not text.isascii():
        raise argparse.ArgumentTypeError("a delimiter is one ASCII character, such as ';'")
    return text


def named_type(text: str) -> tuple[str, str]:
    """Read NAME=TYPE; argparse names this function where it cannot."""
    name, equals, kind = text.rpartition("=")
    if not (name and equals and kind and name.isprintable()):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=TYPE, such as price=float32")
    return name, kind


def run(options: argparse.Namespace) -> int:
    """Measure each file and print what came of it."""
    import orjson

    from bench.system.watch import Watch
    from bench.tables.sources import Task
    from bench.tables.survey import survey

    results = []
    with Watch() as watch:
        for file in options.files:
            task = Task(
                file, options.kind, options.delimiter, not options.no_header, dict(options.type)
            )
            results.append(survey(task, options.seconds, watch, _tell))
            _tell("")
            if not options.json:
                _show(results[-1])
    if options.json:
        answer = orjson.dumps([plain(each) for each in results], option=orjson.OPT_INDENT_2)
        streams.print_json(answer.decode())
    return NOISY if any(each.disturbed for each in results) else DONE


def _tell(text: str) -> None:
    """Show progress in place, where somebody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _numbers(value: Estimate) -> dict[str, float]:
    return {
        "value": value.value, "low": value.low, "high": value.high, "level": value.level
    }  # fmt: skip


def plain(survey: Survey) -> dict[str, Any]:
    """Return what was measured as plain values, for JSON."""
    return {
        "file": os.fsencode(survey.file).decode(errors="replace"),
        **survey.summary,
        "rounds": survey.rounds,
        "disturbed": survey.disturbed,
        "words": list(words(survey)),
        "measured": [
            {
                "job": each.job,
                "path": each.path,
                "problem": each.problem,
                "bytes": each.bytes or None,
                "seconds": _numbers(each.seconds) if each.rounds else None,
            }
            for each in survey.timed
        ],
    }


def _about(value: Estimate) -> str:
    return interval(value.value, value.low, value.high, 2)


def words(survey: Survey) -> list[str]:
    """Return what a user should know first, as sentences."""
    from bench.tables.survey import times_as_fast

    own, others = survey.of("own"), survey.of("decode")
    lines = []
    if own:
        for best, what in _targets(others):
            ratio = times_as_fast(best, own[0])
            share = best.bytes / survey.summary["bytes"]
            lines.append(
                f"As {best.path} your data would decode {_about(ratio)} times as fast as it does "
                f"now by {own[0].path}, and take {rounded(share, 2)} of the bytes ({what})."
            )
        if len(own) > 1:
            ratio = times_as_fast(own[0], own[-1])
            lines.append(
                f"As it is, {own[0].path} reads it {_about(ratio)} times as fast as {own[-1].path}."
            )
    else:
        lines.append("No library path returned the file's own rows; see the table for the reasons.")
    return lines


def _targets(others: list[Timed]) -> list[tuple[Timed, str]]:
    """Return what a file could be written as: the fastest, and the smallest."""
    if not others:
        return []
    fastest = others[0]
    smallest = min(others, key=lambda each: (each.bytes, each.seconds.value))
    if smallest.path == fastest.path:
        return [(fastest, "the fastest to read, and the smallest")]
    return [(fastest, "the fastest to read"), (smallest, "the smallest")]


def _show(survey: Survey) -> None:
    from rich.table import Table
    from rich.text import Text

    from hardware_profiles.console import Console

    console = Console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    summary = survey.summary
    console.print(Text(survey.file, style="bold"), highlight=False)
    for line in words(survey):
        say(line)
    say(
        f"{counted(summary['rows'], 'row')} of {counted(summary['columns'], 'column')}, "
        f"{summary['bytes']:,} bytes as {summary['kind']}; {counted(survey.rounds, 'round')}"
    )
    for note in filter(None, [summary["sampled"], *summary["notes"]]):
        say(f"note: {note}")
    if survey.disturbed:
        why = "; ".join(survey.slowed_by) or "other programs took the core"
        say(f"warning: not to be trusted: {why}; see docs/how-to/quiet-numbers.md")
    level = min((each.seconds.level for each in survey.timed if each.rounds), default=0.0)
    say(f"intervals hold the true median with {percent(level)}; more --seconds, narrower ones")
    table = Table()
    table.add_column("path", no_wrap=True)
    for heading in ("bytes", "decode ms", "encode ms", "the file ms"):
        table.add_column(heading)
    for path_name, cells in _rows(survey):
        table.add_row(Text(path_name), *map(Text, cells))
    console.print(table)
    for each in survey.timed:
        if each.problem:
            say(f"not measured: {each.job} {each.path}: {each.problem}")


def _rows(survey: Survey) -> list[tuple[str, list[str]]]:
    """Return a row a path, the fastest to decode first."""
    by_name: dict[str, dict[str, Timed]] = {}
    for each in survey.timed:
        if each.rounds:
            by_name.setdefault(each.path, {})[each.job] = each
    order = sorted(
        by_name,
        key=lambda name: (
            by_name[name]["decode"].seconds.value if "decode" in by_name[name] else float("inf")
        ),
    )
    rows = []
    for name in order:
        jobs = by_name[name]
        size = next((jobs[job].bytes for job in ("decode", "encode") if job in jobs), 0)
        cells = [_ms(jobs.get(job)) for job in ("decode", "encode", "own")]
        rows.append((name, [f"{size:,}" if size else "", *cells]))
    return rows


def _ms(each: Timed | None) -> str:
    if each is None:
        return ""
    value = each.seconds
    return interval(1e3 * value.value, 1e3 * value.low, 1e3 * value.high, 3)
