"""Reading bytes a batch at a time with NumPy alone: what the `wire` decoders share."""
