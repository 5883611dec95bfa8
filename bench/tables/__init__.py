"""A user's own rows: read once, written again in other formats, and each of them timed."""
