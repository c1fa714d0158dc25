"""Counts that follow from the ledger, and whether the shops count the same."""
