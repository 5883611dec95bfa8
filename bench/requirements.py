"""What a command needs that may be missing from a machine."""

from __future__ import annotations


def require_torch(what: str) -> None:
    """Check that torch is there for what is to be done, such as "an experiment".

    Raises:
        WorkerError: it is not; says how to get it.

    """
    from importlib.util import find_spec

    from bench.errors import WorkerError

    if find_spec("torch") is None:
        raise WorkerError(
            f"{what} needs torch, which is not installed here; "
            "docs/how-to/install-torch.md says for which systems there is one"
        )
