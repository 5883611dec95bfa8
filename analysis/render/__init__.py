"""A document as terminal text, HTML, JSON or Markdown: a module each."""
