"""The command line, `python -m hardware_profiles`. Heavy imports stay inside the commands."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from hardware_profiles.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, BAD_INPUT, INTERRUPTED = 0, 1, 130

_LIST_EXAMPLES = """\
examples:
  python -m hardware_profiles list
  python -m hardware_profiles list devices
  python -m hardware_profiles list --json
"""

_SHOW_EXAMPLES = """\
examples:
  python -m hardware_profiles show h100
  python -m hardware_profiles show resnet50 demand.h100     one number: its sources, its tree
  python -m hardware_profiles show orin camera              the numbers of a table
  python -m hardware_profiles show aws_2024 --json
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m hardware_profiles",
        description="Facts about hardware, prices and energy: every number with its source, its "
        "range and how it is known.",
        epilog="examples:\n  python -m hardware_profiles list\n"
        "  python -m hardware_profiles show h100\n\nexit status: 0 done, 1 bad input, 2 usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="list|show")

    def add(name: str, text: str, examples: str) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument("--json", action="store_true", help="print JSON on stdout")
        return command

    listing = add("list", "List the profiles there are.", _LIST_EXAMPLES)
    listing.add_argument(
        "category", nargs="?", metavar="CATEGORY", help="only these, such as devices or tiers"
    )
    listing.set_defaults(action=_list)

    show = add("show", "Show a profile's numbers with their sources.", _SHOW_EXAMPLES)
    show.add_argument("name", metavar="NAME", help="of a profile, as `list` prints it")
    show.add_argument(
        "path", nargs="?", metavar="PATH", help="of one number or table, such as memory.bandwidth"
    )
    show.set_defaults(action=_show)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = parser().parse_args(arguments)
    action: Callable[[argparse.Namespace], None] = options.action
    try:
        action(options)
        sys.stdout.flush()
    except ProfileError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader, such as `head`, has had enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        print(f"error: the answer cannot be written: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return DONE


def _list(options: argparse.Namespace) -> None:
    from hardware_profiles.commands import list_profiles

    list_profiles(options)


def _show(options: argparse.Namespace) -> None:
    from hardware_profiles.commands import show

    show(options)
