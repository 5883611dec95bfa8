"""Statistics of repeated timings: pure functions, no clock, no files."""
