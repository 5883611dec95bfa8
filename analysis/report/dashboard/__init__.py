"""The acts on a page: controls, and all that they show for each of their settings."""
