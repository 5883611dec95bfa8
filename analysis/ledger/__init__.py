"""The ledger of locks, tries and rationales: append-only, each entry bound to the one before."""
