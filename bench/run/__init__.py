"""A run: what is measured when, with which result, and its bundle while it grows."""
