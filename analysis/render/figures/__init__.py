"""Figures' data as SVG."""
