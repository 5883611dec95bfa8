"""Stages of the pipeline measured alone."""
