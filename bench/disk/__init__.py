"""The disk of the run's folder, and the system's page cache."""
