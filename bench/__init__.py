"""Measurement: cases timed in fresh processes, written to one bundle. It knows no model."""
