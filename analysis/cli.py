"""The command line, `python -m analysis`. Heavy imports stay inside the commands."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, BAD_INPUT, NOISY, INTERRUPTED = 0, 1, 3, 130

_REPORT_EXAMPLES = """\
examples:
  python -m analysis report                  the last run in runs/
  python -m analysis report runs/one         writes runs/one/report.html
  python -m analysis report runs/one --out page.html
  python -m analysis report runs/one --json
"""

_PERFORMANCE_EXAMPLE = """\
example:
  python -m analysis performance runs/all --out page.md
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Explain a bundle that `python -m bench run` has measured.",
        epilog="example:\n  python -m analysis report runs/one\n\n"
        "exit status: 0 done, 1 bad input, 2 usage, 3 measured but too noisy to trust, "
        "130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="report|performance")
    report = commands.add_parser(
        "report",
        help="Show a run as tables, and write its page.",
        description="Show a run as tables, and write its page.",
        epilog=_REPORT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    report.add_argument("run", nargs="?", metavar="RUN", help="a run's folder or bundle.json")
    report.add_argument("--out", metavar="FILE", help="the page (default: report.html in the run)")
    report.add_argument("--json", action="store_true", help="print JSON in place of the tables")
    report.set_defaults(action=_report)

    performance = commands.add_parser(
        "performance",
        help="Write how each codec stands to the others and to the ceilings.",
        description="Write how each codec stands to the others and to the ceilings, as Markdown.",
        epilog=_PERFORMANCE_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    performance.add_argument("run", metavar="RUN", help="a run of the preset peers")
    performance.add_argument(
        "--out", metavar="FILE", default="docs/performance.md", help="default: docs/performance.md"
    )
    performance.set_defaults(action=_performance)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = parser().parse_args(arguments)
    action: Callable[[argparse.Namespace], int] = options.action
    try:
        return action(options)
    except AnalysisError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(
            f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr
        )
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _performance(options: argparse.Namespace) -> int:
    from analysis.commands import performance

    return performance(options)


def _report(options: argparse.Namespace) -> int:
    from analysis.commands import report

    return report(options)
