"""Pictures as compressed bytes: how they are written, and a module each way to read them."""
