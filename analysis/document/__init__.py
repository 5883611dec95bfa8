"""What is said, in whatever form: sections, findings, tables, figures' data, numbers."""
