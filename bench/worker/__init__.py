"""The measuring process: pytest and pytest-benchmark, one block at a time, as the run asks."""
