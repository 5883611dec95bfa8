"""What the command lines of all packages share: a registry of commands, and one way to end.

Light: the standard library only. It lies in this package since all others with commands may import
it.
"""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from hardware_profiles import streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DONE, BAD_INPUT, USAGE, NOISY, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses; argparse ends with `USAGE` where a command is used wrongly."""


class Command(Protocol):
    """A module with a command; what is heavy is imported by `run` only.

    Attributes:
        NAME: what a user types.
        SUMMARY: a sentence, for the list of commands and for its help.
        EXAMPLES: lines for its help.
        MAINTAINERS: whether it is for those who work on the project.

    """

    NAME: str
    SUMMARY: str
    EXAMPLES: str
    MAINTAINERS: bool

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its options; `--json` is added for all where it asks for it."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it; return the exit status."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option that all commands with an answer have."""
    parser.add_argument("--json", action="store_true", help="print JSON on stdout")


def path(text: str) -> str:
    """Read a path; argparse names this function where it cannot.

    An empty one is what a shell makes of a variable that is not set; it means no file.
    """
    if not text:
        raise argparse.ArgumentTypeError("a path is not empty")
    return text


def parser(
    package: str, description: str, commands: Sequence[Command], examples: str
) -> argparse.ArgumentParser:
    """Return the parser of a package's commands.

    Args:
        package: whose `python -m` it is.
        description: what its commands are for.
        commands: in the order in which they are listed.
        examples: a few lines that show the most important ones.

    """
    top = argparse.ArgumentParser(
        prog=f"python -m {package}",
        description=description,
        epilog=f"examples:\n{examples}\nexit status: 0 done, 1 bad input, 2 usage, 3 measured but "
        "too noisy to trust,\n130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = top.add_subparsers(
        dest="command", required=True, metavar="|".join(command.NAME for command in commands)
    )
    for command in sorted(commands, key=lambda command: command.MAINTAINERS):
        inner = subparsers.add_parser(
            command.NAME,
            help=command.SUMMARY + (" (for maintainers)" if command.MAINTAINERS else ""),
            description=command.SUMMARY,
            epilog=f"examples:\n{command.EXAMPLES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(inner)
        inner.set_defaults(run_command=command.run, parser=inner)
    return top


def main(
    top: argparse.ArgumentParser,
    errors: tuple[type[Exception], ...],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a command; return its exit status, whatever ends it.

    Args:
        top: the parser of all commands.
        errors: the roots of errors whose text is for the user.
        arguments: None: those of the process.

    """
    _take_polite_kills_as_interrupts()
    streams.endure()
    with _quiet_interrupts():
        status = _status_of(top, errors, arguments)
    try:
        streams.flush()
    except OSError as error:
        streams.discard(sys.stdout)
        return status if isinstance(error, BrokenPipeError) else _unwritten(error, status)
    unwritten = streams.unwritten()
    return status if unwritten is None else _unwritten(unwritten, status)


def _status_of(
    top: argparse.ArgumentParser,
    errors: tuple[type[Exception], ...],
    arguments: Sequence[str] | None,
) -> int:
    try:
        options = top.parse_args(_checked(top, arguments))
        status: int = options.run_command(options)
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        # An interrupt within the import of a library may come out as an error of that.
        if _interrupts:
            return _interrupted()
        text = _text_of(error, errors)
        if text is None:
            raise
        return _failed(text)
    return status


def _text_of(error: Exception, errors: tuple[type[Exception], ...]) -> str | None:
    """Return what an error says to the user; None: it is a mistake of this program."""
    if isinstance(error, errors):
        return str(error)
    if isinstance(error, OSError):
        said = error.strerror or str(error)
        return said if error.filename is None else f"{error.filename}: {said}"
    # Before Python 3.13, of a path whose links lead to themselves.
    if isinstance(error, RuntimeError) and "Symlink loop" in str(error):
        return str(error)
    return None


def _interrupted() -> int:
    streams.say("interrupted")
    return INTERRUPTED


def _checked(top: argparse.ArgumentParser, arguments: Sequence[str] | None) -> Sequence[str] | None:
    """Refuse `--option=--`, of which argparse makes an empty list before Python 3.13."""
    for word in sys.argv[1:] if arguments is None else arguments:
        if word.startswith("--") and word.endswith("=--"):
            top.error(f"argument {word.removesuffix('=--')}: expected one argument, not --")
    return arguments


def _failed(text: str) -> int:
    streams.say(f"error: {text}")
    return BAD_INPUT


def _unwritten(error: OSError, status: int) -> int:
    return max(status, _failed(f"the answer cannot be written: {error.strerror or error}"))


_interrupts: list[int] = []
"""The signals that came since the command began."""


def _take_polite_kills_as_interrupts() -> None:
    """Let SIGTERM and a closed terminal end a command as Ctrl-C does: nothing measured is lost."""
    _interrupts.clear()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What is ignored stays so, as under nohup.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def _quiet_interrupts() -> Iterator[None]:
    """Print nothing of an interrupt that comes where Python cannot raise it, as within a library.

    It is taken as one all the same, by what such a library makes of it.
    """
    before = sys.unraisablehook

    def hook(event: Any) -> None:
        if not (_interrupts and isinstance(event.exc_value, KeyboardInterrupt)):
            before(event)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


def _interrupt(number: int, _: object) -> NoReturn:
    _interrupts.append(number)
    raise KeyboardInterrupt
