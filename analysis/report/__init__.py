"""The report of a run: content first, then a terminal table and a page from the same content."""
