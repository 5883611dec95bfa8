"""What a user names, `MODULE_OR_FILE:NAME`, and the errors of the user's code."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bench.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_OURS = Path(__file__).parents[2].as_posix()
_NOT_THEIRS = (
    f"{_OURS}/bench/",
    f"{_OURS}/hardware_profiles/",
    "/torch/utils/data/",
    "/torch/_utils.py",
    "<frozen importlib",
    "/importlib/",
    "/multiprocessing/",
)
"""Where the frames lie that lead to the user's code; with slashes, whatever the system."""


def load(target: str) -> Any:
    """Return the object that a user names.

    Args:
        target: a module, or a Python file, then a colon, and a name in it.

    Raises:
        LoaderError: there is none; or the user's code raised an error, which it shows.

    """
    where, colon, name = target.rpartition(":")
    if not colon or not where or not name:
        raise LoaderError(
            f"{target}: write the module or file, a colon and the name in it, as in "
            "train.py:make_loader"
        )
    module = _module(where)
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            names = ", ".join(n for n in vars(module) if not n.startswith("_"))
            raise LoaderError(f"{target}: {where} has no {name}; it has {names[:300]}")
        value = getattr(value, part)
    return value


def _module(where: str) -> Any:
    path = Path(where)
    if path.suffix != ".py":
        return run_users(lambda: importlib.import_module(where), where)
    if not path.is_file():
        raise LoaderError(f"{where}: there is no such file")
    # By its name, and not by its path: a worker that is spawned imports it again.
    loaded = sys.modules.get(path.stem)
    if loaded is not None and getattr(loaded, "__file__", None) != str(path.resolve()):
        raise LoaderError(
            f"{where}: Python already has a module {path.stem!r}; give the file another name"
        )
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return run_users(lambda: importlib.import_module(path.stem), where)


def run_users(call: Callable[[], _T], where: str) -> _T:
    """Call what the user wrote.

    Raises:
        LoaderError: it raised an error, which it shows as the user's own traceback.

    """
    try:
        return call()
    except LoaderError:
        raise
    except (Exception, SystemExit) as error:
        raise LoaderError(f"{where} raised an error:\n{users_traceback(error)}") from error


def users_traceback(error: BaseException) -> str:
    """Return the traceback of an error of the user's code, without what led to that code."""
    text = "".join(traceback.format_exception(error))
    # Torch raises a worker's error again, with the traceback that it had there as its text.
    _, _, inner = text.rpartition("Original Traceback (most recent call last):\n")
    return cut_traceback(inner or text)


def cut_traceback(text: str) -> str:
    """Return a traceback without the frames before the user's first one.

    Args:
        text: as `traceback` formats it; of a chain of errors, the last is kept.

    """
    text = text.rpartition("Traceback (most recent call last):\n")[2]
    frames = re.split(r'(?m)^(?=  File ")', text)
    for place, frame in enumerate(frames):
        match = re.match(r'  File "([^"]+)"', frame)
        if match and not _leads(match[1]):
            kept = "".join(frames[place:])
            return f"Traceback (most recent call last):\n{kept}".rstrip()
    # None of the frames is the user's: the error itself says what is wrong.
    lines = [line for line in text.splitlines() if line and not line.startswith(" ")]
    return "\n".join(lines).rstrip()


def _leads(file: str) -> bool:
    path = file.replace("\\", "/")
    return any(part in path for part in _NOT_THEIRS)
