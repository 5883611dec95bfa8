"""Where temporary files of measuring processes go."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_MOST_BYTES = 40
"""Of the folder's path.

Below it lie sockets: a scratch folder's name of 27 bytes and torch's
`torch-shm-dir-XXXXXX/manager.sock` make 103 with it, and macOS allows no more.
"""
_SHORT = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - unique names are made in it


def temporary_folder() -> Path:
    """Return the system's folder for temporary files; a shorter one where sockets need that.

    A socket's path has about a hundred bytes at the most, and DataLoader workers send tensors
    through sockets there.
    """
    usual = Path(tempfile.gettempdir())
    if os.name == "nt" or len(os.fsencode(usual)) <= _MOST_BYTES:
        return usual
    for folder in map(Path, _SHORT):
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    return usual
