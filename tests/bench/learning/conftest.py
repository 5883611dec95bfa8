"""One thread for torch, as the command has: on busy cores two wait for each other."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("torch") is not None:
    import torch

    torch.set_num_threads(1)
