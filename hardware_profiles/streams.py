"""Standard output and error: characters that their encoding lacks, and readers who leave.

Nothing that is printed ends a command: what it works on is done, and its files are written,
whoever reads its lines. Light.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from contextlib import suppress
from json import dumps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

_PLAIN = {
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{ALMOST EQUAL TO}": "~",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{DIVISION SIGN}": "/",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{MIDDLE DOT}": "*",
    "\N{BULLET}": "*",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{MICRO SIGN}": "u",
    "\N{GREEK SMALL LETTER MU}": "u",
    "\N{GREEK CAPITAL LETTER OMEGA}": "Ohm",
    "\N{SUPERSCRIPT TWO}": "2",
    "\N{SUPERSCRIPT THREE}": "3",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": "'",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "'",
    "\N{NO-BREAK SPACE}": " ",
    "\N{THIN SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
}
"""What stands for a character. No double quote and no backslash, so that JSON stays JSON."""

_HANDLER = "hardware_profiles.plain"


def plain(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks; a handler of errors as `codecs.register_error` takes it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character, "?") for character in text), error.end


class _Raw(io.RawIOBase):
    """The end of a stream that takes all that is written, and drops it once it cannot go on."""

    def __init__(self, raw: io.RawIOBase | None) -> None:
        """Take where it goes; None: nowhere."""
        self._raw = raw
        self.error: OSError | None = None
        """Why something was dropped; None: nothing was."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return super().fileno() if self._raw is None else self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw is not None and self._raw.isatty()

    def write(self, data: Any) -> int:
        if self._raw is not None and self.error is None:
            try:
                while (count := self._raw.write(data)) is None:
                    # Another program that shares the terminal has told it not to wait.
                    select.select([], [self._raw], [])
            except OSError as error:
                self.error = error
            else:
                return count
        return memoryview(data).nbytes


def endure() -> None:
    """Have stdout and stderr take whatever is written, also where nobody reads it any more.

    Where a command was started without them, there is something that takes it, too, and what it
    opens is not taken for them.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _nowhere(number))
        elif type(stream) is io.TextIOWrapper:
            # Under `python -u` there is no buffer between the two.
            raw = getattr(stream.buffer, "raw", stream.buffer)
            if isinstance(raw, io.RawIOBase) and not isinstance(raw, _Raw):
                with suppress(OSError):
                    stream.flush()
                setattr(sys, name, _enduring(stream, raw))
    never_fail_to_encode()


def _enduring(stream: io.TextIOWrapper, raw: io.RawIOBase) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(_Raw(raw)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering or stream.write_through,
    )


def _nowhere(number: int) -> TextIO:
    """Return a stream that drops all; a closed descriptor of a standard stream is taken, too."""
    with suppress(OSError):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            if null != number:
                os.dup2(null, number)
                os.close(null)
    return io.TextIOWrapper(io.BufferedWriter(_Raw(None)), encoding="utf-8")


def unwritten() -> OSError | None:
    """Return why stdout has not taken all that was printed; None: it has, or its reader left."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    error = raw.error if isinstance(raw, _Raw) else None
    return None if isinstance(error, BrokenPipeError) else error


def print_json(text: str) -> None:
    """Print JSON on stdout, so that what is saved of it can be read again.

    Where its encoding is none of Unicode's, all characters beyond ASCII are escaped, and so is, in
    any, what stands for bytes of a path that are no text.
    """
    encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name
    try:
        text.encode(encoding if encoding.startswith("utf") else "ascii")
    except UnicodeEncodeError:
        text = "".join(c if c.isascii() else dumps(c)[1:-1] for c in text)
    sys.stdout.write(f"{text}\n")


def never_fail_to_encode() -> None:
    """Have stdout and stderr write something for each character, whatever their encoding."""
    codecs.register_error(_HANDLER, plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def say(text: str) -> None:
    """Print a line on stderr, if anybody is there to read it."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
        except OSError:
            discard(sys.stderr)


def flush() -> None:
    """Write what is buffered for stdout.

    Raises:
        OSError: it cannot be written; BrokenPipeError: its reader has left.

    """
    if sys.stdout is not None:
        sys.stdout.flush()


def discard(stream: TextIO | None) -> None:
    """Drop what a stream still holds, or Python would complain of it once more at its end."""
    if stream is not None:
        with suppress(OSError, ValueError):  # one that is closed, or has no file
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
