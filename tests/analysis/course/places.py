"""Places in a folder that are no files as they seem: made on Linux, for tests."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def a_link(path: Path) -> None:
    """A link to a file that is none of the student's."""
    path.symlink_to("/etc/passwd")


def a_loop(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path)


def a_dead_link(path: Path) -> None:
    """A link to nothing."""
    path.symlink_to(path.with_name("nothing"))


def a_pipe(path: Path) -> None:
    """A FIFO: who opens it waits for ever."""
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    """A folder with a file's name."""
    path.mkdir()


def a_device(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


def a_socket(path: Path) -> None:
    """A socket."""
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket has at most 108 bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def a_sparse_file(path: Path) -> None:
    """A file of a terabyte without a block."""
    with path.open("wb") as file:
        file.truncate(2**40)


PLACES: dict[str, Callable[[Path], None]] = {
    "a link": a_link,
    "a loop of links": a_loop,
    "a dead link": a_dead_link,
    "a pipe": a_pipe,
    "a folder": a_folder,
    "a device": a_device,
    "a socket": a_socket,
    "a sparse file": a_sparse_file,
}
"""A function each, that makes it where a path says."""


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Let a file grow while it is read: once, after the first bytes that anybody reads."""
    read, grown = os.read, False

    def and_grow(handle: int, count: int) -> bytes:
        nonlocal grown
        data = read(handle, count)
        if not grown:
            with path.open("ab") as file:
                file.write(b" ")
        grown = True
        return data

    with mock.patch.object(os, "read", and_grow):
        yield
