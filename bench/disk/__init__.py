"""The disk of the run's folder, and the system's cache of it."""
