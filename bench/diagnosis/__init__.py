"""A user's own DataLoader: run as it is, and with one thing changed at a time."""
