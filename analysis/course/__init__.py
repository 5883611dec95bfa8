"""A class: its course file, what students hand in, what is checked of it, and what it comes to."""
