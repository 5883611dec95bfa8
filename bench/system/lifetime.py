"""End a process with the one that started it, however that ends."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_SYNCHRONIZE = 0x00100000
_INFINITE = 0xFFFFFFFF


def end_with_parent(parent: int | None = None) -> None:
    """Have this process killed when its parent ends: nothing is left to measure for.

    It costs no time while both live: Linux sends a signal, elsewhere a thread is blocked.

    Args:
        parent: process id of the one that started this one, since it may have ended by now; None:
            the one that is the parent now.

    """
    parent = os.getppid() if parent is None else parent
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    else:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    if os.name != "nt" and os.getppid() != parent:
        os._exit(1)


def end_with_creator() -> None:
    """Have this process of `multiprocessing` killed when the one that created it ends.

    That may have ended by now. It is the parent, but where a fork server stands between, which
    lives as long as one of its children: a thread is blocked then until the creator has ended.
    """
    creator = multiprocessing.parent_process()
    if creator is None or os.getppid() == creator.pid:
        end_with_parent(creator.pid if creator else None)
        return

    def end_after() -> None:
        creator.join()
        os._exit(1)

    threading.Thread(target=end_after, daemon=True).start()


def _end_after(parent: int) -> None:
    """Wait until a process has ended, then end this one."""
    if sys.platform == "win32":
        import _winapi

        try:
            handle = _winapi.OpenProcess(_SYNCHRONIZE, False, parent)
        except OSError:  # it is no more
            os._exit(1)
        _winapi.WaitForSingleObject(handle, _INFINITE)
    elif sys.platform == "darwin":
        import select

        queue = select.kqueue()
        event = select.kevent(parent, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        with suppress(ProcessLookupError):
            queue.control([event], 1)
    else:
        return
    os._exit(1)
