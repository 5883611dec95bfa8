"""What does not fit into memory is refused before anything is started."""

from __future__ import annotations

import pytest

from bench.errors import ConfigurationError, PipelineError
from bench.pipeline import limits
from bench.pipeline.configuration import configuration


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 16 GB, of which 8 are free."""
    monkeypatch.setattr(limits, "total_memory", lambda: 16_000_000_000)
    monkeypatch.setattr(limits, "free_memory", lambda: 8_000_000_000)
    monkeypatch.setattr(limits, "shared_memory", lambda: None)


@pytest.mark.usefixtures("machine")
def test_a_heap_is_to_fit_once_for_each_process() -> None:
    limits.check_memory(configuration({"heap": 1000, "workers": 2}))
    with pytest.raises(PipelineError, match=r"4 processes with 1000 MiB each take 4\.2 GB"):
        limits.check_memory(configuration({"heap": 1000, "workers": 3}))
    with pytest.raises(ConfigurationError, match=r"heap: .* fewer workers"):
        limits.check_memory(configuration({"heap": 4000, "workers": 2}))
