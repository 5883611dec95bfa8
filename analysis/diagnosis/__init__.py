"""A user's own loader explained: what holds it back, and what a change of it gains."""
