"""Which code is timed: a hash of what it computes, which wording does not change."""

from bench.identity.source import source_hash

__all__ = ["source_hash"]
