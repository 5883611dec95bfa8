"""Timings beside peers, in one run; they are no tests."""
