"""The ledger of locks, tries and decisions: append-only, each entry bound to the one before."""
